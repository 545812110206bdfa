"""Which code carries a run out: the version, and a short hash over the files that decide a history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from al_core import __version__

DECIDING = (
    "asking.py",
    "backbones.py",
    "calibration",
    "catalogue.py",
    "classifiers",
    "config.py",
    "corpus",
    "devices.py",
    "evaluation/metrics.py",
    "experiment.py",
    "features",
    "loop.py",
    "matrix.py",
    "oracles",
    "registry.py",
    "seeding.py",
    "starters",
    "stopping",
    "strategies",
    "threads.py",
    "trials.py",
)
"""Files and folders of this package without which, or with others, a config may give another history."""


@cache
def code_version() -> str:
    """Return what runs are recorded with, such as "0.1.0+3f2a9c1b".

    The same wherever the same files are, whatever their line ends. Cost: 20 ms, the first time.
    """
    return f"{__version__}+{digest(Path(__file__).parent)}"


def gone_on(before: str) -> str:
    """Return what to record of a run that the code of `before` has begun and this code goes on with."""
    first, *others = before.split(", ")
    mine = code_version()
    return before if mine in (first, *others) else f"{first}, {mine}"


def digest(package: Path) -> str:
    """Return eight hexadecimal digits over the deciding files of a copy of this package."""
    found = hashlib.sha256()
    for name in sorted(_files(package)):
        # Git may give a file the line ends of the system.
        source = (package / name).read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{name}\n{len(source)}\n".encode() + source)
    return found.hexdigest()[:8]


def _files(package: Path) -> Iterator[str]:
    for name in DECIDING:
        place = package / name
        for each in place.rglob("*.py") if place.is_dir() else (place,):
            yield each.relative_to(package).as_posix()
