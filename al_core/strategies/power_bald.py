"""PowerBALD: BALD with luck, so that a batch is not twenty copies of one question."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.bald import PARAMETERS, Bald
from al_core.strategies.base import Choice, Situation
from al_core.strategies.scores import disagreement
from al_core.strategies.selection import drawn


class PowerBald(Bald):
    """A draw without replacement in proportion to BALD's score to the power `sharpness`."""

    def __init__(self, source: str, members: int, sharpness: float) -> None:
        super().__init__(source, members)
        self.sharpness = sharpness

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Draw the batch; texts of score 0 come last."""
        assert situation.samples is not None
        scores = disagreement(situation.samples)
        places = drawn(scores, n, rng, self.sharpness)
        return Choice(situation.pool[places], scores[places])


ENTRY = Entry(
    name="power_bald",
    title="PowerBALD",
    help="BALD drawn by luck in proportion to its score, which keeps near copies out of one batch.",
    build=PowerBald,
    paper="Kirsch et al. 2023, Stochastic batch acquisition: a simple baseline for deep active learning",
    link="https://arxiv.org/abs/2106.12059",
    cost="As BALD, then O(n log n)",
    parameters=(
        *PARAMETERS,
        Parameter(
            "sharpness", "Sharpness", "0 is random, 1 the paper's, large is plain BALD.", 1.0, 0.0, 100.0
        ),
    ),
)
