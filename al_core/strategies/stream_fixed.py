"""Stream with a fixed threshold: ask whenever the model is less sure than that."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.strategies.stream import BUDGET, Gate, Stream


class StreamFixed(Stream):
    """Asks below a fixed confidence, as long as the budget lasts."""

    def __init__(self, threshold: float, budget: float) -> None:
        super().__init__(budget)
        self.threshold = threshold

    def gate(self, n_classes: int, carried: float | None) -> Gate:
        """Return a threshold between chance (0) and certainty (1) that stays where it is."""
        del carried
        return Gate(1 / n_classes + self.threshold * (1 - 1 / n_classes))


ENTRY = Entry(
    name="stream_fixed",
    title="Stream, fixed threshold",
    help="Texts arrive one by one; the model asks whenever it is less sure than a threshold.",
    build=StreamFixed,
    paper="Žliobaitė et al. 2014, Active learning with drifting streaming data",
    link="https://doi.org/10.1109/TNNLS.2012.2236570",
    cost="One prediction of what has not arrived, then O(n)",
    parameters=(
        Parameter(
            "threshold",
            "Threshold",
            "0 asks never, 1 unless the model is certain.",
            0.8,
            0.0,
            1.0,
        ),
        BUDGET,
    ),
)
