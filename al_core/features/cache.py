"""Feature matrices on disk, by content and settings, so that runs share them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import paths
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.features.base import Features
from al_core.matrix import Matrix, is_sparse

FORMAT = 1
"""Raised whenever any feature computes something else from the same texts."""
UNFINISHED = ".part"
FORGOTTEN_SECONDS = 24 * 3600
"""Age at which an unfinished entry belongs to a process that was killed."""


def cached(
    features: Features, settings: Component, corpus: Corpus, rows: npt.NDArray[np.int64]
) -> npt.NDArray[Any] | Matrix:
    """Return the features of every text, read-only and memory-mapped; computed at most once."""
    place = paths.features() / _key(settings, corpus, rows)
    found = _read(place)
    if found is None:
        _write(place, features.fit_transform(corpus.texts, rows))
        found = _read(place)
    if found is None:
        raise OSError(f"features were written to {place} but cannot be read back")
    return found


def _key(settings: Component, corpus: Corpus, rows: npt.NDArray[np.int64]) -> str:
    digest = hashlib.sha256(f"{FORMAT}|{corpus.key}|{settings.model_dump_json()}|".encode())
    digest.update(np.ascontiguousarray(rows, dtype=np.int64).tobytes())
    return digest.hexdigest()[:32]


def _read(place: Path) -> npt.NDArray[Any] | Matrix | None:
    """Return an entry without reading its values; None if it is not there, or damaged."""
    try:
        if not (place / "indptr.npy").exists():
            return _load(place / "dense.npy")
        from scipy.sparse import csr_matrix

        indptr, indices, data = (_load(place / f"{name}.npy") for name in ("indptr", "indices", "data"))
        shape = tuple(_load(place / "shape.npy").tolist())
        found: Any = csr_matrix((data, indices, indptr), shape=shape, copy=False)
        # Said once here, or scipy would look through all indices, or try to sort them in place.
        found.has_canonical_format = True
        return found
    except (OSError, ValueError, EOFError):
        return None


def _load(path: Path) -> npt.NDArray[Any]:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _write(place: Path, x: npt.NDArray[Any] | Matrix) -> None:
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
            shutil.rmtree(place)
        try:
            part.rename(place)
        except OSError:
            if not place.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _arrays(x: npt.NDArray[Any] | Matrix) -> dict[str, npt.NDArray[Any]]:
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
