"""The commands `models`, `promote` and `export`: what was promoted, and models that leave the house."""

from __future__ import annotations

import json
import shutil
import sys
import uuid
from dataclasses import asdict
from pathlib import Path

from al_core import devices
from al_core.deploy.export import PART, zip_to
from al_core.deploy.locating import Found, located
from al_core.errors import BadInput, Unavailable
from al_core.store.models import ModelRecord
from al_core.workbench import Workbench

TELL = ("name", "version", "run_id", "round", "session_id", "session_version", "threshold", "state")


def listed(as_json: bool) -> int:
    """Print every version of every model, and which one is in use."""
    bench = Workbench()
    try:
        records, used = bench.models.models(), bench.models.in_use()
    finally:
        bench.store.close()
    lines = [_line(record, used.get(record.name) == record.version) for record in records]
    if as_json:
        print(json.dumps(lines))
        return 0
    for line in lines:
        use = ", in use" if line["in_use"] else ""
        print(f"{line['name']}:{line['version']}: {line['state']}{use}. {line['note']}".rstrip())
    if not lines:
        print("No model was promoted yet: promote one on the page of a run or of a labelling session.")
    return 0


def exported(what: str, out: Path, as_json: bool) -> int:
    """Write the export of a model, run or session to a new folder, or to a .zip. Raises `BadInput`."""
    _must_be_free(out)
    devices.setup()
    found = located(what, _tell, _say)
    try:
        _write(found, out)
    except OSError as error:
        raise Unavailable(f"{out} cannot be written: {error.strerror or error}.") from error
    if as_json:
        print(json.dumps({"model": what, "out": str(out)}))
    else:
        print(f"Wrote {out}. Its README.md says how to use it.")
    return 0


def _must_be_free(out: Path) -> None:
    if out.exists():
        raise BadInput(f"{out} is there already; choose another name.")


def _write(found: Found, out: Path) -> None:
    """Write beside and rename, so that OUT is there whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}{PART}")
    try:
        if out.suffix.lower() == ".zip":
            zip_to(found.folder, part, found.name)
        else:
            _copy(found.folder, part)
        _must_be_free(out)  # still: a rename would take the place of a file
        part.rename(out)
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)


def _copy(folder: Path, to: Path) -> None:
    """Copy a folder, up to the first error: `shutil.copytree` gathers them, and goes on without room."""
    to.mkdir()
    for path in sorted(folder.rglob("*")):
        there = to / path.relative_to(folder)
        if path.is_dir():
            there.mkdir()
        else:
            shutil.copyfile(path, there)


def _line(record: ModelRecord, in_use: bool) -> dict[str, object]:
    told = {name: value for name, value in asdict(record).items() if name in (*TELL, "note", "promoted_by")}
    return told | {"created_at": record.created_at.isoformat(), "in_use": in_use}


def _tell(words: str, share: float) -> None:
    _say(f"{words} ({share:.0%})")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
