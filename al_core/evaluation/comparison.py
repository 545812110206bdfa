"""Learning curves of several groups and seeds side by side: bands, differences, targets, areas.

Whether a difference is one, `verdicts` says. Curves of one seed are taken to have had the same split, first
labels and weights in every group; that is what pairs them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.evaluation.efficiency import Interval, area, interval, labels_to, saved

Numbers = npt.NDArray[np.float64]

BASELINE_ROUND = -1
"""The fit on all labels, which is no point of a learning curve."""
FAR = 0.5
"""Of the longest run: an unfinished one that is shorter is far behind."""
BAND = ("group", "labels", "mean", "low", "high", "n")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Scores (k,) of one run by the labels (k,) spent; whatever was not measured is left out.

    Kept in order of the labels; of several scores for one count, the last. A group is what one compares:
    a strategy, or one with its model. ValueError if labels and scores differ in length.
    """

    group: str
    seed: int
    labels: Numbers
    scores: Numbers

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels, dtype=np.float64)
        scores = np.asarray(self.scores, dtype=np.float64)
        if labels.ndim != 1 or labels.shape != scores.shape:
            shapes = f"{labels.shape} and {scores.shape}"
            raise ValueError(f"a curve has one score for each count of labels, not arrays of {shapes}")
        measured = np.isfinite(labels) & np.isfinite(scores)
        labels, scores = labels[measured], scores[measured]
        order = np.argsort(labels, kind="stable")
        labels, scores = labels[order], scores[order]
        last = np.append(labels[1:] > labels[:-1], np.ones(min(len(labels), 1), dtype=bool))
        object.__setattr__(self, "labels", labels[last])
        object.__setattr__(self, "scores", scores[last])

    @classmethod
    def of_rounds(cls, rounds: pd.DataFrame, group: str, seed: int, column: str = "test_accuracy") -> Curve:
        """Return the curve of a run from its rounds, as the store's `round_frame` has them."""
        own = rounds.loc[rounds["round"] > BASELINE_ROUND, ["labels", column]]
        return cls(group, seed, *np.asarray(own, dtype=np.float64).T)

    def at(self, counts: npt.ArrayLike) -> Numbers:
        """Return the score last measured at or before each count; NaN before the first and past the last."""
        wanted = np.asarray(counts, dtype=np.float64)
        found = np.full(wanted.shape, np.nan)
        if len(self.labels):
            inside = (wanted >= self.labels[0]) & (wanted <= self.labels[-1])
            found[inside] = self.scores[np.searchsorted(self.labels, wanted[inside], side="right") - 1]
        return found

    def area(self, start: float, end: float) -> float:
        """Return the mean score from `start` to `end` labels; NaN where the curve does not cover them."""
        if not len(self.labels) or not self.labels[0] <= start <= end <= self.labels[-1]:
            return float("nan")
        between = (self.labels > start) & (self.labels < end)
        counts = np.concatenate([[start], self.labels[between], [end]])
        return area(counts.tolist(), np.interp(counts, self.labels, self.scores).tolist())

    def labels_to(self, target: float, falling: bool = False) -> float:
        """Return the labels it took to reach `target` and stay there; infinity if it never did.

        falling: the score has to come down to it.
        """
        sign = -1.0 if falling else 1.0
        return labels_to(self.labels.tolist(), (sign * self.scores).tolist(), sign * target)


def by_group(curves: Sequence[Curve]) -> dict[str, dict[int, Curve]]:
    """Return the curves of each group by seed, the seeds in order.

    ValueError if a group has a seed twice: the second says nothing new, and would count as if it did.
    """
    found: dict[str, dict[int, Curve]] = {}
    for curve in curves:
        seeds = found.setdefault(curve.group, {})
        if curve.seed in seeds:
            raise ValueError(f"{curve.group} has two curves of seed {curve.seed}; leave one of them out")
        seeds[curve.seed] = curve
    return {group: dict(sorted(seeds.items())) for group, seeds in found.items()}


def band(curves: Sequence[Curve], grid: npt.ArrayLike | None = None) -> pd.DataFrame:
    """Return each group's mean over seeds with Student's 95 % interval, by labels.

    Columns: group, labels, mean, low, high, n (how many seeds have a score there). grid: the counts of
    labels; without it, all that the group's curves have. An interval holds at its count, not along the whole
    curve; one seed has none (NaN). Where curves end, the mean goes on with fewer seeds: see n.
    """
    alone = {group: [(curve, None) for curve in seeds.values()] for group, seeds in by_group(curves).items()}
    return _bands(alone, grid)


def difference_band(curves: Sequence[Curve], control: str, grid: npt.ArrayLike | None = None) -> pd.DataFrame:
    """Return each other group's mean difference to the control, seed by seed, with its 95 % interval.

    Columns as of `band`; seeds that only one of the two has do not count.
    """
    groups = by_group(curves)
    bar = groups.pop(control, {})
    paired = {
        group: [(curve, bar[seed]) for seed, curve in seeds.items() if seed in bar]
        for group, seeds in groups.items()
    }
    return _bands(paired, grid)


def _bands(
    groups: Mapping[str, Sequence[tuple[Curve, Curve | None]]], grid: npt.ArrayLike | None
) -> pd.DataFrame:
    """Return the bands of scores, or of differences where a curve has another beside it."""
    parts = []
    for group, pairs in groups.items():
        if not pairs:
            continue
        if grid is None:
            counts = np.unique(np.concatenate([each.labels for pair in pairs for each in pair if each]))
        else:
            counts = np.asarray(grid, dtype=np.float64)
        values = [one.at(counts) - (other.at(counts) if other else 0.0) for one, other in pairs]
        mean, margin, n = _over_seeds(np.stack(values))
        columns = (group, counts, mean, mean - margin, mean + margin, n)
        part = pd.DataFrame(dict(zip(BAND, columns, strict=True)))
        # Counts that nobody asked for and nobody reached say nothing.
        parts.append(part if grid is not None else part[part["n"] > 0])
    if not parts:
        return pd.DataFrame({name: [] for name in BAND}).astype({"group": "str", "n": "int64"})
    return pd.concat(parts, ignore_index=True)


def _over_seeds(values: Numbers) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
    """Return mean, margin and n (k,) of values (seeds, k), of which NaN are left out."""
    from scipy.special import stdtrit

    there = np.isfinite(values)
    n = there.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(there, values, 0.0).sum(axis=0) / n
        squares = np.where(there, (values - mean) ** 2, 0.0).sum(axis=0)
        margin = stdtrit(n - 1.0, 0.975) * np.sqrt(squares / (n - 1.0) / n)
    return np.where(n > 0, mean, np.nan), np.where(n > 1, margin, np.nan), n


@dataclass(frozen=True, slots=True)
class Savings:
    """The share of the control's labels that a group did without, seed by seed; see `efficiency.saved`."""

    shares: Mapping[int, float]
    """By seed: NaN if neither got there, minus infinity if only the control did."""
    mean: Interval | None
    """Over the seeds of which a share is known; None if there is none, or if on some seed only the control
    got there: a mean without those would flatter."""
    lower_bound: bool
    """Whether a control that did not get there counts at its whole budget, so that more may be saved."""
    only_control: int
    """On how many seeds only the control got there."""
    neither: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How many labels a group needed for a target."""

    group: str
    target: float
    labels: Mapping[int, float]
    """By seed; infinity for a curve that ended before it got there. Empty curves are left out."""
    saved: Savings | None
    """None for the control, and where no seed is shared with it."""

    @property
    def seeds(self) -> int:
        """Return how many seeds there are."""
        return len(self.labels)

    @property
    def reached(self) -> int:
        """Return how many of them got there."""
        return int(np.isfinite(list(self.labels.values())).sum())

    @property
    def median(self) -> float:
        """Return the median, those that never got there counted as more than any; NaN without a seed."""
        return float(np.median(list(self.labels.values()))) if self.labels else float("nan")

    @property
    def mean(self) -> float:
        """Return the mean; NaN unless all seeds got there, as one of the others alone would be too low."""
        return float(np.mean(list(self.labels.values()))) if 0 < self.reached == self.seeds else float("nan")


def labels_to_target(
    curves: Sequence[Curve], target: float, control: str | None = None, falling: bool = False
) -> tuple[Reached, ...]:
    """Return how many labels each group needed to reach `target`, and what it saved against `control`.

    falling: scores have to come down to it.
    """
    groups = by_group([curve for curve in curves if len(curve.labels)])
    needed = {
        group: {seed: curve.labels_to(target, falling) for seed, curve in seeds.items()}
        for group, seeds in groups.items()
    }
    bar = groups.get(control, {}) if control is not None else {}
    theirs = needed.get(control, {}) if control is not None else {}
    return tuple(
        Reached(group, target, labels, None if group == control else _savings(labels, bar, theirs))
        for group, labels in needed.items()
    )


def _savings(
    mine: Mapping[int, float], control: Mapping[int, Curve], theirs: Mapping[int, float]
) -> Savings | None:
    bar = {seed: theirs[seed] for seed in mine if seed in theirs}
    shares = {
        # Of no labels none can be saved.
        seed: saved(mine[seed], needed, int(control[seed].labels[-1])) if needed else float("nan")
        for seed, needed in bar.items()
    }
    if not shares:
        return None
    known = [share for share in shares.values() if np.isfinite(share)]
    lost = sum(np.isneginf(share) for share in shares.values())
    return Savings(
        shares=shares,
        mean=interval(known) if known and not lost else None,
        lower_bound=any(np.isinf(bar[seed]) for seed, share in shares.items() if np.isfinite(share)),
        only_control=int(lost),
        neither=len(shares) - len(known) - int(lost),
    )


def far_behind(
    curves: Sequence[Curve], unfinished: Collection[tuple[str, int]]
) -> frozenset[tuple[str, int]]:
    """Return group and seed of unfinished runs that got less than `FAR` as far in labels as the longest.

    They would cut the range that all share. A run that finished is a result, however early it stopped.
    unfinished: group and seed of the runs that did not.
    """
    spans = {(c.group, c.seed): float(c.labels[-1] - c.labels[0]) for c in curves if len(c.labels)}
    longest = max(spans.values(), default=0.0)
    return frozenset(key for key, span in spans.items() if key in unfinished and span < FAR * longest)


def common_range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return from where to where, in labels, all curves have scores; NaN twice if nowhere.

    Curves of one point, of runs that broke off, do not narrow it where others are longer.
    """
    measured = [curve for curve in curves if len(curve.labels)]
    chosen = [curve for curve in measured if len(curve.labels) > 1] or measured
    start = max((float(curve.labels[0]) for curve in chosen), default=float("nan"))
    end = min((float(curve.labels[-1]) for curve in chosen), default=float("nan"))
    return (start, end) if start <= end else (float("nan"), float("nan"))


def areas(curves: Sequence[Curve], start: float | None = None, end: float | None = None) -> pd.DataFrame:
    """Return the area under each curve over one range of labels, divided by its width: a mean score.

    Columns: group, seed, area, start, end. The range is what all curves have in common, unless given; a
    curve that does not cover it has NaN.
    """
    found = common_range(curves)
    start, end = found[0] if start is None else start, found[1] if end is None else end
    lines = [
        (group, seed, curve.area(start, end), start, end)
        for group, seeds in by_group(curves).items()
        for seed, curve in seeds.items()
    ]
    return pd.DataFrame(lines, columns=["group", "seed", "area", "start", "end"])
