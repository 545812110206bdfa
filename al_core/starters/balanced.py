"""A balanced initial set: as many texts of each class."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.selection import quotas


class Balanced(Strategy):
    """Draws as many of each class; what a small class lacks, the others give. For simulation."""

    reads_pool_labels = True

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Fill each class's quota at random."""
        labels = situation.pool_labels
        assert labels is not None
        sizes = np.bincount(labels, minlength=situation.n_classes).tolist()
        parts = [
            rng.choice(situation.pool[labels == c], quota, replace=False)
            for c, quota in enumerate(quotas([1.0] * len(sizes), n, sizes))
        ]
        return Choice(np.concatenate(parts))


ENTRY = Entry(
    name="balanced",
    title="Balanced",
    help="At random, as many of each class.",
    build=Balanced,
    cost="O(n)",
    caution="Reads the labels of the pool, which a project without labels does not have.",
)
