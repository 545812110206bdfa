"""What labels drawn at random say about the whole pool: accuracy, errors, shares of the classes.

Only labels of texts drawn at random count. A strategy asks for texts that are hard or rare: shares among
those say nothing about the pool.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95

Classes = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the texts drawn are such, and between what their share in the pool may lie."""

    hits: int
    n: int
    low: float
    high: float
    """From 0 to 1 where nothing is known."""
    confidence: float = CONFIDENCE

    @property
    def value(self) -> float | None:
        """Return the share; None, for unknown, where no text was drawn."""
        return self.hits / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class InPool:
    """How many texts of a pool are such, those drawn included."""

    pool: int
    expected: float | None
    """None, for unknown, where no text was drawn."""
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A model's accuracy and its two kinds of error, each with its interval.

    `confusion[t][p]` counts the texts drawn of true class t predicted as p. Each interval holds for
    itself; with many classes one of them will miss.
    """

    n: int
    confusion: tuple[tuple[int, ...], ...]
    accuracy: Share
    missed: tuple[Share, ...]
    """Per class, the false negatives among its texts."""
    wrongly_given: tuple[Share, ...]
    """Per class, the false positives among the texts of the other classes."""

    @property
    def fn(self) -> Share | None:
        """Return the share of positives that are missed; None for more than two classes, see `missed`."""
        return self.missed[1] if len(self.missed) == 2 else None

    @property
    def fp(self) -> Share | None:
        """Return the share of negatives taken for positives; None for more than two classes."""
        return self.wrongly_given[1] if len(self.missed) == 2 else None

    def missed_in(self, pool: int) -> tuple[InPool, ...]:
        """Return per class how many false negatives a pool of `pool` texts holds."""
        return tuple(in_pool(wilson(each.hits, self.n), pool) for each in self.missed)

    def wrongly_given_in(self, pool: int) -> tuple[InPool, ...]:
        """Return per class how many false positives a pool of `pool` texts holds."""
        return tuple(in_pool(wilson(each.hits, self.n), pool) for each in self.wrongly_given)


def wilson(hits: int, n: int, confidence: float = CONFIDENCE) -> Share:
    """Return `hits` of `n` texts with Wilson's score interval; with n = 0 that is all from 0 to 1.

    Never empty and never outside 0 to 1, unlike the textbook's. ValueError unless 0 <= hits <= n. Wilson
    1927, Probable inference, the law of succession, and statistical inference, JASA 22(158).
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} texts is no share")
    if not 0 < confidence < 1:
        raise ValueError(f"the confidence must lie between 0 and 1, not {confidence}")
    return Share(hits, n, *_ends(hits, n, float(n), confidence), confidence)


def _ends(hits: int, n: int, weight: float, confidence: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval for hits / n as if of `weight` texts."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = share + z * z / (2 * weight)
    half = z * math.sqrt(share * (1 - share) / weight + z * z / (4 * weight * weight))
    whole = 1 + z * z / weight
    # Rounding must not take the ends off 0 and 1.
    low = (centre - half) / whole if hits else 0.0
    high = (centre + half) / whole if hits < n else 1.0
    return max(low, 0.0), min(high, 1.0)


def in_pool(share: Share, pool: int) -> InPool:
    """Return how many of a pool's texts are such, from a share among texts drawn out of that pool.

    Drawn without replacement, n of N texts say as much as n (N - 1) / (N - n) with (Cochran 1977, Sampling
    techniques, section 2.6), and all of them leave no doubt. The ends are rounded outwards, but never say
    less than was seen. ValueError if more texts were drawn than the pool holds.
    """
    n, hits = share.n, share.hits
    if pool < n:
        raise ValueError(f"{n:,} texts cannot have been drawn from a pool of {pool:,}")
    if n == pool:
        return InPool(pool, float(hits) if n else None, hits, hits)
    low, high = _ends(hits, n, n * (pool - 1) / (pool - n), share.confidence)
    at_least, at_most = hits, pool - (n - hits)
    expected = hits / n * pool if n else None
    return InPool(
        pool,
        expected,
        min(max(math.floor(low * pool), at_least), at_most),
        max(min(math.ceil(high * pool), at_most), at_least),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """How much oftener one of two models is right than the other, on the same texts."""

    value: float
    low: float
    high: float


def paired_difference(
    one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], confidence: float = CONFIDENCE
) -> Difference:
    """Return the share of texts (n,) that `one` has right less that of `other`, with its interval.

    Half a text is added to each of the four cells, which keeps the interval true for few texts
    (Agresti & Min 2005, Simple improved confidence intervals for comparing matched proportions,
    Statistics in Medicine 24). From -1 to 1 where n is 0. ValueError if the lengths differ.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one):,} and {len(other):,} answers are not of the same texts")
    n = len(one)
    if n == 0:
        return Difference(0.0, -1.0, 1.0)
    better, worse = int((one & ~other).sum()) + 0.5, int((other & ~one).sum()) + 0.5
    whole = n + 2.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (better - worse) / whole
    half = z * math.sqrt(better + worse - (better - worse) ** 2 / whole) / whole
    value = float(one.mean() - other.mean())
    return Difference(value, max(-1.0, centre - half), min(1.0, centre + half))


def estimate(predicted: Classes, labels: Classes, n_classes: int) -> Estimate:
    """Estimate a model's errors from predictions (n,) and labels (n,) of texts drawn at random.

    With n = 0 all is unknown. The model must not have learned from these labels. ValueError if the two
    differ in length or hold something that is no class.
    """
    if len(predicted) != len(labels):
        raise ValueError(f"{len(predicted):,} predictions cannot be compared with {len(labels):,} labels")
    _check(predicted, n_classes, "predictions")
    _check(labels, n_classes, "labels")
    cells = labels.astype(np.int64) * n_classes + predicted
    return of_confusion(np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes))


def of_confusion(confusion: npt.NDArray[np.integer]) -> Estimate:
    """Return `estimate` from counts (C, C) of texts of a true class (row) by their predicted one."""
    n_classes = len(confusion)
    n, right = int(confusion.sum()), np.diag(confusion)
    own, given = confusion.sum(axis=1), confusion.sum(axis=0)
    return Estimate(
        n=n,
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
        accuracy=wilson(int(right.sum()), n),
        missed=tuple(wilson(int(own[c] - right[c]), int(own[c])) for c in range(n_classes)),
        wrongly_given=tuple(wilson(int(given[c] - right[c]), int(n - own[c])) for c in range(n_classes)),
    )


def class_shares(labels: Classes, n_classes: int, simultaneous: bool = True) -> tuple[Share, ...]:
    """Return the share of each class in the pool, from labels (n,) of texts drawn at random.

    `simultaneous`: the intervals hold all at once, as one looks at them side by side, and are wider; else
    each holds for itself. With two classes the one says what the other does, so there is no difference.
    ValueError if `labels` hold something that is no class. Goodman 1965, On simultaneous confidence
    intervals for multinomial proportions, Technometrics 7(2).
    """
    _check(labels, n_classes, "labels")
    at_once = n_classes if simultaneous and n_classes > 2 else 1
    confidence = 1 - (1 - CONFIDENCE) / at_once
    counts = np.bincount(labels, minlength=n_classes)
    return tuple(wilson(int(hits), len(labels), confidence) for hits in counts)


def _check(classes: Classes, n_classes: int, what: str) -> None:
    if len(classes) and not 0 <= classes.min() <= classes.max() < n_classes:
        found = f"{classes.min()} to {classes.max()}"
        raise ValueError(f"{what} must be classes from 0 to {n_classes - 1}, not {found}")
