"""Information density: uncertain texts that many others resemble."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.geometry import mean_similarity
from al_core.strategies.scores import entropy
from al_core.strategies.selection import highest


class Density(Strategy):
    """Highest entropy x (mean cosine similarity to the pool) ^ beta first."""

    needs = frozenset({"probabilities", "embeddings"})

    def __init__(self, beta: float) -> None:
        self.beta = beta

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by entropy times density; a negative similarity counts as none."""
        assert situation.probabilities is not None and situation.embeddings is not None
        density = np.maximum(mean_similarity(situation.embeddings), 0.0) ** self.beta
        return highest(entropy(situation.probabilities) * density, situation.pool, n, rng)


ENTRY = Entry(
    name="density",
    title="Information density",
    help="Asks about uncertain texts that resemble many others. Weak where the classes differ in size.",
    build=Density,
    paper="Settles & Craven 2008, An analysis of active learning strategies for sequence labeling tasks",
    link="https://aclanthology.org/D08-1112/",
    cost="One prediction and embedding of the pool, then O(n (C + d))",
    parameters=(
        Parameter(
            "beta",
            "Weight of density",
            "0 is plain entropy; larger asks for more typical texts.",
            1.0,
            0.0,
            10.0,
        ),
    ),
)
