"""One criterion on one validation metric; the entries beside it differ in metric and side."""

from __future__ import annotations

from collections.abc import Sequence

from al_core.stopping.base import Observation, Verdict


class Threshold:
    """Stops when the latest value of a metric is on the right side of a bound."""

    needs_stop_set = False

    def __init__(self, criterion: str, metric: str, words: str, bound: float, *, at_least: bool) -> None:
        self.criterion, self.metric, self.words = criterion, metric, words
        self.bound, self.at_least = bound, at_least

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare the latest validation value with the bound."""
        if not history[-1].validation.defines(self.metric):
            reason = f"{self.words} cannot be told: validation holds no text of the class it is about"
            return Verdict(self.criterion, False, None, self.bound, reason)
        value = float(getattr(history[-1].validation, self.metric))
        met = value >= self.bound if self.at_least else value <= self.bound
        relation = "at least" if self.at_least else "at most"
        reached = "reached" if met else "not reached"
        reason = f"{self.words} {value:.1%} on validation: {relation} {self.bound:.1%} {reached}"
        return Verdict(self.criterion, met, value, self.bound, reason)
