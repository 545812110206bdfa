"""Least confidence: ask where the model's best guess is least sure."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import least_confidence
from al_core.strategies.selection import highest


class LeastConfidence(Strategy):
    """Highest 1 - max p first."""

    needs = frozenset({"probabilities"})

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by least confidence."""
        assert situation.probabilities is not None
        return highest(least_confidence(situation.probabilities), situation.pool, n, rng)


ENTRY = Entry(
    name="least_confidence",
    title="Least confidence",
    help="Asks about the texts whose most probable class has the lowest probability.",
    build=LeastConfidence,
    paper="Lewis & Gale 1994, A sequential algorithm for training text classifiers",
    link="https://doi.org/10.1007/978-1-4471-2099-5_1",
    cost="One prediction of the pool, then O(n C)",
)
