"""Stream with a variable threshold: stricter after each question, laxer after each silence."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.strategies.stream import BUDGET, Gate, Stream


class StreamVariable(Stream):
    """Moves the threshold so that the budget is spent evenly, however sure the model becomes.

    It begins at 1, certainty, and goes on from round to round.
    """

    def __init__(self, step: float, budget: float) -> None:
        super().__init__(budget)
        self.step = step

    def gate(self, n_classes: int, carried: float | None) -> Gate:
        """Return the threshold where the last round has left it."""
        del n_classes
        return Gate(1.0 if carried is None else carried, self.step)


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
