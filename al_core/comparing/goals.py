"""Which score to reach, as a value or as a share of the way to what all labels give."""

from __future__ import annotations

from dataclasses import dataclass

from al_core.comparing.metrics import METRICS
from al_core.evaluation.efficiency import target

DIGITS = {"share": 4, "number": 4, "money": 2, "texts": 1}
"""By kind, of a target: it is read out, and a longer number would say nothing more."""
SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Goal:
    """The score to reach: a share of the way from the majority class to all labels, or as it is."""

    value: float
    share: bool


def usual_goal(metric: str) -> Goal | None:
    """Return the goal to begin with; None where neither more nor less is better."""
    words = METRICS[metric]
    if words.less is None:
        return None
    return Goal(SHARE, True) if words.way else Goal(words.level, False)


def on_the_way(metric: str, floor: float, full: float, share: float) -> float | None:
    """Return the score that is a share of the way from `floor` to `full`; None where that is not forward."""
    words = METRICS[metric]
    if not words.way or not (full < floor if words.less else full > floor):
        return None
    return round(target(floor, full, share), DIGITS[words.kind])
