"""Stop when F is predicted to change little from model to model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.stopping.base import Observation, Verdict
from al_core.stopping.comparing import STOP_SET_COST, Predicted, pairs, too_few


def f_change(before: Predicted, after: Predicted, n_classes: int) -> float:
    """Return 1 - F of one prediction (s,) measured against the other; no label is needed.

    For two classes that of the positive class, as published. For more, the mean over the classes
    that either model gives, which is our extension. A class that neither gives has not changed.
    """
    both = np.bincount(before[before == after], minlength=n_classes)
    given = np.bincount(before, minlength=n_classes) + np.bincount(after, minlength=n_classes)
    change = np.divide(given - 2 * both, given, out=np.zeros(n_classes), where=given > 0)
    return float(change[1] if n_classes == 2 else change[given > 0].mean())


class FChange:
    """Looks at the largest of the last changes: all of them must be small."""

    needs_stop_set = True

    def __init__(self, window: int, threshold: float) -> None:
        self.window, self.threshold = window, threshold

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare the last changes with the threshold."""
        found = pairs(history, self.window)
        if not found:
            return too_few("f_change", self.threshold, f"{self.window:,} changes of F")
        n_classes = len(history[-1].validation.confusion)
        value = max(f_change(*pair, n_classes) for pair in found)
        stop = value < self.threshold
        reason = (
            f"F on the stop set changed by {value:.3f} at most in the last {self.window:,} rounds: "
            f"below {self.threshold:g} {'reached' if stop else 'not reached'}"
        )
        return Verdict("f_change", stop, value, self.threshold, reason)


ENTRY = Entry(
    name="f_change",
    title="F hardly changes",
    help="Stop when F, as consecutive models predict it on a fixed set of pool texts, hardly changes.",
    build=FChange,
    paper="Altschuler & Bloodgood 2019, Stopping active learning based on predicted change of F measure",
    link="https://arxiv.org/abs/1901.09118",
    cost=STOP_SET_COST,
    parameters=(
        Parameter("window", "Changes looked at", "All of the last so many must be small.", 3, 1, 100),
        Parameter(
            "threshold", "Change of F below", "0 is no change, 1 the largest there is.", 0.05, 0.0, 1.0
        ),
    ),
)
