"""Which feature arrays stay on disk: the last used, within a budget.

Any number of processes may read, write and evict at once. An entry leaves by one rename, so that nobody
finds a part of it; whoever has mapped it keeps what it mapped, since Linux and macOS free a file only when
nobody has it open, and Windows refuses the rename.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from al_core.errors import BadInput

DEFAULT_GB = 10.0
IN_USE_SECONDS = 600.0
"""An entry that was opened so recently stays, whatever the budget: somebody may be about to open it again."""
UNFINISHED = ".part"
"""How the names of folders end that are being written, or removed."""
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the cache."""

    place: Path
    bytes: int
    used: float
    """When it was last opened, in seconds since the epoch."""


def budget() -> int:
    """Return the bytes that the cache may take: `AL_CACHE_GB`, else 10 GB. Raises `BadInput`.

    0: nothing but what was used within the last ten minutes.
    """
    given = os.environ.get("AL_CACHE_GB") or str(DEFAULT_GB)
    try:
        wanted = float(given)
    except ValueError:
        wanted = math.nan
    if not 0 <= wanted < math.inf:
        raise BadInput(f"AL_CACHE_GB is a number of gigabytes from 0, not {given!r}.")
    return round(wanted * 1e9)


def use(place: Path) -> None:
    """Note that an entry was opened just now, by its folder's time; times of reading are not reliable."""
    with suppress(OSError):  # evicted at this moment, or a cache that may only be read
        os.utime(place)


def entries(folder: Path) -> list[Entry]:
    """Return every whole entry, that used longest ago first. Cost: a look at each file's size."""
    found = (_entry(place) for place in _listed(folder) if _KEY.fullmatch(place.name))
    return sorted((each for each in found if each), key=lambda each: (each.used, each.place.name))


def evict(folder: Path, most: int) -> int:
    """Remove entries, those used longest ago first, until all take `most` bytes; return the bytes freed.

    Entries in use stay, so that for the moment more may be taken.
    """
    known = entries(folder)
    over, freed = sum(each.bytes for each in known) - most, 0
    for each in known:
        if freed >= over:
            break
        if removed(each):
            freed += each.bytes
    return freed


def removed(entry: Entry) -> bool:
    """Remove an entry; False if it stays, since it was used meanwhile, or is open and on Windows."""
    with suppress(OSError):
        used = entry.place.stat().st_mtime
        if used > entry.used or abs(time.time() - used) < IN_USE_SECONDS:
            return False
        put_aside(entry.place)
        return True
    return False


def put_aside(place: Path) -> None:
    """Remove an entry, whoever uses it: one rename, then what it held. Raises `OSError` if it stays."""
    away = place.with_name(f"{place.name}.{uuid.uuid4().hex[:8]}{UNFINISHED}")
    place.rename(away)
    shutil.rmtree(away, ignore_errors=True)  # what a kill leaves of it goes with the unfinished ones


def _listed(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from folder.iterdir()


def _entry(place: Path) -> Entry | None:
    try:
        size = sum(file.stat().st_size for file in place.iterdir())
        return Entry(place, size, place.stat().st_mtime)
    except OSError:  # evicted at this moment
        return None
