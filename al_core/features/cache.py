"""Feature arrays on disk, by content and settings, so that runs share them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import paths
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.features.base import Features

FORMAT = 1
"""Raised whenever any feature computes something else from the same texts."""


def cached(
    features: Features, settings: Component, corpus: Corpus, rows: npt.NDArray[np.int64]
) -> npt.NDArray[Any]:
    """Return the features of every text, read-only and memory-mapped; computed at most once."""
    path = paths.features() / f"{_key(settings, corpus, rows)}.npy"
    if not path.exists():
        _write(path, features.fit_transform(corpus.texts, rows))
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _key(settings: Component, corpus: Corpus, rows: npt.NDArray[np.int64]) -> str:
    digest = hashlib.sha256(f"{FORMAT}|{corpus.key}|{settings.model_dump_json()}|".encode())
    digest.update(np.ascontiguousarray(rows, dtype=np.int64).tobytes())
    return digest.hexdigest()[:32]


def _write(path: Path, array: npt.NDArray[Any]) -> None:
    """Write whole or not at all: two runs may compute the same features at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, array, allow_pickle=False)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
