"""Where to draw the line: errors and their price at every threshold, ROC and precision-recall.

For two classes. A text gets the second class if its probability of it is greater than the threshold, so that
0.5 decides as the most probable class does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from al_core.evaluation.estimates import Share, wilson

PER_TEXTS = 1_000
"""Decisions that errors and costs are told for."""
HALF = 0.5
Z = 1.959964
"""Standard deviations of a 95 % interval."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prices:
    """What one error of each kind costs, in any unit."""

    fn: float = 1.0
    fp: float = 1.0


EVEN = Prices()


@dataclass(frozen=True, slots=True)
class Interval:
    """A number, and between what it may lie (95 %)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one threshold does to the texts of a split."""

    threshold: float
    n: int
    positives: int
    fn: int
    fp: int

    @property
    def accuracy(self) -> Share:
        """Return the share that is decided right, with its interval."""
        return wilson(self.n - self.fn - self.fp, self.n)

    @property
    def missed(self) -> Share:
        """Return false negatives as a share of all decisions, with its interval."""
        return wilson(self.fn, self.n)

    @property
    def alarms(self) -> Share:
        """Return false positives as a share of all decisions, with its interval."""
        return wilson(self.fp, self.n)

    @property
    def recall(self) -> Share:
        """Return the share of positives that are found."""
        return wilson(self.positives - self.fn, self.positives)

    @property
    def false_negative_rate(self) -> Share:
        """Return the share of positives that are missed."""
        return wilson(self.fn, self.positives)

    @property
    def false_positive_rate(self) -> Share:
        """Return the share of negatives that are taken for positives."""
        return wilson(self.fp, self.n - self.positives)

    @property
    def precision(self) -> Share:
        """Return the share of texts taken for positives that are."""
        hits = self.positives - self.fn
        return wilson(hits, hits + self.fp)

    def cost(self, prices: Prices) -> Interval:
        """Return what the errors in `PER_TEXTS` decisions cost.

        Interval: from Wilson's of both kinds of error, by Zou & Donner 2008, Construction of confidence
        limits about effect measures, Statistics in Medicine 27.
        """
        parts = [(prices.fn, self.missed), (prices.fp, self.alarms)]
        value = sum(price * (share.value or 0.0) for price, share in parts)
        below = math.sqrt(sum((price * ((share.value or 0.0) - share.low)) ** 2 for price, share in parts))
        above = math.sqrt(sum((price * (share.high - (share.value or 0.0))) ** 2 for price, share in parts))
        return Interval(PER_TEXTS * value, PER_TEXTS * max(0.0, value - below), PER_TEXTS * (value + above))


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Every threshold that decides the texts of a split differently, from 0 up.

    `thresholds` (k,) ascend. fn, fp (k,): errors if texts above a threshold are positive.
    """

    thresholds: Floats
    fn: npt.NDArray[np.int64]
    fp: npt.NDArray[np.int64]
    n: int
    positives: int

    @property
    def stamp(self) -> str:
        """Return what stays the same as long as every number here does: what a chart of them goes by."""
        digest = blake2b(repr((self.n, self.positives)).encode(), digest_size=16)
        for each in (self.thresholds, self.fn, self.fp):
            digest.update(each.tobytes())
        return digest.hexdigest()

    def at(self, threshold: float) -> Outcome:
        """Return what any threshold does."""
        place = int(np.searchsorted(self.thresholds, threshold, side="right")) - 1
        place = max(place, 0)
        return Outcome(threshold, self.n, self.positives, int(self.fn[place]), int(self.fp[place]))

    def costs(self, prices: Prices) -> Floats:
        """Return what the errors of `PER_TEXTS` decisions cost at each threshold (k,)."""
        return PER_TEXTS * (prices.fn * self.fn + prices.fp * self.fp) / max(1, self.n)

    def best(self, prices: Prices) -> float:
        """Return the threshold that costs least; in the middle of its stretch, and of equal ones the one
        nearest to 0.5."""
        costs = self.costs(prices)
        ends = np.append(self.thresholds[1:], 1.0)
        found = []
        for place in np.flatnonzero(costs <= costs.min() + 1e-12):
            low, high = float(self.thresholds[place]), float(ends[place])
            # At a half nothing surprises; elsewhere the middle is the safest from the texts on both sides.
            found.append(HALF if low <= HALF < high else (low + high) / 2)
        return min(found, key=lambda each: (abs(each - HALF), each))

    def roc_area(self) -> Interval | None:
        """Return the area under the ROC curve, which is the chance that a positive stands above a negative.

        None without both classes. Interval: method 5 of Newcombe 2006, Confidence intervals for an effect
        size measure based on the Mann-Whitney statistic, part 2, Statistics in Medicine 25. Unlike that of
        Hanley & McNeil 1982, it takes an area of 1 of few texts for no certainty.
        """
        ones, zeros = self.positives, self.n - self.positives
        if not ones or not zeros:
            return None
        found, false = self._rates()
        area = float(np.sum((false[:-1] - false[1:]) * (found[:-1] + found[1:]) / 2))
        return Interval(area, *_area_ends(area, ones, zeros))

    def average_precision(self) -> float:
        """Return the area under the precision-recall curve, as steps; NaN without a positive."""
        if not self.positives:
            return math.nan
        hits = np.append(self.positives, self.positives - self.fn)
        given = np.maximum(hits + np.append(self.n - self.positives, self.fp), 1)
        steps = hits - np.append(hits[1:], 0)
        return float(np.sum(steps * hits / given) / self.positives)

    def _rates(self) -> tuple[Floats, Floats]:
        """Return recall and false positive rate from "all positive" to "none" (k + 1,).

        No threshold calls a text of probability 0 positive, but the curves begin where all are.
        """
        found, false = 1 - self.fn / self.positives, self.fp / (self.n - self.positives)
        return np.append(1.0, found), np.append(1.0, false)


def _area_ends(area: float, ones: int, zeros: int) -> tuple[float, float]:
    """Return the areas from which the one found is just as far as chance takes it, on both sides."""
    middle = (ones + zeros) / 2 - 1

    def beyond(true: float) -> bool:
        spread = 1 + middle * ((1 - true) / (2 - true) + true / (1 + true))
        return (area - true) ** 2 > Z**2 * true * (1 - true) * spread / (ones * zeros)

    ends = []
    for end in (0.0, 1.0):
        inside, outside = area, end
        for _ in range(60):
            half = (inside + outside) / 2
            inside, outside = (inside, half) if beyond(half) else (half, outside)
        ends.append(inside)
    return ends[0], ends[1]


def decisions(probabilities: Floats, labels: npt.NDArray[np.integer]) -> Decisions:
    """Return every way to decide the texts (n,) of two classes by the probability of the second one.

    Raises ValueError on NaN, and where there is no text. Cost: a sort.
    """
    if len(labels) == 0:
        raise ValueError("an empty split decides nothing")
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities contain NaN or infinity")
    order = np.argsort(probabilities, kind="stable")
    values, ones = probabilities[order], labels[order] == 1
    # At the last text of each probability: those up to it are called negative.
    last = np.flatnonzero(np.append(np.diff(values) > 0, True))
    missed = np.cumsum(ones)[last]
    negatives = np.cumsum(~ones)[last]
    positives, zeros = int(ones.sum()), int((~ones).sum())
    thresholds, fn, fp = values[last], missed, zeros - negatives
    if thresholds[0] > 0:  # below all texts: everything is called positive
        thresholds, fn, fp = (
            np.insert(thresholds, 0, 0.0),
            np.insert(fn, 0, 0),
            np.insert(fp, 0, zeros),
        )
    return Decisions(thresholds, fn.astype(np.int64), fp.astype(np.int64), len(labels), positives)
