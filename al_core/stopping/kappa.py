"""Stop when consecutive models agree on the stop set, by Cohen's kappa."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.stopping.base import Observation, Verdict
from al_core.stopping.comparing import STOP_SET_COST, Predicted, pairs, too_few


def kappa(before: Predicted, after: Predicted) -> float:
    """Return Cohen's kappa of two predictions (s,): 1 is perfect agreement, 0 what chance would give.

    Two models that give every text the same one class agree perfectly, although chance would too.
    """
    n, classes = len(before), int(max(before.max(), after.max())) + 1
    # In whole numbers: n^2 times the share that agrees, observed and by chance.
    observed = n * int((before == after).sum())
    by_chance = int(np.bincount(before, minlength=classes) @ np.bincount(after, minlength=classes))
    return 1.0 if by_chance == n * n else (observed - by_chance) / (n * n - by_chance)


class Kappa:
    """Averages the last agreements; the first is that of round 1 with round 0."""

    needs_stop_set = True

    def __init__(self, window: int, threshold: float) -> None:
        self.window, self.threshold = window, threshold

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare the mean agreement with the threshold."""
        found = pairs(history, self.window)
        if not found:
            return too_few("kappa", self.threshold, f"the mean of {self.window:,} agreements")
        value = sum(kappa(*pair) for pair in found) / self.window
        stop = value >= self.threshold
        reached = "reached" if stop else "not reached"
        reason = (
            f"Consecutive models agree on the stop set with kappa {value:.3f} (mean of {self.window:,}): "
            f"at least {self.threshold:g} {reached}"
        )
        return Verdict("kappa", stop, value, self.threshold, reason)


ENTRY = Entry(
    name="kappa",
    title="Predictions agree",
    help="Stop when consecutive models agree on a fixed set of pool texts, by Cohen's kappa.",
    build=Kappa,
    paper=(
        "Bloodgood & Vijay-Shanker 2009, A method for stopping active learning based on stabilizing "
        "predictions and the need for user-adjustable stopping"
    ),
    link="https://aclanthology.org/W09-1107/",
    cost=STOP_SET_COST,
    parameters=(
        Parameter("window", "Agreements averaged", "The last so many pairs of rounds.", 3, 1, 100),
        Parameter(
            "threshold", "Kappa at least", "1 is perfect agreement, 0 what chance would give.", 0.99, 0.0, 1.0
        ),
    ),
)
