"""BADGE: texts that would move the model far, and in different directions."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.geometry import badge


class Badge(Strategy):
    """k-means++ on the gradients of the last layer, under the model's own guesses."""

    needs = frozenset({"probabilities", "embeddings"})

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Draw a batch of long and different gradients."""
        assert situation.probabilities is not None and situation.embeddings is not None
        return Choice(situation.pool[badge(situation.probabilities, situation.embeddings, n, rng)])


ENTRY = Entry(
    name="badge",
    title="BADGE",
    help="Draws texts whose labels would move the last layer far and in different directions.",
    build=Badge,
    paper="Ash et al. 2020, Deep batch active learning by diverse, uncertain gradient lower bounds",
    link="https://arxiv.org/abs/1906.03671",
    cost="One prediction and embedding of the pool, then O(b n (C + d))",
)
