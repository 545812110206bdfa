"""Entropy: ask where the model's probabilities are spread most evenly."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import entropy
from al_core.strategies.selection import highest


class Entropy(Strategy):
    """Highest Shannon entropy first."""

    needs = frozenset({"probabilities"})

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by entropy."""
        assert situation.probabilities is not None
        return highest(entropy(situation.probabilities), situation.pool, n, rng)


ENTRY = Entry(
    name="entropy",
    title="Entropy",
    help="Asks about the texts over whose classes the model's probability is spread most evenly.",
    build=Entropy,
    paper="Settles 2009, Active learning literature survey, section 3.1; after Shannon 1948",
    link="http://digital.library.wisc.edu/1793/60660",
    cost="One prediction of the pool, then O(n C)",
)
