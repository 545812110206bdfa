"""What labels bought, in numbers that can be compared: labels to a target, area, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

STEADY = 3
"""Rounds whose mean must reach a target: one lucky round is not there yet."""
ROUNDING = 1e-12
"""By how much a score may miss a target that it is equal to, in units of the target or of 1."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over seeds, and how far off it may be at 95 % confidence."""

    mean: float
    margin: float
    """Half the width; NaN for a single value."""
    n: int

    @property
    def low(self) -> float:
        """Return the lower end."""
        return self.mean - self.margin

    @property
    def high(self) -> float:
        """Return the upper end."""
        return self.mean + self.margin


def interval(values: Sequence[float] | Numbers) -> Interval:
    """Return the mean of `values` (at least one) and Student's 95 % interval around it."""
    # Not scipy.stats, which takes two seconds to load.
    from scipy.special import stdtrit

    found = np.asarray(values, dtype=np.float64)
    if len(found) < 2:
        return Interval(float(found.mean()), float("nan"), len(found))
    margin = stdtrit(len(found) - 1, 0.975) * found.std(ddof=1) / np.sqrt(len(found))
    return Interval(float(found.mean()), float(margin), len(found))


def area(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Return the area under a learning curve, over its width: the mean score while labelling.

    By the trapezoidal rule; a curve of one point has that point's score.
    """
    width = labels[-1] - labels[0]
    return float(np.trapezoid(scores, labels) / width) if width else float(scores[-1])


def at(labels: Sequence[int], scores: Sequence[float], budget: int) -> float:
    """Return the score with at most `budget` labels; NaN if the curve begins later."""
    reached = int(np.searchsorted(np.asarray(labels), budget, side="right"))
    return float(scores[reached - 1]) if reached else float("nan")


def target(floor: float, full: float, share: float) -> float:
    """Return the score that is `share` of the way from `floor`, the majority class, to `full`, all labels."""
    return floor + share * (full - floor)


def labels_to(labels: Sequence[int], scores: Sequence[float], wanted: float) -> float:
    """Return how many labels it took to reach `wanted` and stay there for `STEADY` rounds on average.

    The first round that reaches it and whose mean with the next ones does; at the end of a curve the
    rounds that are left count. Infinity if no round does.
    """
    y = np.asarray(scores, dtype=np.float64)
    # Three times 0.7 have a mean a trifle below 0.7.
    enough = wanted - ROUNDING * max(1.0, abs(wanted))
    for place in np.flatnonzero(y >= enough):
        if y[place : place + STEADY].mean() >= enough:
            return float(labels[int(place)])
    return float("inf")


def saved(mine: float, control: float, budget: int) -> float:
    """Return the share of the control's labels that were not needed; negative if more were.

    A control that did not get there is counted at its whole `budget`, so the share is a lower bound.
    NaN if neither got there, minus infinity if only the control did.
    """
    if np.isinf(mine):
        return float("nan") if np.isinf(control) else float("-inf")
    return 1.0 - mine / min(control, budget)
