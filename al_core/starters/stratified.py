"""A stratified initial set: each class in the share that it has in the pool."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.selection import quotas


class Stratified(Strategy):
    """Draws from each class in proportion to its size. Reads the labels, so it is for simulation."""

    reads_pool_labels = True

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Fill each class's quota at random."""
        labels = situation.pool_labels
        assert labels is not None
        sizes = np.bincount(labels, minlength=situation.n_classes).tolist()
        parts = [
            rng.choice(situation.pool[labels == c], quota, replace=False)
            for c, quota in enumerate(quotas(sizes, n, sizes))
        ]
        return Choice(np.concatenate(parts))


ENTRY = Entry(
    name="stratified",
    title="Stratified",
    help="At random, with the same share of each class as the pool has.",
    build=Stratified,
    cost="O(n)",
    caution="Reads the labels of the pool, which a project without labels does not have.",
)
