"""BALD: ask where the model's versions are each sure, but not of the same class."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Need, Situation, Strategy
from al_core.strategies.scores import disagreement
from al_core.strategies.selection import highest

SOURCES: dict[str, Need] = {"dropout": "dropout", "committee": "committee"}

PARAMETERS = (
    Parameter(
        "source",
        "Versions from",
        "Dropout: one model, its dropout left on while it predicts. Committee: fits on bootstrap samples.",
        "committee",
        choices=tuple(SOURCES),
    ),
    Parameter("members", "Versions", "How many versions of the model are asked.", 10, 2, 200),
)
"""What both kinds of BALD ask for."""


class Bald(Strategy):
    """Highest mutual information between the label and the model's version first."""

    def __init__(self, source: str, members: int) -> None:
        self.needs, self.members = frozenset({SOURCES[source]}), members

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by mutual information."""
        assert situation.samples is not None
        return highest(disagreement(situation.samples), situation.pool, n, rng)


ENTRY = Entry(
    name="bald",
    title="BALD",
    help="Asks where versions of the model are each sure of themselves but contradict each other.",
    build=Bald,
    paper="Gal, Islam & Ghahramani 2017, Deep Bayesian active learning with image data",
    link="https://arxiv.org/abs/1703.02910",
    cost="T predictions of the pool (a committee: T fits as well), then O(T n C)",
    parameters=PARAMETERS,
)
