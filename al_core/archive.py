"""Named arrays and a few facts about them in one file, without pickle, whole or not at all."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What `read` raises on a file that is damaged or something else; `FileNotFoundError` is among them."""
_ABOUT = "about"


def write(path: Path, about: Mapping[str, Any], groups: Mapping[str, Mapping[str, npt.NDArray[Any]]]) -> None:
    """Write facts (plain data) and groups of arrays; whatever dies meanwhile, an older file stays.

    Disk: the arrays, not compressed.
    """
    arrays: Arrays = {_ABOUT: np.array(json.dumps(about))}
    for group, members in groups.items():
        arrays |= {f"{group}/{name}": value for name, value in members.items()}
    with whole(path, path.with_suffix(".part")) as file:
        np.savez(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole(path: Path, part: Path) -> Iterator[IO[bytes]]:
    """Open `part` for writing, and put it in the place of `path` at the end; after an error it is gone."""
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[dict[str, Any], dict[str, Arrays]]:
    """Return the facts and the groups, every array checked against its checksum; see `UNREADABLE`."""
    groups: dict[str, Arrays] = {}
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file[_ABOUT]))
        for key in file.files:
            group, _, name = key.partition("/")
            if key != _ABOUT:
                groups.setdefault(group, {})[name] = file[key]
    return about, groups
