"""Feature matrices on disk, by content and settings, so that runs share them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from al_core import paths
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.disk import room
from al_core.features import eviction
from al_core.features.base import Counts, Features, FromCounts, FromFiles
from al_core.features.eviction import UNFINISHED
from al_core.matrix import Matrix, SideBySide, is_sparse

FORMAT = 4
"""Raised whenever any feature computes something else from the same texts."""
Stored: TypeAlias = npt.NDArray[Any] | Matrix | SideBySide
"""Whatever features may give."""
FORGOTTEN_SECONDS = 24 * 3600
"""Age at which an unfinished entry belongs to a process that was killed."""


def cached(features: Features, settings: Component, corpus: Corpus, rows: npt.NDArray[np.int64]) -> Stored:
    """Return the features of every text, read-only and memory-mapped; computed once while they are in use.

    Features that are found from counts (`FromCounts`) share those with every other split of the
    corpus, and with every other kind of features that counts the same. What was not used for long goes
    where all take more than a budget, or the disk is full: see `eviction`.
    """

    def counts(wanted: Counts) -> Any:
        return _kept(_key(corpus, f"counts {wanted!r}"), lambda: wanted.of(corpus.texts))

    def compute() -> Any:
        if isinstance(features, FromCounts):
            return features.from_counts(counts, rows)
        return features.fit_transform(corpus.texts, rows)

    files = features.fingerprint() if isinstance(features, FromFiles) else ""
    return _kept(_key(corpus, settings.model_dump_json() + files, rows), compute)


def _kept(key: str, compute: Callable[[], Any]) -> Stored:
    place = paths.features() / key
    found = _read(place)
    if found is None:
        budget = eviction.budget()  # a wrong one is told before the dear part
        _put(place, compute())
        found = _read(place)
        eviction.evict(place.parent, budget)
    if found is None:
        raise OSError(f"features were written to {place} but cannot be read back")
    eviction.use(place)
    return found


def _put(place: Path, x: Stored) -> None:
    """Write an entry; where the disk is full, in the room of all that nobody uses."""
    try:
        _write(place, x)
    except OSError as error:
        if not (room.is_full(error) and eviction.evict(place.parent, 0)):
            raise
        _write(place, x)


def _key(corpus: Corpus, what: str, rows: npt.NDArray[np.int64] | None = None) -> str:
    digest = hashlib.sha256(f"{FORMAT}|{corpus.key}|{what}|".encode())
    if rows is not None:
        digest.update(np.ascontiguousarray(rows, dtype=np.int64).tobytes())
    return digest.hexdigest()[:32]


def _read(place: Path) -> Stored | None:
    """Return an entry without reading its values; None if it is not there, or damaged."""
    try:
        if not (place / "indptr.npy").exists():
            return _load(place / "dense.npy")
        from scipy.sparse import csr_matrix

        indptr, indices, data = (_load(place / f"{name}.npy") for name in ("indptr", "indices", "data"))
        rows, columns, *beside = _load(place / "shape.npy").tolist()
        found: Any = csr_matrix((data, indices, indptr), shape=(rows, columns), copy=False)
        # Said once here, or scipy would look through all indices, or try to sort them in place.
        found.has_canonical_format = True
        return SideBySide(found, _load(place / "beside.npy")) if beside else found
    except (OSError, ValueError, EOFError):
        return None


def _load(path: Path) -> npt.NDArray[Any]:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _write(place: Path, x: Stored) -> None:
    """Write whole or not at all: a folder that is renamed once all is in it.

    Two runs may compute the same features at once: the second to end keeps the first one's.
    """
    _sweep(place.parent)
    part = Path(tempfile.mkdtemp(dir=place.parent, suffix=UNFINISHED))
    try:
        for name, array in _arrays(x).items():
            with (part / f"{name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        if place.exists() and _read(place) is None:
            with suppress(FileNotFoundError):  # another process was faster
                eviction.put_aside(place)
        eviction.use(part)  # in use from its first moment, however long the writing took
        try:
            part.rename(place)
        except OSError:
            if not place.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _arrays(x: Stored) -> dict[str, npt.NDArray[Any]]:
    if isinstance(x, SideBySide):
        shape = np.array([*x.words.shape, x.dense.shape[1]])
        # Not "dense": with the words gone, or not there yet, it would be read as an entry of its own.
        return _arrays(x.words) | {"shape": shape, "beside": x.dense}
    if not is_sparse(x):
        return {"dense": np.asarray(x)}
    x.sum_duplicates()
    return {"shape": np.array(x.shape), "indptr": x.indptr, "indices": x.indices, "data": x.data}


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left."""
    for part in folder.glob(f"*{UNFINISHED}"):
        try:
            if time.time() - part.stat().st_mtime > FORGOTTEN_SECONDS:
                shutil.rmtree(part)
        except OSError:  # another run was faster
            continue
