"""Verdicts on scores of every kind, on scores that should fall, on each two groups; and runs far behind."""

from __future__ import annotations

import math

import numpy as np
import pytest

from al_core.evaluation.comparison import Curve, common_range, far_behind, labels_to_target
from al_core.evaluation.paired import exact_from, holm
from al_core.evaluation.verdicts import Area, LabelsTo, ScoreAt, every_pair, verdict, verdicts


def scored(group, *scores):
    return [Curve(group, s, np.array([20, 100]), np.array([score, score])) for s, score in enumerate(scores)]


def falling(group, *needed, end=1000):
    """One curve per seed that comes down to 0.1 with so many labels; None: not by the end."""
    labels = np.arange(20, end + 1, 20)
    return [
        Curve(group, s, labels, np.where(labels >= (n or math.inf), 0.1, 0.4)) for s, n in enumerate(needed)
    ]


def until(group, seed, *labels):
    return Curve(group, seed, np.array(labels), np.full(len(labels), 0.7))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("share", "+10.0 points (95%: +7.5 to +12.5)"),
        ("number", "+0.100 (95%: +0.075 to +0.125)"),
        ("money", "+0.10 per 1,000 texts (95%: +0.08 to +0.12)"),
        ("texts", "+0.1 per 1,000 texts (95%: +0.1 to +0.1)"),
    ],
)
def test_a_difference_is_told_in_the_unit_of_its_score(kind, told):
    found = verdict(scored("a", 0.9, 0.92, 0.91), scored("b", 0.80, 0.81, 0.82), ScoreAt(kind=kind))
    assert found.sentence == f"A is better than b at 100 labels: {told}; 3 of 3 seeds agree."


@pytest.mark.parametrize("kind", ["share", "number", "money", "texts"])
def test_what_a_family_takes_back_is_said_of_every_kind(kind):
    curves = [*scored("a", 0.811, 0.825, 0.84), *scored("b", 0.8, 0.81, 0.8), *scored("c", 0.8, 0.8, 0.81)]
    curves += scored("control", 0.8, 0.81, 0.82)
    found = verdicts(curves, "control", Area(kind=kind))["a"]
    assert found.outcome == "not distinguishable" and found.low > 0
    assert "not distinguishable among 3 comparisons" in found.sentence and "by itself" in found.sentence
    alike = verdict(scored("a", 0.5, 0.5, 0.5), scored("b", 0.25, 0.25, 0.25), Area(kind=kind))
    assert alike.sentence.endswith(" on each of 3 seeds, and it takes 6 to rule out chance.")


def test_without_a_verdict_it_says_how_many_seeds_all_comparisons_would_take():
    curves = [each for name in "abcdef" for each in scored(name, 0.9)] + scored("control", 0.8)
    found = verdicts(curves, "control", Area())
    assert {each.family for each in found.values()} == {6}
    assert all(f"at least 2 ({exact_from(6)} for a test" in each.sentence for each in found.values())


def test_a_score_that_should_fall_is_reached_from_above():
    mine, bar = falling("m", 500, 520, 540, 500, 540), falling("r", 980, 940, 1000, 960, None, end=1200)
    found = verdict(mine, bar, LabelsTo(0.2, falling=True), {"m": "margin", "r": "random"})
    assert found.sentence == (
        "Margin needs 520 labels for 0.2 or less, random at least 1,016; 5 of 5 seeds agree."
    )
    told = labels_to_target([*mine, *bar], 0.2, "r", falling=True)
    assert (told[0].median, told[1].median, told[1].reached) == (520, 980, 4)
    assert told[0].saved and told[0].saved.lower_bound
    assert labels_to_target(mine, 0.2)[0].median == 20, "0.4 is more than that from the start"
    never = verdict(falling("a", None, None), falling("b", None, None), LabelsTo(0.2, falling=True))
    assert never.sentence == "Neither a nor b reaches 0.2 or less with the labels that both spent, 2 seeds."


def test_a_run_that_did_not_finish_and_got_less_than_half_as_far_is_far_behind():
    whole = [until("a", s, *range(20, 1220, 20)) for s in range(3)]
    short, half = until("a", 3, 20, 40), until("a", 4, 20, 320, 620)
    empty = Curve("a", 5, np.empty(0), np.empty(0))
    curves = [*whole, short, half, empty]
    everyone = {(curve.group, curve.seed) for curve in curves}
    assert far_behind(curves, everyone) == {("a", 3)}
    assert far_behind(curves, set()) == frozenset(), "a run that stopped early is a result"
    assert far_behind([short, until("b", 0, 20)], {("a", 3), ("b", 0)}) == {("b", 0)}
    assert far_behind([until("b", 0, 20)], {("b", 0)}) == far_behind([], set()) == frozenset()
    assert common_range(curves) == (20, 40) and common_range([*whole, half]) == (20, 620)


def test_each_two_groups_are_compared_as_one_family():
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.01, (4, 9))
    curves = [c for g in range(4) for c in scored(f"s{g}", *(0.8 + 0.05 * (g == 0) + noise[g]))]
    found = every_pair(curves, Area())
    assert list(found) == [("s1", "s0"), ("s2", "s0"), ("s3", "s0"), ("s2", "s1"), ("s3", "s1"), ("s3", "s2")]
    assert {each.family for each in found.values()} == {6}
    raw = [each.p_permutation for each in found.values()]
    assert [each.p for each in found.values()] == pytest.approx(holm(raw).tolist())
    assert [each.outcome for each in found.values()][:3] == ["worse"] * 3
    assert found["s1", "s0"].sentence.startswith("S1 is worse than s0 between 20 and 100 labels: ")
    assert every_pair([], Area()) == {} and every_pair(scored("a", 1, 2), Area()) == {}


def test_among_equals_a_pair_is_seldom_told_apart_whichever_is_looked_at():
    rng, tries, claimed = np.random.default_rng(11), 200, 0
    for _ in range(tries):
        noise = rng.normal(0, 0.01, (4, 9))
        found = every_pair([c for g in range(4) for c in scored(f"s{g}", *(0.8 + noise[g]))], Area())
        claimed += any(each.outcome != "not distinguishable" for each in found.values())
    assert claimed / tries <= 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / tries)
