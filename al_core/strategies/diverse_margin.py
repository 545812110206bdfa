"""Diverse margin: uncertain texts first, then one for each kind among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.clustering import MOST, PER_CENTRE, hearts, k_means, points
from al_core.strategies.scores import margin
from al_core.strategies.selection import highest


class DiverseMargin(Strategy):
    """k-means among the texts of smallest margin, weighted by margin."""

    needs = frozenset({"probabilities", "embeddings"})
    dense = True

    def __init__(self, candidates: int) -> None:
        self.candidates = candidates

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Narrow down by margin, cluster, take the heart of each cluster."""
        assert situation.probabilities is not None
        scores = margin(situation.probabilities)
        everything = np.arange(len(scores))
        most = min(len(scores), self.candidates * n, max(MOST, PER_CENTRE * n))
        near = np.sort(highest(scores, everything, most, rng).rows)
        return one_of_each(situation, near, scores, n, rng)


def one_of_each(
    situation: Situation,
    near: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    n: int,
    rng: np.random.Generator,
) -> Choice:
    """Cluster the places `near` of the pool, weighted by score, and choose the heart of each cluster.

    `scores` (pool,) are at least 0. Where there are fewer kinds than questions, the highest of the
    other places make up for it. Cost O(near n d) for each of 30 iterations.
    """
    x, _ = points(situation.take(near), rng)
    clusters, distances = k_means(x, n, rng, weights=np.maximum(scores[near], 1e-6))
    places = near[hearts(clusters, distances, rng)]
    rest = np.setdiff1d(near, places)
    places = np.concatenate([places, highest(scores[rest], rest, n - len(places), rng).rows])
    places = places[np.argsort(-scores[places], kind="stable")]
    return Choice(situation.pool[places], scores[places])


ENTRY = Entry(
    name="diverse_margin",
    title="Diverse margin",
    help="Takes the most uncertain texts, parts them into clusters, and asks about one of each.",
    build=DiverseMargin,
    paper="Zhdanov 2019, Diverse mini-batch active learning",
    link="https://arxiv.org/abs/1901.05954",
    cost="One prediction and embedding of the pool, then O(k b^2 d) for each of 30 iterations",
    parameters=(Parameter("candidates", "Candidates", "Uncertain texts for each question.", 10, 1, 1000),),
)
