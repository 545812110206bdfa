"""What may go from the data folder: what can be computed again, and what nobody will ask for.

What is not known to be of no use stays: labels, the store, corpora, the models of rounds and sessions,
promoted models, exports, whatever belongs to a run, trainer or promotion at work, and whatever belongs to
another store.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from al_core import paths
from al_core.disk.usage import LOGS, is_unfinished
from al_core.errors import BadInput
from al_core.features import eviction
from al_core.labelling import sessions, trainers
from al_core.store import Store, corpora, models, runs
from al_core.store.states import ACTIVE, ENDED, RESUMABLE

DAY = 24 * 3600.0
SETTLED_SECONDS = DAY
"""Age below which nothing unfinished and no log goes, whatever is asked for: somebody may be writing it."""
_UNFINISHED = ("features/*", "corpora/*", "runs/*/*", "runs/*/models/*", "labelling/*/*", "models/*/*/*")
"""Where files and folders are written beside their place."""

Kind = Literal["features", "checkpoint", "unfinished", "log"]


@dataclass(frozen=True, slots=True)
class Removable:
    """One file or folder that may go."""

    kind: Kind
    path: Path
    bytes: int
    touched: float
    """When it, or anything in it, was last written or used, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says of the folders."""

    store: Store
    states: dict[str, str]
    trained: frozenset[str]
    """Sessions with a trainer at work."""
    promoting: frozenset[tuple[str, str]]
    """Names and versions of models that are being prepared."""
    since: float
    """When the oldest process at work was born; what it reads was used no earlier."""

    @classmethod
    def of(cls, store: Store) -> _Known:
        """Ask the store."""
        at_work = (*runs.active(store), *trainers.active(store), *models.preparing(store))
        born = [each.pid_created for each in at_work if each.pid_created is not None]
        return cls(
            store=store,
            states=runs.states(store),
            trained=frozenset(each.session_id for each in trainers.active(store)),
            promoting=frozenset((each.name, str(each.version)) for each in models.preparing(store)),
            since=min(born, default=time.time()),
        )

    def at_work(self, part: str, *owner: str) -> bool:
        """Tell whether somebody works on what a folder holds."""
        if part == "runs":
            return self.states.get(owner[0]) in (*ACTIVE, "queued")
        if part == "labelling":
            return owner[0] in self.trained
        return part == "models" and (owner[0], owner[1]) in self.promoting


def find(store: Store, days: int) -> list[Removable]:
    """Return what may go: features and logs that were not used for so many days, and what is left over.

    Raises `Unavailable` if the store does not answer: without it nothing is known to be of no use.
    Cost: a few queries, and a look at the size of each file that may go.
    """
    if days < 0:
        raise BadInput(f"Give a number of days from 0, not {days}.")
    known, old = _Known.of(store), time.time() - days * DAY
    home = paths.home()
    return [
        *_features(home, min(old, known.since)),
        *_checkpoints(home, known),
        *_unfinished(home, known),
        *_logs(home, known, min(old, time.time() - SETTLED_SECONDS)),
    ]


def remove(found: Removable) -> bool:
    """Remove it; False if it stays, since somebody has touched it meanwhile, or has it open on Windows."""
    if found.kind == "features":
        return eviction.removed(eviction.Entry(found.path, found.bytes, found.touched))
    try:
        if _touched(found.path) > found.touched:
            return False
        if found.path.is_dir():
            shutil.rmtree(found.path)
        else:
            found.path.unlink()
    except OSError:
        return False
    return True


def _features(home: Path, before: float) -> Iterator[Removable]:
    for each in eviction.entries(home / "features"):
        if each.used < before and time.time() - each.used >= eviction.IN_USE_SECONDS:
            yield Removable("features", each.place, each.bytes, each.used)


def _checkpoints(home: Path, known: _Known) -> Iterator[Removable]:
    """Those of runs that no state leads on from; a run that is cancelled or has failed can be resumed."""
    for path in home.glob("runs/*/checkpoint.npz"):
        state = known.states.get(path.parent.name)
        if state in ENDED and state not in RESUMABLE:
            yield from _removable("checkpoint", path)


def _unfinished(home: Path, known: _Known) -> Iterator[Removable]:
    for pattern in _UNFINISHED:
        for path in home.glob(pattern):
            if is_unfinished(path.name) and not known.at_work(*path.relative_to(home).parts[:-1]):
                yield from _removable("unfinished", path, time.time() - SETTLED_SECONDS)


def _logs(home: Path, known: _Known, before: float) -> Iterator[Removable]:
    for path in home.glob(f"runs/*/{LOGS[0]}"):
        if known.states.get(path.parent.name) in ENDED:
            yield from _removable("log", path, before)
    for name in LOGS:
        for path in home.glob(f"labelling/*/{name}"):
            if path.parent.name not in known.trained and _has_session(known.store, path.parent.name):
                yield from _removable("log", path, before)
    for path in home.glob("corpora/*.log.txt"):
        corpus = corpora.find(known.store, path.name.removesuffix(".log.txt"))
        if corpus is not None and corpus.state != "preparing":
            yield from _removable("log", path, before)


def _has_session(store: Store, session_id: str) -> bool:
    try:
        sessions.session(store, session_id)
    except BadInput:
        return False
    return True


def _removable(kind: Kind, path: Path, before: float | None = None) -> Iterator[Removable]:
    """Give a path, unless it is a link, or was touched since `before`."""
    with suppress(OSError):  # gone at this moment
        touched = _touched(path)
        if not path.is_symlink() and (before is None or touched < before):
            yield Removable(kind, path, sum(each.lstat().st_size for each in _files(path)), touched)


def _touched(path: Path) -> float:
    return max(each.lstat().st_mtime for each in (path, *path.rglob("*")))


def _files(path: Path) -> Iterator[Path]:
    return (each for each in (path, *path.rglob("*")) if not each.is_dir())
