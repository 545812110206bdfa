"""A verdict on two groups, and how it is told: what was measured, in which unit, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from al_core.evaluation.decisions import PER_TEXTS
from al_core.evaluation.measures import Kind, LabelsTo, Measure, Pair
from al_core.evaluation.paired import exact_from

Test = Literal["t", "permutation"]
Outcome = Literal["better", "worse", "not distinguishable"]

FEWEST = 2
"""Seeds that a verdict takes."""
UNITS: dict[Kind, tuple[float, int, str]] = {
    "share": (100.0, 1, "points"),
    "number": (1.0, 3, ""),
    "money": (1.0, 2, f"per {PER_TEXTS:,} texts"),
    "texts": (1.0, 1, f"per {PER_TEXTS:,} texts"),
}
"""How a difference of scores is told: times what, with how many digits, and in what."""


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
    """How many comparisons the claims hold together for; without an outcome, for how many they would."""
    outcome: Outcome | None = None
    """Of `one`; None with fewer than 2 seeds."""
    means: tuple[float, float] = (math.nan, math.nan)
    """Of `one` and of `other`, over the seeds."""
    difference: float = math.nan
    """The first less the second: in shares, in the score's own unit, or in labels."""
    low: float = math.nan
    high: float = math.nan
    """Of the difference, 95 % for this comparison by itself; NaN where there is no interval."""
    p: float = math.nan
    """Of the deciding test, corrected for the family."""
    p_t: float = math.nan
    p_permutation: float = math.nan
    """Neither is corrected; NaN where a test does not apply."""
    test: Test | None = None
    """Which decided; see `verdicts.TESTS`."""
    effect: float = math.nan
    """Cohen's d_z, differences in units of their spread over seeds, corrected for few of them (Hedges 1981,
    Journal of Educational Statistics 6); NaN below 3 seeds and where the spread is zero."""
    agree: int = 0
    """Seeds whose difference has the sign of the mean."""
    bound: bool = False
    """Whether runs that did not get to the target were counted to their end."""
    sentence: str = ""


def sentence(found: Verdict, pairs: Sequence[Pair], shared: int, one: str, other: str) -> str:
    """Return a verdict in words.

    pairs: what was measured; shared: seeds that both have; one, other: what the groups are called inside a
    sentence.
    """
    measure, n = found.measure, found.n
    seeds = f"{n} seed{'' if n == 1 else 's'}"
    if found.outcome is None and not n and shared >= FEWEST:
        return (
            f"No verdict on {one} and {other}: of the {shared} seeds that both have none can be compared, "
            "since the runs share no number of labels or their scores are unknown."
        )
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
        how = f"{amount(found, found.difference)} ({_ends(found)}); {agreed}"
        return _begin(f"{one} is {found.outcome} than {other}{measure.where}: {how}.")
    if counting and all(q.one_is_more and q.other_is_more for q in pairs):
        return f"Neither {one} nor {other} reaches {measure.aim} with the labels that both spent, {seeds}."
    # One of many that look as if: the interval alone would seem to say something else.
    among = f" among {found.family} comparisons" if found.low > 0 or found.high < 0 else ""
    start = f"{one} and {other} are not distinguishable{among}{measure.where}: "
    counted = "; runs that did not get there count to their end" if found.bound else ""
    if found.difference == 0 and not found.low < found.high:
        return _begin(f"{start}equal on all {seeds}{counted}.")
    if not math.isfinite(found.low):
        takes = f"on each of {seeds}, and it takes {exact_from(found.family)} to rule out chance"
        return _begin(f"{start}{amount(found, found.difference)} {takes}{counted}.")
    return _begin(f"{start}{amount(found, found.difference)} ({_ends(found)}), {seeds}{counted}.")


def amount(found: Verdict, value: float) -> str:
    """Return a difference of this verdict with its unit: +0.4 points, -460 labels."""
    if isinstance(found.measure, LabelsTo):
        return f"{value:+z,.0f} labels"
    scale, digits, unit = UNITS[found.measure.kind]
    # So many digits, unless they would hide on which side of zero something lies.
    told = [scale * each for each in (found.difference, found.low, found.high) if math.isfinite(each)]
    digits += any(each and abs(each) < 0.5 * 10.0**-digits for each in told)
    return f"{scale * value:+z,.{digits}f} {unit}".rstrip()


def ends(found: Verdict) -> str:
    """Return the interval of the difference, its unit left out: -0.9 to +1.7; nothing where it has none."""
    if not math.isfinite(found.low):
        return ""
    low, high = (amount(found, end).split()[0] for end in (found.low, found.high))
    return f"{low} to {high}"


def _ends(found: Verdict) -> str:
    return f"95%{' by itself' if found.family > 1 else ''}: {ends(found)}"


def _begin(words: str) -> str:
    return words[:1].upper() + words[1:]
