"""Expected error reduction: try the candidates' answers, keep those that make the model surest."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import entropy
from al_core.strategies.selection import highest


class ExpectedError(Strategy):
    """Lowest expected log loss on other pool texts first, over a random share of the pool.

    For every candidate and class the model is fitted anew with that answer; the entropy of its
    predictions for other texts is the loss it expects. Only candidates can be chosen.
    """

    needs = frozenset({"probabilities", "refit"})

    def __init__(self, candidates: int, targets: int) -> None:
        self.candidates, self.targets = candidates, targets

    def fits(self, n: int, n_classes: int) -> int:
        """Return one fit for each candidate and class."""
        return self.candidates * n * n_classes

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Score the candidates and take the best."""
        assert situation.probabilities is not None and situation.refit is not None
        order = rng.permutation(len(situation.pool))
        candidates = np.sort(order[: self.candidates * n])
        others = order[self.candidates * n :] if len(order) > self.candidates * n else order
        targets = situation.pool[np.sort(others[: self.targets])]
        losses = np.zeros(len(candidates))
        for place, candidate in enumerate(candidates):
            for label, chance in enumerate(situation.probabilities[candidate]):
                answer = np.array([label], np.int32)
                found = situation.refit(situation.pool[[candidate]], answer, targets)
                losses[place] += chance * entropy(found).mean()
        return highest(-losses, situation.pool[candidates], n, rng)


ENTRY = Entry(
    name="expected_error",
    title="Expected error reduction",
    help="Tries every answer for a few candidates and asks about those that would make the model "
    "surest of other texts.",
    build=ExpectedError,
    paper="Roy & McCallum 2001, Toward optimal active learning through sampling estimation",
    link="https://dl.acm.org/doi/10.5555/645530.655646",
    cost="C fits for each candidate: k b C in all",
    parameters=(
        Parameter("candidates", "Candidates", "Pool texts that are tried for each question.", 2, 2, 1000),
        Parameter("targets", "Targets", "Pool texts on which the outcome is measured.", 200, 1, 100_000),
    ),
)
