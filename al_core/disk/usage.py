"""How much of the disk each part of the data folder takes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Literal, get_args

Part = Literal[
    "corpora", "features", "checkpoints", "models", "exports", "logs", "unfinished", "store", "other"
]
LOGS = ("log.txt", "simulation.txt")
_UNFINISHED = (".part", ".tmp")


def usage(home: Path) -> dict[Part, int]:
    """Return the bytes of each part; all parts are there. Cost: a look at every file's size."""
    found: dict[Part, int] = dict.fromkeys(get_args(Part), 0)
    for folder, _, names in os.walk(home):
        for name in names:
            path = Path(folder) / name
            with suppress(OSError):  # gone at this moment
                found[part_of(path.relative_to(home))] += path.lstat().st_size
    return found


def part_of(path: PurePath) -> Part:
    """Return the part that a file belongs to, by its path in the data folder."""
    first, *inner, name = path.parts if len(path.parts) > 1 else ("", *path.parts)
    if any(is_unfinished(each) for each in path.parts):
        return "unfinished"
    if not first:
        return "store" if name.startswith("workbench.sqlite") else "other"
    if name in LOGS or (first == "corpora" and name.endswith(".log.txt")):
        return "logs"
    if first in ("corpora", "features"):
        return first
    if first not in ("runs", "labelling", "models"):
        return "other"
    if name == "checkpoint.npz":
        return "checkpoints"
    return "exports" if any(each.startswith("export") for each in inner[1:]) else "models"


def is_unfinished(name: str) -> bool:
    """Tell whether a file or folder of that name is being written, or was when its process was killed."""
    return name.endswith(_UNFINISHED) or (name.startswith(".export") and name.endswith(".zip"))


def size(count: int) -> str:
    """Return a number of bytes for people."""
    if count >= 1e9:
        return f"{count / 1e9:,.1f} GB"
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
