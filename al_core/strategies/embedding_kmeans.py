"""Embedding k-means: as many clusters as questions, and the text at the heart of each."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.clustering import MOST, PER_CENTRE, hearts, k_means, points
from al_core.strategies.selection import filled


class EmbeddingKMeans(Strategy):
    """One text for each of n clusters of the pool."""

    needs = frozenset({"embeddings"})
    dense = True

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Cluster, take the hearts, and fill up at random where texts repeat."""
        x, _ = points(situation, rng)
        size = min(len(x), max(MOST, PER_CENTRE * n))
        part = np.arange(len(x)) if size == len(x) else np.sort(rng.choice(len(x), size, replace=False))
        places = part[hearts(*k_means(x[part], n, rng), rng)]
        return Choice(situation.pool[filled(places, len(x), n, rng)])


ENTRY = Entry(
    name="kmeans",
    title="Embedding k-means",
    help="Parts the pool into as many clusters as there are questions and asks about the middle of each.",
    build=EmbeddingKMeans,
    paper="Yuan, Lin & Boyd-Graber 2020, Cold-start active learning through self-supervised LM",
    link="https://aclanthology.org/2020.emnlp-main.637/",
    cost="One embedding of the pool, then O(n b d) for each of 30 iterations",
)
