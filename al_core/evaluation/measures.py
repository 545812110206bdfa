"""What two learning curves of one seed are compared by: an area, a score at a budget, labels to a target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from al_core.evaluation.comparison import Curve, common_range

Kind = Literal["share", "number", "money", "texts"]
"""What a score is: told in per cent, as it is, as a cost per 1,000 texts, or in texts per 1,000."""


class Pair(NamedTuple):
    """What two curves of one seed measured; NaN where they cannot be compared."""

    one: float
    other: float
    one_is_more: bool = False
    """Whether `one` is where counting stopped, so that it may be more."""
    other_is_more: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """The mean score while labelling, between two counts of labels; without them, over the common range."""

    start: float | None = None
    end: float | None = None
    less_is_better: bool = False
    """For scores such as rates of errors."""
    kind: Kind = "share"

    def over(self, curves: Sequence[Curve]) -> Area:
        """Return the measure with its range, that of all `curves`."""
        start, end = common_range(curves)
        return replace(
            self, start=start if self.start is None else self.start, end=end if self.end is None else self.end
        )

    def pair(self, one: Curve, other: Curve) -> Pair:
        """Return the areas."""
        start, end = self.start or 0.0, self.end or 0.0
        return Pair(one.area(start, end), other.area(start, end))

    @property
    def where(self) -> str:
        """Return the words for the range."""
        return f" between {self.start:,.0f} and {self.end:,.0f} labels"


@dataclass(frozen=True, slots=True)
class ScoreAt:
    """The score with a budget of labels; without it, the last one that all runs have in common."""

    budget: float | None = None
    less_is_better: bool = False
    """For scores such as rates of errors."""
    kind: Kind = "share"

    def over(self, curves: Sequence[Curve]) -> ScoreAt:
        """Return the measure with its budget, the last of all `curves`."""
        return replace(self, budget=common_range(curves)[1] if self.budget is None else self.budget)

    def pair(self, one: Curve, other: Curve) -> Pair:
        """Return the scores."""
        budget = [self.budget or 0.0]
        return Pair(float(one.at(budget)[0]), float(other.at(budget)[0]))

    @property
    def where(self) -> str:
        """Return the words for the budget."""
        return f" at {self.budget:,.0f} labels"


@dataclass(frozen=True, slots=True)
class LabelsTo:
    """The labels that it takes to reach a target score and stay there.

    A run that never got there is counted to its end, and so is the other run of its seed, so that no pair is
    said to differ by more than was seen (restricted means, as in Royston & Parmar 2013, BMC Medical Research
    Methodology 13). Two runs that both did not get there are equal.
    """

    target: float
    less_is_better: bool = True
    falling: bool = False
    """Whether the score has to come down to the target."""

    def over(self, curves: Sequence[Curve]) -> LabelsTo:
        """Return the measure as it is."""
        del curves
        return self

    def pair(self, one: Curve, other: Curve) -> Pair:
        """Return the labels."""
        if not (len(one.labels) and len(other.labels)):
            return Pair(math.nan, math.nan)
        needed = tuple(each.labels_to(self.target, self.falling) for each in (one, other))
        ends = (float(one.labels[-1]), float(other.labels[-1]))
        stop = min((end for end, n in zip(ends, needed, strict=True) if math.isinf(n)), default=math.inf)
        return Pair(min(needed[0], stop), min(needed[1], stop), needed[0] > stop, needed[1] > stop)

    @property
    def aim(self) -> str:
        """Return the target in words."""
        return f"{self.target:,g}{' or less' if self.falling else ''}"

    @property
    def where(self) -> str:
        """Return the words for the target."""
        return f" for {self.aim}"


Measure = Area | ScoreAt | LabelsTo
