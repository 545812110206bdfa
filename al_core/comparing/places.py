"""Where texts stand on a map: two numbers for each."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

import al_core
from al_core.errors import Unavailable
from al_core.threads import one_thread

Numbers = npt.NDArray[np.float64]
Places = Callable[[Sequence[str]], Numbers]
"""From n texts to (n, 2)."""
DIRECTIONS = 50
"""Of the texts, from which neighbours are found."""
FEWEST = 20
"""Texts below which neighbourhoods say nothing, and UMAP fails."""
PATIENCE = 180
"""Seconds; 3,000 texts take 10 to 20, half of it to load and compile."""


def by_words(texts: Sequence[str]) -> Numbers:
    """Return places by truncated SVD of TF-IDF; all zero where texts have no words to go by."""
    return _directions(texts, 2)


def umap_there() -> bool:
    """Tell whether the package umap-learn is installed, without importing it: it would load TensorFlow."""
    return find_spec("umap") is not None


def by_neighbours(texts: Sequence[str]) -> Numbers:
    """Return places by UMAP, which keeps neighbours together, computed in a process of its own.

    Of few texts, or such without words, those of `by_words`. Raises `Unavailable` in one sentence where UMAP
    fails or takes longer than `PATIENCE`. The same texts give the same places. McInnes et al. 2018,
    UMAP: uniform manifold approximation and projection, arXiv 1802.03426.
    """
    vectors = _directions(texts, DIRECTIONS)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if len(texts) < FEWEST or not lengths.any():
        return vectors[:, :2]
    # Of unit vectors, the nearest are those of the smallest angle.
    vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.npy", Path(folder) / "made.npy"
        np.save(given, vectors.astype(np.float32), allow_pickle=False)
        _compute(given, made)
        places = np.load(made, allow_pickle=False).astype(np.float64)
    if places.shape != (len(texts), 2) or not np.isfinite(places).all():
        raise Unavailable("UMAP found no place for some of these texts; the other map has all of them.")
    return places


def _directions(texts: Sequence[str], count: int) -> Numbers:
    """Return the first directions (n, count) of texts; zero where there are no more."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    flat = np.zeros((len(texts), count))
    try:
        found = TfidfVectorizer(sublinear_tf=True, min_df=2 if len(texts) > 50 else 1).fit_transform(texts)
    except ValueError:  # no words at all
        return flat
    if min(found.shape) < 4:
        return flat
    # The first direction of vectors that are not centred says little but how long a text is.
    there = min(count + 1, *found.shape)
    with one_thread():
        flat[:, : there - 1] = TruncatedSVD(there, random_state=0).fit_transform(found)[:, 1:]
    return flat


def _compute(given: Path, made: Path) -> None:
    root = str(Path(al_core.__file__).resolve().parents[1])
    inherited = os.environ.get("PYTHONPATH")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root])}
    # -P: a file in the present folder that is named like a library must not be imported.
    command = [sys.executable, "-P", "-m", "al_core.comparing.umap_map", str(given), str(made)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"UMAP took longer than {PATIENCE:,} seconds and was stopped; try again when less else runs here."
        ) from error
    except OSError as error:
        raise Unavailable(f"UMAP's process could not be started: {error}.") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said no more")
        raise Unavailable(f"UMAP failed: {last[:200].rstrip('.')}.")
