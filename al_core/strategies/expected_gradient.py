"""Expected gradient length: ask where any answer would move the model most."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import expected_gradient_length
from al_core.strategies.selection import highest


class ExpectedGradient(Strategy):
    """Longest expected gradient of the last layer first."""

    needs = frozenset({"probabilities", "embeddings"})

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by expected gradient length."""
        assert situation.probabilities is not None and situation.embeddings is not None
        scores = expected_gradient_length(situation.probabilities, situation.embeddings)
        return highest(scores, situation.pool, n, rng)


ENTRY = Entry(
    name="expected_gradient",
    title="Expected gradient length",
    help="Asks about the texts whose label, whatever it is, would change the last layer most.",
    build=ExpectedGradient,
    paper="Settles, Craven & Ray 2008, Multiple-instance active learning",
    cost="One prediction and embedding of the pool, then O(n (C^2 + d))",
)
