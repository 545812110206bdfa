"""The control that every other strategy has to beat."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy


class RandomSampling(Strategy):
    """Uniform, without replacement."""

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Draw from the pool."""
        return Choice(rng.choice(situation.pool, size=n, replace=False))


ENTRY = Entry(
    name="random",
    title="Random",
    help="Asks about texts drawn at random. The control: a strategy pays only if it beats this.",
    build=RandomSampling,
    cost="O(n)",
)
