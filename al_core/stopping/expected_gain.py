"""Stop when the next batch is expected to gain too little."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.stopping.base import Observation, Verdict
from al_core.stopping.comparing import too_few


class ExpectedGain:
    """Continues the learning curve by one batch of the size of the last one.

    A least-squares line of validation accuracy on the logarithm of the labels, over the last
    rounds. Laws & Schuetze 2008 stop where the gradient of the curve is about 0; Figueroa et al.
    2012 continue a fitted curve, an inverse power law of more parameters than few rounds can bear.
    """

    needs_stop_set = False

    def __init__(self, window: int, threshold: float) -> None:
        self.window, self.threshold = window, threshold

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare the expected gain with the threshold."""
        if len(history) < self.window:
            return too_few("expected_gain", self.threshold, f"a line through {self.window:,}")
        recent = history[-self.window :]
        labels = np.array([each.labels for each in recent], dtype=np.float64)
        batch, known = int(labels[-1] - labels[-2]), labels > 0
        x = np.log(labels[known])
        x -= x.mean() if len(x) else 0.0
        if batch <= 0 or x @ x == 0:
            reason = "Too few labels for an expectation: the last round brought none"
            return Verdict("expected_gain", False, None, self.threshold, reason)
        accuracy = np.array([each.validation.accuracy for each in recent])[known]
        value = float(x @ accuracy / (x @ x) * math.log1p(batch / labels[-1]))
        stop = value < self.threshold
        reached = "reached" if stop else "not reached"
        reason = (
            f"The next {batch:,} labels are expected to change accuracy on validation by "
            f"{100 * value:+.2f} points: below {100 * self.threshold:.2f} {reached}"
        )
        return Verdict("expected_gain", stop, value, self.threshold, reason)


ENTRY = Entry(
    name="expected_gain",
    title="Next batch gains little",
    help="Stop when the learning curve on validation, continued by one batch, promises too small a gain.",
    build=ExpectedGain,
    paper="After Laws & Schuetze 2008, Stopping criteria for active learning of named entity recognition",
    link="https://aclanthology.org/C08-1059/",
    parameters=(
        Parameter("window", "Rounds in the curve", "The last so many; few follow the noise.", 4, 2, 100),
        Parameter("threshold", "Gain below", "A share: 0.002 is 0.2 points of accuracy.", 0.002, 0.0, 1.0),
    ),
)
