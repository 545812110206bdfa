"""One criterion on what a run has used up; the entries beside it differ in what they count."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from al_core.stopping.base import Observation, Verdict


class Budget:
    """Stops when what has been used up reaches a limit."""

    needs_stop_set = False

    def __init__(
        self, criterion: str, words: str, used: Callable[[Observation], float], limit: float, digits: int = 0
    ) -> None:
        self.criterion, self.words, self.used = criterion, words, used
        self.limit, self.digits = limit, digits

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare what has been used up with the limit."""
        value = float(self.used(history[-1]))
        stop = value >= self.limit
        told = f"{self.words} {value:,.{self.digits}f} of {self.limit:,.{self.digits}f}"
        reason = f"{told}: the budget is used up" if stop else f"{told}: within the budget"
        return Verdict(self.criterion, stop, value, self.limit, reason)
