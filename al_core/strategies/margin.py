"""Margin, also called breaking ties: ask where the two best classes are closest."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import margin
from al_core.strategies.selection import highest


class Margin(Strategy):
    """Smallest difference of the two largest probabilities first."""

    needs = frozenset({"probabilities"})

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by margin."""
        assert situation.probabilities is not None
        return highest(margin(situation.probabilities), situation.pool, n, rng)


ENTRY = Entry(
    name="margin",
    title="Margin",
    help="Asks about the texts whose two most probable classes are closest. Also called breaking ties.",
    build=Margin,
    paper="Scheffer, Decomain & Wrobel 2001, Active hidden Markov models for information extraction",
    link="https://doi.org/10.1007/3-540-44816-0_31",
    cost="One prediction of the pool, then O(n C)",
)
