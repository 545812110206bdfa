"""What a person calls a model on the command line, found: in the store first, else a folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from al_core.corpus import Progress
from al_core.errors import WorkbenchError

WORD = re.compile(r"([a-z0-9][a-z0-9_-]*)(?::(\d{1,9}))?")
"""A name or an id, and perhaps a number. Everything else can only be a folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """An export, and what it is of."""

    folder: Path
    name: str
    """What a ZIP of it unpacks to: `spam-3`."""
    title: str
    """For people: `model spam, version 3`."""


def located(what: str, progress: Progress, say: Callable[[str], None]) -> Found:
    """Return the export of a promoted model, run, session or folder; say which of them a word meant.

    A word that is something in the store means that; `./word`, any other path, and a word that is nothing
    there mean the folder. What was not promoted is exported first. Raises `BadInput`, or `Unavailable` where
    the store cannot be opened, unless a folder answers to `what`.
    """
    folder = in_folder(what)
    if folder is not None and not WORD.fullmatch(what):
        return folder
    # Imported late: to serve a folder takes neither the store nor all that makes an export.
    from al_core.deploy.finding import find
    from al_core.store import open_store

    try:
        store = open_store()
    except (WorkbenchError, OSError):
        if folder is None:
            raise
        say(f"Found the {folder.title}; the store, which goes first, cannot be opened.")
        return folder
    try:
        found = find(store, what, progress)
    finally:
        store.close()
    hint = f" For the folder, write ./{what}." if folder not in (None, found) else ""
    say(f"Found the {found.title}.{hint}")
    return found


def in_folder(what: str) -> Found | None:
    """Return the export that lies in a folder, None if there is none."""
    folder = Path(what).expanduser()
    if not (folder / "model.json").is_file():
        return None
    return Found(folder, folder.resolve().name or "model", f"folder {what}")
