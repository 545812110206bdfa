"""TypiClust: the most typical text of each cluster that has no label yet."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.clustering import k_means, points, typicality
from al_core.strategies.selection import filled

MOST = 100_000
"""Texts that are clustered at most; a larger pool is represented by a random part."""


class TypiClust(Strategy):
    """Clusters pool and labels together; clusters with few labels, then large ones, come first.

    As in the authors' code: as many clusters as labels and questions, 500 at most; clusters of five
    or fewer texts are left out; one text of each cluster in turn. Typicality is computed once for
    each cluster, not again after each pick.
    """

    needs = frozenset({"embeddings"})
    dense = True

    def __init__(self, most_clusters: int, smallest: int, neighbours: int) -> None:
        self.most_clusters, self.smallest, self.neighbours = most_clusters, smallest, neighbours

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Go round the clusters until there are `n` texts."""
        pool, labelled = points(situation, rng)
        size = min(len(pool), max(MOST, 2 * n))
        part = (
            np.arange(len(pool)) if size == len(pool) else np.sort(rng.choice(len(pool), size, replace=False))
        )
        x = np.concatenate([pool[part], labelled])
        clusters, _ = k_means(x, min(len(labelled) + n, self.most_clusters), rng)
        sizes = np.bincount(clusters)
        labels = np.bincount(clusters[size:], minlength=len(sizes))
        luck = rng.random(len(sizes))
        order = [c for c in np.lexsort((luck, -sizes, labels)) if sizes[c] > self.smallest]
        queues = [self._queue(x, np.flatnonzero(clusters[:size] == c), rng) for c in order]
        places: list[int] = []
        for turn in range(max(map(len, queues), default=0)):
            places += [int(queue[turn]) for queue in queues if turn < len(queue)]
            if len(places) >= n:
                break
        return Choice(situation.pool[filled(part[np.array(places[:n], np.intp)], len(pool), n, rng)])

    def _queue(self, x: np.ndarray, members: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the unlabelled texts of one cluster, the most typical first."""
        typical = typicality(x[members], self.neighbours)
        return members[np.lexsort((rng.random(len(members)), -typical))]


ENTRY = Entry(
    name="typiclust",
    title="TypiClust",
    help="Asks about the most typical text of each cluster without a label. Made for very few labels.",
    build=TypiClust,
    paper="Hacohen, Dekel & Weinshall 2022, Active learning on a budget",
    link="https://arxiv.org/abs/2202.02794",
    cost="One embedding of the pool, then O(n k d) for each of 30 iterations, k <= 500, and O(s^2 d) in "
    "each cluster of s texts",
    parameters=(
        Parameter(
            "most_clusters",
            "Most clusters",
            "Labels and questions together, but no more than this.",
            500,
            2,
            5000,
            advanced=True,
        ),
        Parameter(
            "smallest",
            "Leave out up to",
            "Clusters of so many texts or fewer are left out.",
            5,
            0,
            1000,
            advanced=True,
        ),
        Parameter(
            "neighbours",
            "Neighbours",
            "Texts whose distance makes a text typical.",
            20,
            1,
            1000,
            advanced=True,
        ),
    ),
)
