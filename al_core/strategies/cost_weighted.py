"""Cost-weighted uncertainty: ask where the cheapest decision may still turn out dear."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import expected_cost
from al_core.strategies.selection import highest


class CostWeighted(Strategy):
    """Highest expected cost of the best decision first; the user prices both mistakes."""

    needs = frozenset({"probabilities"})
    two_classes_only = True

    def __init__(self, fn_cost: float, fp_cost: float) -> None:
        self.fn_cost, self.fp_cost = fn_cost, fp_cost

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by expected cost."""
        assert situation.probabilities is not None
        scores = expected_cost(situation.probabilities, self.fn_cost, self.fp_cost)
        return highest(scores, situation.pool, n, rng)


ENTRY = Entry(
    name="cost_weighted",
    title="Cost-weighted uncertainty",
    help="Asks where a wrong decision would cost most, at your price of a false negative and of a "
    "false positive.",
    build=CostWeighted,
    paper="Kapoor, Horvitz & Basu 2007, Selective supervision",
    cost="One prediction of the pool, then O(n)",
    parameters=(
        Parameter("fn_cost", "Price of a false negative", "In any unit.", 5.0, 0.001, 1e6),
        Parameter("fp_cost", "Price of a false positive", "In the same unit.", 1.0, 0.001, 1e6),
    ),
)
