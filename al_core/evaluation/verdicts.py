"""Whether one group of runs is better than another: a paired test over seeds, and a sentence.

What is claimed holds for the texts at hand. Splits of one corpus overlap, so that seeds differ by less than
new texts would (Nadeau & Bengio 2003, Inference for the generalization error, Machine Learning 52).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from al_core.evaluation.comparison import Curve, by_group, common_range
from al_core.evaluation.paired import ALPHA, Numbers, Paired, exact_from, holm, paired

Test = Literal["t", "permutation"]
Outcome = Literal["better", "worse", "not distinguishable"]

FEWEST = 2
ROUNDING = 1e-12
"""Of the largest value: differences below it come from floating-point numbers, not from models."""
TESTS: Mapping[Test, str] = {
    "t": "Student's paired t test: takes the differences between seeds to be about normally distributed.",
    "permutation": "Exact sign-flip test: takes it only that without a difference each seed could as well "
    "have favoured the other.",
}


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

    def over(self, curves: Sequence[Curve]) -> LabelsTo:
        """Return the measure as it is."""
        del curves
        return self

    def pair(self, one: Curve, other: Curve) -> Pair:
        """Return the labels."""
        if not (len(one.labels) and len(other.labels)):
            return Pair(math.nan, math.nan)
        needed = one.labels_to(self.target), other.labels_to(self.target)
        ends = (float(one.labels[-1]), float(other.labels[-1]))
        stop = min((end for end, n in zip(ends, needed, strict=True) if math.isinf(n)), default=math.inf)
        return Pair(min(needed[0], stop), min(needed[1], stop), needed[0] > stop, needed[1] > stop)

    @property
    def where(self) -> str:
        """Return the words for the target."""
        return f" for {self.target:g}"


Measure = Area | ScoreAt | LabelsTo


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the seeds that two groups share say about their difference."""

    one: str
    other: str
    measure: Measure
    """With its range or budget filled in."""
    n: int
    """Seeds on which both were measured."""
    family: int
    """How many comparisons the claims hold together for."""
    outcome: Outcome | None = None
    """Of `one`; None with fewer than 2 seeds."""
    means: tuple[float, float] = (math.nan, math.nan)
    """Of `one` and of `other`, over the seeds."""
    difference: float = math.nan
    """The first less the second: in shares, or in labels."""
    low: float = math.nan
    high: float = math.nan
    """Of the difference, 95 % for this comparison by itself; NaN where there is no interval."""
    p: float = math.nan
    """Of the deciding test, corrected for the family."""
    p_t: float = math.nan
    p_permutation: float = math.nan
    """Neither is corrected; NaN where a test does not apply."""
    test: Test | None = None
    """Which decided; see `TESTS`."""
    effect: float = math.nan
    """Cohen's d_z, differences in units of their spread over seeds, corrected for few of them (Hedges 1981,
    Journal of Educational Statistics 6); NaN below 3 seeds and where the spread is zero."""
    agree: int = 0
    """Seeds whose difference has the sign of the mean."""
    bound: bool = False
    """Whether runs that did not get to the target were counted to their end."""
    sentence: str = ""


def verdict(
    one: Sequence[Curve], other: Sequence[Curve], measure: Measure, titles: Mapping[str, str] | None = None
) -> Verdict:
    """Compare two groups seed by seed.

    titles: what the groups are called inside a sentence. ValueError if `one` or `other` is not one group.
    """
    names = [sorted({curve.group for curve in side}) for side in (one, other)]
    if [len(each) for each in names] != [1, 1] or names[0] == names[1]:
        raise ValueError(f"a verdict is on two groups, not on {names[0]} and {names[1]}")
    group, control = names[0][0], names[1][0]
    return verdicts([*one, *other], control, measure, titles)[group]


def verdicts(
    curves: Sequence[Curve], control: str, measure: Measure, titles: Mapping[str, str] | None = None
) -> dict[str, Verdict]:
    """Compare each group with the control, seed by seed, so that all claims hold together (see `holm`).

    Measured over the range of labels that all curves with a partner share, so that the groups can be compared
    among themselves; give the measure a range of its own where one early stop would cut all short.
    """
    groups = by_group(curves)
    bar = groups.pop(control, {})
    both = {
        group: [(curve, bar[seed]) for seed, curve in seeds.items() if seed in bar]
        for group, seeds in groups.items()
    }
    # A run of the control stands in many pairs, and narrows the range once.
    measure = measure.over([curve for pairs in both.values() for pair in pairs for curve in pair])
    measured: dict[str, list[Pair]] = {}
    for group, pairs in both.items():
        found = [measure.pair(*pair) for pair in pairs]
        measured[group] = [pair for pair in found if math.isfinite(pair.one - pair.other)]
    family = sum(len(pairs) >= FEWEST for pairs in measured.values())
    tests = {
        group: paired(_differences(pairs), family, _rounding(pairs))
        for group, pairs in measured.items()
        if len(pairs) >= FEWEST
    }
    corrected = dict(zip(tests, holm([test.p for test in tests.values()]).tolist(), strict=True))
    names = {group: (titles or {}).get(group, group) for group in (*groups, control)}
    return {
        group: _verdict(group, control, measure, pairs, tests.get(group), corrected.get(group), family, names)
        for group, pairs in measured.items()
    }


def _differences(pairs: Sequence[Pair]) -> Numbers:
    d = np.array([pair.one - pair.other for pair in pairs])
    return np.where(np.abs(d) <= _rounding(pairs), 0.0, d)


def _rounding(pairs: Sequence[Pair]) -> float:
    return ROUNDING * float(np.abs([(pair.one, pair.other) for pair in pairs]).max())


def _verdict(
    one: str,
    other: str,
    measure: Measure,
    pairs: Sequence[Pair],
    test: Paired | None,
    p: float | None,
    family: int,
    names: Mapping[str, str],
) -> Verdict:
    n = len(pairs)
    found = Verdict(one, other, measure, n, max(family, 1))
    if n:
        mine, theirs = np.mean([(pair.one, pair.other) for pair in pairs], axis=0)
        found = replace(
            found,
            means=(float(mine), float(theirs)),
            difference=float(_differences(pairs).mean()),
            bound=any(pair.one_is_more or pair.other_is_more for pair in pairs),
        )
    if test is not None and p is not None:
        sign = np.sign(found.difference)
        outcome: Outcome = "not distinguishable"
        if p <= ALPHA:
            outcome = "better" if (sign < 0) == measure.less_is_better else "worse"
        found = replace(
            found,
            outcome=outcome,
            low=float(test.low),
            high=float(test.high),
            p=p,
            p_t=float(test.p_t),
            p_permutation=float(test.p_permutation),
            test="permutation" if test.exact else "t",
            effect=_effect(found.difference, float(test.sd), n),
            agree=int((np.sign(_differences(pairs)) == sign).sum()) if sign else 0,
        )
    return replace(found, sentence=_sentence(found, pairs, names[one], names[other]))


def _effect(mean: float, sd: float, n: int) -> float:
    if mean == 0:
        return 0.0
    if n < 3 or sd == 0:
        return math.nan
    half = (n - 1) / 2
    return mean / sd * math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)


def _sentence(found: Verdict, pairs: Sequence[Pair], one: str, other: str) -> str:
    measure, n = found.measure, found.n
    seeds = f"{n} seed{'' if n == 1 else 's'}"
    if found.outcome is None:
        return (
            f"No verdict on {one} and {other}: both were measured on {seeds}, and it takes at least {FEWEST} "
            f"({exact_from(found.family)} for a test that assumes next to nothing)."
        )
    counting = isinstance(measure, LabelsTo)
    agreed = f"{found.agree} of {n} seeds agree"
    if found.outcome != "not distinguishable":
        if counting:
            more = [any(q.one_is_more for q in pairs), any(q.other_is_more for q in pairs)]
            mine, theirs = (
                f"{'at least ' if cut else ''}{mean:,.0f}"
                for cut, mean in zip(more, found.means, strict=True)
            )
            return _begin(f"{one} needs {mine} labels{measure.where}, {other} {theirs}; {agreed}.")
        how = f"{_amount(found, found.difference)} ({_ends(found)}); {agreed}"
        return _begin(f"{one} is {found.outcome} than {other}{measure.where}: {how}.")
    if counting and all(q.one_is_more and q.other_is_more for q in pairs):
        return (
            f"Neither {one} nor {other} reaches {measure.target:g} with the labels that both spent, {seeds}."
        )
    # One of many that look as if: the interval alone would seem to say something else.
    among = f" among {found.family} comparisons" if found.low > 0 or found.high < 0 else ""
    start = f"{one} and {other} are not distinguishable{among}{measure.where}: "
    if found.difference == 0 and not found.low < found.high:
        return _begin(f"{start}equal on all {seeds}.")
    if not math.isfinite(found.low):
        takes = f"on each of {seeds}, and it takes {exact_from(found.family)} to rule out chance"
        return _begin(f"{start}{_amount(found, found.difference)} {takes}.")
    counted = "; runs that did not get there count to their end" if found.bound else ""
    return _begin(f"{start}{_amount(found, found.difference)} ({_ends(found)}), {seeds}{counted}.")


def _begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _ends(found: Verdict) -> str:
    alone = " by itself" if found.family > 1 else ""
    low, high = (_amount(found, end).split()[0] for end in (found.low, found.high))
    return f"95 %{alone}: {low} to {high}"


def _amount(found: Verdict, value: float) -> str:
    if isinstance(found.measure, LabelsTo):
        return f"{value:+z,.0f} labels"
    # One digit, unless it would hide on which side of zero something lies.
    told = [100 * each for each in (found.difference, found.low, found.high) if math.isfinite(each)]
    digits = 2 if any(each and abs(each) < 0.05 for each in told) else 1
    return f"{100 * value:+z,.{digits}f} points"
