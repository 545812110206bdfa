"""CAL: texts that look like labelled ones, but of which the model says something else."""

from __future__ import annotations

import numpy as np

from al_core.matrix import unit_rows
from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.geometry import contrastive
from al_core.strategies.selection import highest


class Contrastive(Strategy):
    """Highest mean KL divergence to the nearest labelled texts first."""

    needs = frozenset({"probabilities", "embeddings", "labelled_probabilities"})

    def __init__(self, neighbours: int) -> None:
        self.neighbours = neighbours

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool; without a labelled text every score is 0."""
        assert situation.probabilities is not None and situation.embeddings is not None
        assert situation.labelled_probabilities is not None and situation.labelled_embeddings is not None
        scores = np.zeros(len(situation.pool))
        if len(situation.labelled_probabilities):
            scores = contrastive(
                situation.probabilities,
                unit_rows(situation.embeddings),
                situation.labelled_probabilities,
                unit_rows(situation.labelled_embeddings),
                self.neighbours,
            )
        return highest(scores, situation.pool, n, rng)


ENTRY = Entry(
    name="contrastive",
    title="Contrastive (CAL)",
    help="Asks about texts close to labelled ones of which the model nevertheless says something else.",
    build=Contrastive,
    paper="Margatina et al. 2021, Active learning by acquiring contrastive examples",
    link="https://aclanthology.org/2021.emnlp-main.51/",
    cost="One prediction and embedding of the pool, then O(n m d)",
    parameters=(
        Parameter("neighbours", "Neighbours", "Labelled texts that each text is compared with.", 10, 1, 1000),
    ),
)
