"""Stream-based selective sampling: texts come one by one, and each is asked about or let go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import numpy as np

from al_core.registry import Parameter
from al_core.strategies.base import Choice, Situation, Strategy

BUDGET = Parameter(
    "budget", "Label budget", "Share of the arriving texts that may be asked about.", 0.2, 0.001, 1.0
)


class Stream(Strategy):
    """Decides on each text as it arrives, with the model of the round before.

    A text that was let go does not come back. A round ends when `n` texts have been asked about, or
    with the stream. Cohn, Atlas & Ladner 1994; budget as in Žliobaitė et al. 2014.
    """

    needs = frozenset({"probabilities", "arrival"})
    exact = False

    def __init__(self, budget: float) -> None:
        self.budget = budget

    @abstractmethod
    def gate(self, n_classes: int) -> Callable[[float], bool]:
        """Return a function that is told each text's highest probability, and says whether to ask."""

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Let the texts pass in the order of their arrival."""
        del rng  # nothing is drawn: the order of arrival was
        assert situation.probabilities is not None and situation.arrival is not None
        order = np.argsort(situation.arrival, kind="stable")
        confidence = situation.probabilities.max(axis=1)
        gate, asked = self.gate(situation.n_classes), []
        for seen, place in enumerate(order):
            # As long as the budget is spent, a text passes without a question.
            if len(asked) < self.budget * max(seen, 1) and gate(float(confidence[place])):
                asked.append(place)
                if len(asked) == n:
                    break
        places = np.array(asked, np.intp)
        return Choice(situation.pool[places], 1.0 - confidence[places])
