"""Stream with a variable threshold: stricter after each question, laxer after each silence."""

from __future__ import annotations

from collections.abc import Callable

from al_core.registry import Entry, Parameter
from al_core.strategies.stream import BUDGET, Stream


class StreamVariable(Stream):
    """Moves the threshold so that the budget is spent evenly, however sure the model becomes.

    Each round begins with a threshold of 1, that of certainty.
    """

    def __init__(self, step: float, budget: float) -> None:
        super().__init__(budget)
        self.step = step

    def gate(self, n_classes: int) -> Callable[[float], bool]:
        """Lower the threshold by a step after a question, raise it after none."""
        del n_classes
        bound = 1.0

        def ask(confidence: float) -> bool:
            nonlocal bound
            uncertain = confidence < bound
            bound *= 1 - self.step if uncertain else 1 + self.step
            return uncertain

        return ask


ENTRY = Entry(
    name="stream_variable",
    title="Stream, variable threshold",
    help="Texts arrive one by one; the threshold moves so that questions keep coming, but not too many.",
    build=StreamVariable,
    paper="Žliobaitė et al. 2014, Active learning with drifting streaming data",
    link="https://doi.org/10.1109/TNNLS.2012.2236570",
    cost="One prediction of what has not arrived, then O(n)",
    parameters=(Parameter("step", "Step", "How fast the threshold moves.", 0.01, 0.0001, 0.5), BUDGET),
)
