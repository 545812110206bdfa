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
        shares = levelled(have.tolist(), n, available.tolist())
        parts = [
            self.inner.choose(situation.take(np.flatnonzero(predicted == c)), quota, rng)
            for c, quota in enumerate(shares)
            if quota
        ]
        rows = np.concatenate([part.rows for part in parts])
        if any(part.scores is None for part in parts):
            return Choice(rows)
        return Choice(rows, np.concatenate([part.scores for part in parts if part.scores is not None]))


def levelled(have: list[int], n: int, available: list[int]) -> list[int]:
    """Share out `n` so that `have` becomes as level as it can, none getting more than is `available`.

    As water finds its level in vessels of different heights. Raises ValueError when there is too
    little altogether.
    """
    labels, limits = np.array(have, float), np.array(available, float)
    given, full = np.zeros(len(have)), np.zeros(len(have), bool)
    while not full.all():
        open_ = ~full
        rest, count = n - limits[full].sum(), np.arange(1, open_.sum() + 1)
        # The level if only the k lowest were filled; the right one is the lowest of these.
        level = ((rest + np.cumsum(np.sort(labels[open_]))) / count).min()
        given = np.where(full, limits, np.maximum(level - labels, 0.0))
        if (over := given > limits).any():
            full |= over
        else:
            break
    return quotas(given.tolist(), n, available)


ENTRY = Entry(
    name="class_balanced",
    title="Balanced classes",
    help="Asks for more of the predicted classes that have few labels so far.",
    build=ClassBalanced,
    paper="Fairstein et al. 2024, Class balancing for efficient active learning in imbalanced datasets",
    cost="One prediction of the pool, and that of the strategy inside",
)
