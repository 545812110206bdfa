"""Core-set: ask about texts far from everything that has a label."""

from __future__ import annotations

import numpy as np

from al_core.matrix import unit_rows
from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.geometry import k_centre


class KCentre(Strategy):
    """Greedy k-centre on embeddings of length 1."""

    needs = frozenset({"embeddings"})
    dense = True

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Take the farthest text, again and again."""
        assert situation.embeddings is not None and situation.labelled_embeddings is not None
        places, gaps = k_centre(
            unit_rows(situation.embeddings), unit_rows(situation.labelled_embeddings), n, rng
        )
        return Choice(situation.pool[places], gaps)


ENTRY = Entry(
    name="k_centre",
    title="Core-set (k-centre)",
    help="Asks about texts that lie farthest from every labelled one, so that none is far from a label.",
    build=KCentre,
    paper="Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach",
    link="https://arxiv.org/abs/1708.00489",
    cost="One embedding of the pool, then O((m + b) n d)",
)
