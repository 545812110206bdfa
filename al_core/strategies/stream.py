"""Stream-based selective sampling: texts come one by one, and each is asked about or let go."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from al_core.registry import Parameter
from al_core.strategies.base import Choice, Situation, Strategy

BUDGET = Parameter(
    "budget", "Label budget", "Share of the arriving texts that may be asked about.", 0.2, 0.001, 1.0
)


@dataclass(slots=True)
class Gate:
    """Asks where confidence is below a threshold, which may move by a step after each text."""

    threshold: float
    step: float = 0.0

    def asks(self, confidence: float) -> bool:
        """Decide on one text: stricter after a question, laxer after none."""
        uncertain = confidence < self.threshold
        self.threshold *= 1 - self.step if uncertain else 1 + self.step
        return uncertain


class Stream(Strategy):
    """Decides on each text as it arrives, with the model of the round before.

    A text that was let go does not come back. A round ends when `n` texts have been asked about, or
    with the stream. Cohn, Atlas & Ladner 1994; budget as in Žliobaitė et al. 2014.
    """

    needs = frozenset({"probabilities", "arrival"})
    exact = False

    def __init__(self, budget: float) -> None:
        self.budget = budget

    def askable(self, pool: int) -> int:
        """Return how many texts of a stream the budget allows to ask about."""
        return int(self.budget * pool)

    @abstractmethod
    def gate(self, n_classes: int, carried: float | None) -> Gate:
        """Return the gate as it stands at the end of the round before (None: at the beginning)."""

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Let the texts pass in the order of their arrival."""
        del rng  # nothing is drawn: the order of arrival was
        assert situation.probabilities is not None and situation.arrival is not None
        order = np.argsort(situation.arrival, kind="stable")
        confidence = situation.probabilities.max(axis=1)
        gate, asked = self.gate(situation.n_classes, situation.carried), []
        for place in order:
            # As long as the budget is spent, a text passes without a question.
            budget = self.budget * (int(situation.arrival[place]) + 1)
            if situation.asked + len(asked) < budget and gate.asks(float(confidence[place])):
                asked.append(place)
                if len(asked) == n:
                    break
        places = np.array(asked, np.intp)
        return Choice(situation.pool[places], 1.0 - confidence[places], gate.threshold)
