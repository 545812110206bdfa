"""Class balancing: more of the classes that have few labels so far."""

from __future__ import annotations

import numpy as np

from al_core.evaluation.metrics import predicted_classes
from al_core.registry import Entry
from al_core.strategies.base import Choice, Need, Situation, Strategy
from al_core.strategies.selection import quotas
from al_core.strategies.wrappers.around import Around


class ClassBalanced(Around):
    """Parts the pool by predicted class; inside each class the strategy inside chooses.

    The quotas bring the labelled set and the batch together as near to equal classes as the batch
    allows. What a class cannot give, the others do.
    """

    def __init__(self, inner: Strategy) -> None:
        super().__init__(inner)
        predicted: frozenset[Need] = frozenset({"probabilities"})
        self.needs = inner.needs | predicted

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Ask the strategy inside for the quota of each predicted class."""
        assert situation.probabilities is not None
        predicted = predicted_classes(situation.probabilities)
        available = np.bincount(predicted, minlength=situation.n_classes)
        have = np.bincount(situation.labels, minlength=situation.n_classes)
        shares = quotas(levelling(have, n), n, available.tolist())
        parts = [
            self.inner.choose(situation.take(np.flatnonzero(predicted == c)), quota, rng)
            for c, quota in enumerate(shares)
            if quota
        ]
        rows = np.concatenate([part.rows for part in parts])
        if any(part.scores is None for part in parts):
            return Choice(rows)
        return Choice(rows, np.concatenate([part.scores for part in parts if part.scores is not None]))


def levelling(have: np.ndarray, n: int) -> list[float]:
    """Return how `n` are to be shared out so that `have` becomes as level as it can (like water)."""
    order = np.sort(have).astype(float)
    # The level if only the k lowest were filled; the right one is the lowest of these.
    levels = (n + np.cumsum(order)) / np.arange(1, len(order) + 1)
    return np.maximum(levels.min() - have, 0.0).tolist()


ENTRY = Entry(
    name="class_balanced",
    title="Balanced classes",
    help="Asks for more of the predicted classes that have few labels so far.",
    build=ClassBalanced,
    paper="Fairstein et al. 2024, Class balancing for efficient active learning in imbalanced datasets",
    cost="One prediction of the pool, and that of the strategy inside",
)
