"""Clusters of embeddings, and the text at the heart of each. Seeded; the same on every run.

Scikit-learn is imported inside the functions: pages read the registry, and should start fast.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.features.reduction import COMPONENTS, reduced
from al_core.matrix import Dense, Matrix, blocks, is_sparse, squared_distances, stack, unit_rows
from al_core.strategies.base import Situation
from al_core.threads import one_thread

Places = npt.NDArray[np.intp]

ITERATIONS = 30
"""Of Lloyd's algorithm; the centres hardly move afterwards, and a batch does not need the last digit."""

MOST, PER_CENTRE = 50_000, 10
"""Texts that are clustered at most, or so many for each centre: more hardly move a centre."""


def points(situation: Situation, rng: np.random.Generator) -> tuple[Dense, Dense]:
    """Return the embeddings of pool and labelled texts as dense float32 rows of length 1.

    Sparse ones of many columns are reduced by a truncated SVD first (seeded): distances in
    thousands of dimensions say little, and centres there would be as large as the pool.
    """
    pool, labelled = situation.embeddings, situation.labelled_embeddings
    assert pool is not None and labelled is not None
    if is_sparse(pool) and pool.shape[1] > COMPONENTS:
        both = stack(pool, labelled)
        found = reduced(both, np.arange(both.shape[0]), int(rng.integers(2**31)))
        return found[: pool.shape[0]], found[pool.shape[0] :]
    return _dense(pool), _dense(labelled)


def _dense(x: Matrix) -> Dense:
    rows = np.asarray(x.toarray() if is_sparse(x) else x, dtype=np.float32)
    return np.asarray(unit_rows(rows), dtype=np.float32)


def k_means(
    x: Dense, k: int, rng: np.random.Generator, weights: npt.NDArray[np.float64] | None = None
) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return the cluster of each row (n,) and its squared distance to the cluster's centre (n,).

    k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's algorithm, on one thread: with several,
    the order of additions, and so the last digits, would change from run to run. Fewer than `k`
    clusters come out where there are fewer different rows. Cost O(n k d) an iteration.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    if len(x) == 0:
        return np.empty(0, np.intp), np.empty(0)
    seed = int(rng.integers(2**31))
    once: Any = 1  # its type hint knows "auto" only
    model = KMeans(min(k, len(x)), n_init=once, max_iter=ITERATIONS, random_state=seed)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        clusters = np.asarray(model.fit_predict(x, sample_weight=weights), np.intp)
    offsets = x - model.cluster_centers_[clusters].astype(x.dtype, copy=False)
    return clusters, np.einsum("ij,ij->i", offsets, offsets, dtype=np.float64)


def hearts(clusters: Places, distances: npt.NDArray[np.float64], rng: np.random.Generator) -> Places:
    """Return the place nearest to the centre in each cluster that is not empty, at random among equals."""
    order = np.lexsort((rng.random(len(clusters)), distances, clusters))
    first = np.ones(len(order), bool)
    first[1:] = clusters[order][1:] != clusters[order][:-1]
    return order[first]


def typicality(x: Dense, neighbours: int = 20) -> npt.NDArray[np.float64]:
    """Return 1 / mean distance to the nearest neighbours, among the rows themselves.

    As many as half of the rows at most. Rows whose neighbours are all copies get infinity.
    Hacohen, Dekel & Weinshall 2022. Cost O(n^2 d) in blocks, memory O(n).
    """
    k = min(neighbours, len(x) // 2)
    if k < 1:
        return np.zeros(len(x))
    found = np.empty(len(x))
    for block in blocks(len(x), len(x)):
        near = squared_distances(x[block], x)
        near[np.arange(len(near)), np.arange(block.start, block.stop)] = np.inf  # not its own neighbour
        near.partition(k - 1, axis=1)
        with np.errstate(divide="ignore"):
            found[block] = 1.0 / np.sqrt(near[:, :k]).mean(axis=1)
    return found
