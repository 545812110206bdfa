"""Whether one group of runs is better than another: a paired test over seeds, and a sentence.

What is claimed holds for the texts at hand. Splits of one corpus overlap, so that seeds differ by less than
new texts would (Nadeau & Bengio 2003, Inference for the generalization error, Machine Learning 52).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

import numpy as np

from al_core.evaluation.comparison import Curve, by_group
from al_core.evaluation.measures import Area, LabelsTo, Measure, Pair, ScoreAt
from al_core.evaluation.paired import ALPHA, Numbers, Paired, holm, paired
from al_core.evaluation.sentences import FEWEST, Outcome, Test, Verdict, sentence

__all__ = ["TESTS", "Area", "LabelsTo", "Measure", "ScoreAt", "Verdict", "every_pair", "verdict", "verdicts"]

Key = TypeVar("Key", bound=Hashable)
ROUNDING = 1e-12
"""Of the largest value: differences below it come from floating-point numbers, not from models."""
TESTS: Mapping[Test, str] = {
    "t": "Student's paired t test: takes the differences between seeds to be about normally distributed.",
    "permutation": "Exact sign-flip test: takes it only that without a difference each seed could as well "
    "have favoured the other.",
}


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
    groups = {control: {}} | by_group(curves)
    couples = {group: (group, control) for group in groups if group != control}
    return _compared(groups, couples, measure, titles or {})


def every_pair(
    curves: Sequence[Curve], measure: Measure, titles: Mapping[str, str] | None = None
) -> dict[tuple[str, str], Verdict]:
    """Compare each two groups, the later with the earlier, so that all claims hold together.

    Whoever picks one of them has seen the curves, so that all count in the correction. Cost: G² tests.
    """
    groups = by_group(curves)
    couples = {(later, earlier): (later, earlier) for earlier, later in combinations(groups, 2)}
    return _compared(groups, couples, measure, titles or {})


def _compared(
    groups: Mapping[str, Mapping[int, Curve]],
    couples: Mapping[Key, tuple[str, str]],
    measure: Measure,
    titles: Mapping[str, str],
) -> dict[Key, Verdict]:
    """Compare couples of groups as one family; of a couple, the first is what the verdict is on."""
    both = {
        key: [(curve, groups[other][seed]) for seed, curve in groups[one].items() if seed in groups[other]]
        for key, (one, other) in couples.items()
    }
    # A run of the control stands in many pairs, and narrows the range once.
    measure = measure.over([curve for pairs in both.values() for pair in pairs for curve in pair])
    measured: dict[Key, list[Pair]] = {}
    for key, pairs in both.items():
        found = [measure.pair(*pair) for pair in pairs]
        measured[key] = [pair for pair in found if math.isfinite(pair.one - pair.other)]
    family = sum(len(pairs) >= FEWEST for pairs in measured.values())
    tests = {
        key: paired(_differences(pairs), family, _rounding(pairs))
        for key, pairs in measured.items()
        if len(pairs) >= FEWEST
    }
    corrected = dict(zip(tests, holm([test.p for test in tests.values()]).tolist(), strict=True))
    return {
        key: _verdict(
            Verdict(*couples[key], measure, len(pairs), family if key in tests else len(measured)),
            pairs,
            len(both[key]),
            tests.get(key),
            corrected.get(key, math.nan),
            titles,
        )
        for key, pairs in measured.items()
    }


def _differences(pairs: Sequence[Pair]) -> Numbers:
    d = np.array([pair.one - pair.other for pair in pairs])
    return np.where(np.abs(d) <= _rounding(pairs), 0.0, d)


def _rounding(pairs: Sequence[Pair]) -> float:
    return ROUNDING * float(np.abs([(pair.one, pair.other) for pair in pairs]).max())


def _verdict(
    found: Verdict,
    pairs: Sequence[Pair],
    shared: int,
    test: Paired | None,
    p: float,
    titles: Mapping[str, str],
) -> Verdict:
    """Return a verdict, of which names, measure, seeds and family are known, with all that follows."""
    if found.n:
        mine, theirs = np.mean([(pair.one, pair.other) for pair in pairs], axis=0)
        found = replace(
            found,
            means=(float(mine), float(theirs)),
            difference=float(_differences(pairs).mean()),
            bound=any(pair.one_is_more or pair.other_is_more for pair in pairs),
        )
    if test is not None:
        sign = np.sign(found.difference)
        outcome: Outcome = "not distinguishable"
        if p <= ALPHA:
            outcome = "better" if (sign < 0) == found.measure.less_is_better else "worse"
        found = replace(
            found,
            outcome=outcome,
            low=float(test.low),
            high=float(test.high),
            p=p,
            p_t=float(test.p_t),
            p_permutation=float(test.p_permutation),
            test="permutation" if test.exact else "t",
            effect=_effect(found.difference, float(test.sd), found.n),
            agree=int((np.sign(_differences(pairs)) == sign).sum()) if sign else 0,
        )
    one, other = (titles.get(name, name) for name in (found.one, found.other))
    return replace(found, sentence=sentence(found, pairs, shared, one, other))


def _effect(mean: float, sd: float, n: int) -> float:
    if mean == 0:
        return 0.0
    if n < 3 or sd == 0:
        return math.nan
    half = (n - 1) / 2
    return mean / sd * math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)
