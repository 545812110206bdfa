"""Sparse features in few dimensions, for whatever clusters or measures distances."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.matrix import SideBySide, blocks, is_sparse, unit_rows
from al_core.threads import one_thread

COMPONENTS = 128
MOST_FITTED = 50_000
"""Rows that the components are found from; more make them dearer, not better."""
SPARE = 10
"""Directions that are followed besides those wanted, so that the last of these come out right."""
WIDTH = 32
"""Columns of one product: as many as keep what is gathered at random in the cache of a core."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """How rows of many columns become short ones, before these are brought to length 1."""

    axes: Floats
    """(columns, directions)."""
    turn: Floats
    """(directions, components): from those that were followed to those wanted, the largest first."""


@dataclass(frozen=True, slots=True, eq=False)
class Emphasis:
    """How topics are centred and stretched, before they are brought to length 1."""

    mean: Floats
    """(components,)."""
    stretch: Floats
    """(components, components)."""


def reduced(x: Any, fit_rows: npt.NDArray[np.int64], seed: int, components: int = COMPONENTS) -> Floats:
    """Return a truncated SVD of all rows, fitted on `fit_rows`, each row at length 1.

    Labels play no part. Topics that stand beside words already are taken as they are, and a matrix
    of few columns is only made dense. Latent semantic analysis: Deerwester et al. 1990; found at
    random: Halko et al. 2011, two power iterations. The result does not depend on the number of
    cores. Cost: four passes over the stored values for each of `components`, over at most
    `MOST_FITTED` of the rows, and one over all. Memory: 8 bytes for each value of the fitted rows,
    and 8 bytes x (n + columns) x components.
    """
    return projected(x, fit_rows, seed, components)[0]


def projected(
    x: Any, fit_rows: npt.NDArray[np.int64], seed: int, components: int
) -> tuple[Floats, Projection | None]:
    """Return what `reduced` does, and how: None where rows are only made dense, at length 1."""
    if isinstance(x, SideBySide):
        if x.dense.any():
            return np.asarray(unit_rows(x.dense), dtype=np.float32), None
        x = x.words
    if x.shape[1] <= components:
        dense = np.asarray(x.toarray() if is_sparse(x) else x, dtype=np.float32)
        return np.asarray(unit_rows(dense), dtype=np.float32), None
    rng = np.random.default_rng(seed)
    fit_rows = np.sort(fit_rows)
    if len(fit_rows) > MOST_FITTED:
        fit_rows = np.sort(rng.choice(fit_rows, MOST_FITTED, replace=False))
    components = min(components, len(fit_rows))
    x = x.astype(np.float32, copy=False)  # half the time, and digits enough for distances
    fitted = x[fit_rows]
    columns = fitted.T.tocsr() if is_sparse(fitted) else np.ascontiguousarray(fitted.T)
    with one_thread():
        axes = rng.standard_normal((x.shape[1], min(components + SPARE, *fitted.shape)), np.float32)
        for _ in range(2):
            axes = _times(columns, _times(fitted, _orthonormal(axes)))
        axes = _orthonormal(axes)
        places = _times(x, axes)
        _, turn = _eigen(places[fit_rows])
        how = Projection(axes, turn[:, :components].astype(np.float32))
        found = _turned(places, how.turn)
    return np.asarray(unit_rows(found), dtype=np.float32), how


def emphasised(x: Floats, fit_rows: npt.NDArray[np.int64], power: float) -> Floats:
    """Return rows of length 1 whose inner products are those of `x`, centred, to a power.

    Centred on the mean of `fit_rows`, turned to their principal axes, each axis stretched by its
    standard deviation to the power - 1. With 1 nothing is stretched. With 2 texts are alike if they are
    like the same other texts of the pool: directions that few texts share, of which a few labels can
    only learn noise, count less. A cluster kernel with a polynomial transfer function: Chapelle,
    Weston & Schölkopf 2003, Cluster kernels for semi-supervised learning. Memory: three times `x`.
    """
    how = emphasis(x, fit_rows, power)
    if how is None:
        return x
    with one_thread():
        found = _turned(x - how.mean, how.stretch)
        # A text without a known word is no topic's; centred, it would be the opposite of all.
        found[~np.any(x, axis=1)] = 0.0
    return np.asarray(unit_rows(found), dtype=np.float32)


def emphasis(x: Floats, fit_rows: npt.NDArray[np.int64], power: float) -> Emphasis | None:
    """Return how `emphasised` works; None where it leaves `x` alone, for lack of anything to learn from."""
    if len(fit_rows) == 0 or not np.any(x):
        return None
    with one_thread():
        mean = x[fit_rows].mean(axis=0, dtype=np.float64).astype(np.float32)
        values, turn = _eigen(x[fit_rows] - mean)
        known = values > 1e-9 * values[0]
        stretched = turn * np.where(known, np.where(known, values, 1.0) ** ((power - 1.0) / 2), 0.0)
        return Emphasis(mean, stretched.astype(np.float32))


def _times(x: Any, y: Floats) -> Floats:
    """Return x @ y, some columns at a time, on all cores: each value is summed by one of them."""
    from joblib import cpu_count

    parts = [np.ascontiguousarray(y[:, start : start + WIDTH]) for start in range(0, y.shape[1], WIDTH)]
    with ThreadPoolExecutor(cpu_count()) as cores:
        return np.concatenate(list(cores.map(lambda part: x @ part, parts)), axis=1)


def _turned(x: Floats, turn: Floats) -> Floats:
    """Return x @ turn, summed in float64: in float32 a row would depend on which rows stand beside it."""
    found, wide = np.empty((len(x), turn.shape[1]), np.float32), turn.astype(np.float64)
    for block in blocks(*x.shape):
        found[block] = x[block] @ wide
    return found


def _orthonormal(x: Floats) -> Floats:
    """Return columns of length 1 at right angles that span what those of `x` do; 0 for what is too many.

    Through the small matrix of inner products, which takes a tenth of the time of QR.
    """
    values, turn = _eigen(x)
    known = values > 1e-12 * values[0]
    return x @ (turn * np.where(known, np.where(known, values, 1.0) ** -0.5, 0.0)).astype(np.float32)


def _eigen(x: Floats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return eigenvalues and eigenvectors (in columns) of the inner products of columns, largest first."""
    products = np.zeros((x.shape[1], x.shape[1]))
    for block in blocks(*x.shape):
        part = x[block].astype(np.float64)  # squares of what is small would drown in float32
        products += part.T @ part
    values, vectors = np.linalg.eigh(products)
    return values[::-1], vectors[:, ::-1]
