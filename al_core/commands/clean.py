"""The command `clean`: what takes room on the disk and is of no more use, listed and removed."""

from __future__ import annotations

import json
import shutil

from al_core import paths
from al_core.disk import cleaning
from al_core.disk.cleaning import Removable
from al_core.disk.usage import size
from al_core.errors import Unavailable
from al_core.features import eviction
from al_core.workbench import Workbench

NONE_LEFT = 2**20
"""Free bytes below which SQLite may fail to open a store: it needs a small file beside it."""


def clean(days: int, dry_run: bool, as_json: bool) -> int:
    """Remove what may go, and list it with its sizes. Raises `BadInput` and `Unavailable`."""
    bench, made_room = _opened(dry_run)
    try:
        found = cleaning.find(bench.store, days)
    finally:
        bench.store.close()
    gone: list[Removable] = []
    stayed: list[Removable] = []
    for each in found:
        (gone if dry_run or cleaning.remove(each) else stayed).append(each)
    home, total = paths.home(), sum(each.bytes for each in gone)
    free = shutil.disk_usage(home).free
    if as_json:
        lists = {
            name: [
                {"kind": each.kind, "path": each.path.relative_to(home).as_posix(), "bytes": each.bytes}
                for each in some
            ]
            for name, some in (("removed", gone), ("in_use", stayed))
        }
        told = {"home": str(home), "dry_run": dry_run, "days": days, "bytes": total, "free_bytes": free}
        print(json.dumps(told | {"made_room_bytes": made_room} | lists))
        return 0
    if made_room:
        print(f"{size(made_room)} of features went first: without room the store could not be opened.")
    for each in gone:
        print(f"{each.kind:<11} {size(each.bytes):>10}  {each.path.relative_to(home)}")
    for each in stayed:
        print(f"{each.kind:<11} {'in use':>10}  {each.path.relative_to(home)}")
    done = "Would remove" if dry_run else "Removed"
    things = "1 file or folder" if len(gone) == 1 else f"{len(gone):,} files and folders"
    print(f"{done} {things}, {size(total)}." if found else f"Nothing in {home} can go.")
    print(f"{size(free)} are free on its disk.")
    return 0


def _opened(dry_run: bool) -> tuple[Workbench, int]:
    """Open the store; on a full disk in the room of features that nobody uses. Return their bytes as well."""
    try:
        return Workbench(), 0
    except Unavailable:
        if dry_run or shutil.disk_usage(paths.home()).free > NONE_LEFT:
            raise
        made_room = eviction.evict(paths.features(), 0)
        if not made_room:
            raise
        return Workbench(), made_room
