"""Comparisons of runs: by hand, against SciPy's tests, and on simulated histories whose truth is known."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from al_core.evaluation.comparison import (
    Curve,
    areas,
    band,
    common_range,
    difference_band,
    labels_to_target,
)
from al_core.evaluation.efficiency import area, interval
from al_core.evaluation.paired import exact_from, holm, paired
from al_core.evaluation.verdicts import TESTS, Area, LabelsTo, ScoreAt, verdict, verdicts

LABELS = np.arange(20, 220, 20)
nan, inf = math.nan, math.inf


def flat(group, seed, score, labels=(20, 100)):
    return Curve(group, seed, np.array(labels), np.full(len(labels), score))


def scored(group, *scores):
    """One level curve per seed."""
    return [flat(group, seed, score) for seed, score in enumerate(scores)]


def needing(group, *needed, end=1000):
    """One curve per seed that reaches 0.85 with so many labels; None: not by the end."""
    labels = np.arange(20, end + 1, 20)
    return [Curve(group, s, labels, np.where(labels >= (n or inf), 0.9, 0.5)) for s, n in enumerate(needed)]


def same(one, other):
    """Two records are equal, NaN to NaN."""
    return repr(one) == repr(other)


def rarer_than(rate, n):
    """The share that an event of `rate` exceeds in n tries about once in 5,000 times."""
    return rate + 3.5 * math.sqrt(rate * (1 - rate) / n)


# Curves


def test_what_was_not_measured_is_left_out_and_the_rest_put_in_order():
    found = Curve("a", 0, np.array([60, 20, 40, 80, nan, 60]), np.array([0.1, 0.5, nan, inf, 0.9, 0.7]))
    assert found.labels.tolist() == [20, 60] and found.scores.tolist() == [0.5, 0.7]


@pytest.mark.parametrize(("labels", "scores"), [([20, 40], [0.5]), ([[20]], [[0.5]]), (20, 0.5)])
def test_what_is_no_curve_is_refused(labels, scores):
    with pytest.raises(ValueError, match="one score for each count of labels"):
        Curve("a", 0, np.array(labels), np.array(scores))


def test_the_curve_of_a_run_leaves_out_its_baseline():
    rounds = pd.DataFrame(
        {"round": [-1, 0, 1, 2], "labels": [9000, 20, 40, 60], "test_accuracy": [0.9, 0.5, None, 0.7]}
    )
    found = Curve.of_rounds(rounds, "a", 3)
    assert (found.group, found.seed) == ("a", 3)
    assert found.labels.tolist() == [20, 60] and found.scores.tolist() == [0.5, 0.7]
    assert not len(Curve.of_rounds(rounds[:0], "a", 3).labels)


def test_a_curve_holds_its_last_score_and_says_nothing_beyond():
    curve = Curve("a", 0, np.array([20, 60]), np.array([0.5, 0.7]))
    np.testing.assert_equal(curve.at([19, 20, 59, 60, 61]), [nan, 0.5, 0.5, 0.7, nan])
    assert np.isnan(flat("a", 0, 1, labels=()).at([20, 40])).all()


def test_the_area_over_a_range():
    curve = Curve("a", 0, np.array([0, 100, 400]), np.array([0.5, 0.7, 0.7]))
    assert curve.area(0, 400) == pytest.approx(area([0, 100, 400], [0.5, 0.7, 0.7]))
    assert curve.area(50, 150) == pytest.approx((0.65 * 50 + 0.7 * 50) / 100)
    assert curve.area(50, 50) == pytest.approx(0.6)
    for start, end in ((0, 401), (-1, 100), (200, 100), (nan, nan)):
        assert math.isnan(curve.area(start, end))
    assert math.isnan(flat("a", 0, 1, labels=()).area(0, 0))


# Bands


def test_a_band_is_students_interval_over_the_seeds_there():
    curves = [
        Curve("a", 0, np.array([20, 40, 80]), np.array([0.5, 0.6, 0.8])),
        Curve("a", 1, np.array([20, 60]), np.array([0.7, 0.8])),
        flat("b", 0, 0.4),
        flat("c", 0, 0.4, labels=()),
    ]
    found = band(curves)
    mine = found[found["group"] == "a"]
    assert mine["labels"].tolist() == [20, 40, 60, 80] and mine["n"].tolist() == [2, 2, 2, 1]
    assert mine["mean"].tolist() == pytest.approx([0.6, 0.65, 0.7, 0.8])
    expected = interval([0.6, 0.7])
    assert (mine["low"].iloc[1], mine["high"].iloc[1]) == pytest.approx((expected.low, expected.high))
    assert mine[["low", "high"]].isna().all(axis=1).tolist() == [False, False, False, True]
    assert found[found["group"] == "b"]["low"].isna().all(), "one seed has no interval"
    assert "c" not in set(found["group"])


def test_a_band_on_a_grid_extrapolates_nothing():
    found = band([flat("a", 0, 0.5), flat("a", 1, 0.5)], grid=[10, 50, 200])
    assert found["n"].tolist() == [0, 2, 0]
    np.testing.assert_equal(found["mean"].to_numpy(), [nan, 0.5, nan])
    assert (found["low"][1], found["high"][1]) == (0.5, 0.5)


def test_differences_are_of_the_seeds_that_both_have():
    found = difference_band(
        [*scored("a", 0.6, 0.8, 0.9), *scored("control", 0.5, 0.6), flat("b", 7, 0.1)], "control"
    )
    assert set(found["group"]) == {"a"} and found["labels"].tolist() == [20, 100]
    expected = interval([0.1, 0.2])
    assert found["n"].tolist() == [2, 2]
    assert found.loc[0, ["mean", "low", "high"]].tolist() == pytest.approx(
        [expected.mean, expected.low, expected.high]
    )


def test_no_curves_are_no_band():
    for found in (band([]), difference_band([], "a"), difference_band([flat("a", 0, 1)], "b")):
        assert found.empty and list(found.columns) == ["group", "labels", "mean", "low", "high", "n"]


def test_a_seed_counts_once():
    with pytest.raises(ValueError, match="a has two curves of seed 3; leave one of them out"):
        band([flat("a", 3, 0.5), flat("a", 3, 0.6)])


@pytest.mark.parametrize("n", [3, 5, 10])
def test_bands_cover_at_the_stated_rate(n):
    rng, tries = np.random.default_rng(n), 2000
    counts = np.arange(tries)  # each an experiment of its own
    shared = rng.normal(0, 0.1, (n, tries))
    curves = [Curve("control", s, counts, 0.7 + shared[s] + rng.normal(0, 0.02, tries)) for s in range(n)]
    curves += [Curve("a", s, counts, 0.8 + shared[s] + rng.normal(0, 0.02, tries)) for s in range(n)]
    found = band(curves)
    for group, truth in (("a", 0.8), ("control", 0.7)):
        mine = found[found["group"] == group]
        missed = 1 - ((mine["low"] <= truth) & (mine["high"] >= truth)).mean()
        assert abs(missed - 0.05) <= rarer_than(0.05, tries) - 0.05
    paired_by_seed = difference_band(curves, "control")
    missed = 1 - ((paired_by_seed["low"] <= 0.1) & (paired_by_seed["high"] >= 0.1)).mean()
    assert abs(missed - 0.05) <= rarer_than(0.05, tries) - 0.05
    widths = (paired_by_seed["high"] - paired_by_seed["low"]).mean(), (found["high"] - found["low"]).mean()
    assert widths[0] < widths[1] / 2, "what seeds share does not count against a difference"


# Labels to a target


def test_labels_to_a_target_keep_the_runs_that_never_get_there():
    curves = [*needing("a", 200, 300, None), *needing("control", 400, 600, 500), *needing("b", 200, 400)]
    mine, bar, other = labels_to_target(curves, 0.85, "control")
    assert mine.labels == {0: 200, 1: 300, 2: inf} and (mine.reached, mine.seeds) == (2, 3)
    assert mine.median == 300 and math.isnan(mine.mean)
    assert mine.saved and mine.saved.shares == {0: 0.5, 1: 0.5, 2: -inf}
    assert mine.saved.mean is None and mine.saved.only_control == 1 and not mine.saved.lower_bound
    assert (bar.mean, bar.median, bar.saved) == (500, 500, None)
    assert other.saved and other.saved.mean
    assert other.saved.mean.mean == pytest.approx(np.mean([0.5, 1 / 3])) and other.saved.mean.n == 2
    assert labels_to_target(curves, 0.85)[0].saved is None


def test_a_control_that_never_gets_there_makes_it_a_lower_bound():
    (mine, _) = labels_to_target([*needing("a", 200, 300, None), *needing("c", None, 600, None)], 0.85, "c")
    assert mine.saved and mine.saved.lower_bound and mine.saved.mean
    assert mine.saved.shares[0] == pytest.approx(0.8) and mine.saved.neither == 1
    assert mine.saved.mean.mean == pytest.approx(0.65)
    assert labels_to_target(needing("a", None, None, 100), 0.85)[0].median == inf


def test_a_target_of_empty_and_short_curves():
    assert labels_to_target([], 0.85) == ()
    assert labels_to_target([flat("a", 0, 1, labels=())], 0.85) == ()
    point, bar = labels_to_target(
        [flat("a", 0, 0.9, labels=(20,)), flat("b", 0, 0.9, labels=(0,))], 0.85, "b"
    )
    assert point.mean == 20 and point.saved and point.saved.neither == 1, "no label can be saved of none"
    assert bar.mean == 0


# Areas


def test_areas_are_over_what_all_curves_share():
    curves = [
        Curve("a", 0, np.array([20, 60, 100]), np.array([0.5, 0.7, 0.7])),
        flat("b", 0, 0.6, labels=(40, 200)),
        flat("b", 1, 0.6, labels=(20,)),
        flat("b", 2, 0.6, labels=()),
    ]
    found = areas(curves)
    assert common_range(curves) == (40, 100)
    assert (found["start"] == 40).all() and (found["end"] == 100).all()
    expected = [(0.65 * 20 + 0.7 * 40) / 60, 0.6, nan, nan]
    np.testing.assert_allclose(found["area"].to_numpy(), expected)
    assert areas(curves, 60, 100)["area"][0] == pytest.approx(0.7)
    assert areas(curves[1:2], end=400)["area"].isna().all(), "nothing is extrapolated"


def test_curves_without_a_common_range_have_no_area():
    curves = [flat("a", 0, 0.5, labels=(20, 40)), flat("b", 0, 0.5, labels=(60, 80))]
    assert np.isnan(common_range(curves)).all() and areas(curves)["area"].isna().all()
    assert np.isnan(common_range([])).all() and areas([]).empty
    points = [flat("a", 0, 0.5, labels=(20,)), flat("b", 0, 0.6, labels=(20,))]
    assert areas(points)["area"].tolist() == [0.5, 0.6]


# The tests

few = st.lists(st.floats(-1, 1).map(lambda value: round(value, 2)), min_size=2, max_size=10)


@given(few)
def test_both_tests_are_scipys(differences):
    found = paired(differences, rounding=1e-12)
    if np.ptp(differences):
        theirs = stats.ttest_1samp(differences, 0)
        assert found.p_t == pytest.approx(theirs.pvalue)
        ends = theirs.confidence_interval(0.95)
        if not found.exact:
            assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    signs = 1 - 2 * ((np.arange(2 ** len(differences))[:, None] >> np.arange(len(differences))) & 1)
    as_far = np.abs(signs @ differences) >= abs(np.sum(differences)) - 1e-9
    assert found.p_permutation == pytest.approx(as_far.mean())


def test_sign_flips_are_scipys():
    differences = np.random.default_rng(0).normal(0.5, 1, 8)
    theirs = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert paired(differences).p_permutation == pytest.approx(theirs.pvalue)


@given(few, st.integers(1, 8))
def test_the_interval_leaves_out_zero_just_where_the_test_rejects(differences, family):
    found = paired(differences, family, rounding=1e-12)
    assume(np.isfinite(found.low))
    assert (found.low > 1e-9 or found.high < -1e-9) == (found.p <= 0.05)
    assert found.low - 1e-12 <= found.mean <= found.high + 1e-12


def test_sign_flips_decide_where_they_can():
    assert (exact_from(1), exact_from(2), exact_from(6)) == (6, 7, 8)
    rng = np.random.default_rng(0)
    for family, n in ((1, 6), (1, 12), (6, 8)):
        assert paired(rng.normal(9, 1, n), family).exact
        assert family * paired(rng.normal(9, 1, n), family).p <= 0.05, "it can reject"
    for family, n in ((1, 2), (1, 5), (6, 7), (1, 13)):
        assert not paired(rng.normal(9, 1, n), family).exact


def test_equal_differences_are_no_proof_below_six_seeds():
    for n in (2, 3, 5):
        found = paired(np.full(n, 20.0))
        assert found.exact and found.p == 2.0 ** (1 - n) > 0.05
        assert np.isnan([found.p_t, found.low, found.high]).all()
    assert paired(np.full(6, 20.0)).p <= 0.05 and paired(np.full(40, 20.0)).p <= 0.05
    for n in (2, 6, 40):
        assert paired(np.zeros(n)).p == 1


def test_one_difference_is_no_test():
    with pytest.raises(ValueError, match="a test takes at least 2 seeds, not 1"):
        paired([0.5])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([[0.5, 0.6], [0.03, 0.01]]) == pytest.approx(np.array([[1, 1], [0.03, 0.02]]))
    assert holm([0.2]).tolist() == [0.2] and holm([]).tolist() == []


NOISE = {
    "normal": lambda rng, size: rng.normal(size=size),
    "heavy": lambda rng, size: rng.standard_t(2, size),
    "very heavy": lambda rng, size: rng.standard_cauchy(size),
    "skewed": lambda rng, size: rng.lognormal(0, 1.5, size),
    "labels in batches": lambda rng, size: 20.0 * rng.integers(0, 10, size),
}


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("n", [2, 3, 5, 6, 7, 10, 15])
def test_equals_are_seldom_told_apart(n, noise):
    rng, tries = np.random.default_rng(n), 1000
    scores = NOISE[noise](rng, (tries, 7, n))
    differences = scores[:, :6] - scores[:, 6:]
    alone = paired(differences[:, 0], rounding=1e-9).p <= 0.05
    assert alone.mean() <= rarer_than(0.05, tries)
    family = holm(paired(differences, 6, rounding=1e-9).p) <= 0.05
    assert family.any(axis=1).mean() <= rarer_than(0.05, tries), "six strategies against one control"


@pytest.mark.parametrize("n", [3, 5, 6, 8, 10, 15])
def test_intervals_of_differences_cover(n):
    rng, tries = np.random.default_rng(n), 2000
    found = paired(rng.normal(0.3, 1, (tries, n)))
    missed = 1 - ((found.low <= 0.3) & (found.high >= 0.3)).mean()
    stated = 2 * (0.025 * 2**n // 1) / 2**n if found.exact.all() else 0.05  # sign flips come in steps
    assert abs(missed - stated) <= rarer_than(0.05, tries) - 0.05


def test_differences_are_found():
    rng = np.random.default_rng(0)

    def power(n, effect, family=1):
        return (family * paired(rng.normal(effect, 1, (1000, n)), family).p <= 0.05).mean()

    assert power(5, 2) > 0.85 and power(6, 2) > 0.8 and power(10, 1) > 0.75 and power(15, 1) > 0.9
    assert power(10, 2, family=6) > 0.95


# Verdicts


def test_sentences():
    mine, bar = needing("m", 500, 520, 540, 500, 540), needing("r", 980, 940, 1000, 960, 1020, end=1200)
    titles = {"m": "diverse margin", "r": "random"}
    found = verdict(mine, bar, LabelsTo(0.85), titles)
    assert found.sentence == "Diverse margin needs 520 labels for 0.85, random 980; 5 of 5 seeds agree."
    assert (found.outcome, found.means, found.difference, found.test) == ("better", (520, 980), -460, "t")
    assert not found.bound and set(TESTS) == {"t", "permutation"}
    assert verdict(bar, mine, LabelsTo(0.85), titles).outcome == "worse"

    found = verdict(scored("e", 0.81, 0.802, 0.80), scored("r", 0.80, 0.80, 0.80), Area())
    assert found.sentence == (
        "E and r are not distinguishable between 20 and 100 labels: +0.4 points (95%: -0.9 to +1.7), 3 seeds."
    )
    found = verdict(scored("e", 0.9, 0.92, 0.91), scored("r", 0.80, 0.81, 0.82), ScoreAt(), {"e": "entropy"})
    assert found.sentence == (
        "Entropy is better than r at 100 labels: +10.0 points (95%: +7.5 to +12.5); 3 of 3 seeds agree."
    )
    found = verdict(scored("e", 0.9, 0.92, 0.91), scored("r", 0.80, 0.81, 0.82), ScoreAt(less_is_better=True))
    assert found.outcome == "worse" and "E is worse than r" in found.sentence


def test_small_numbers_keep_their_sign():
    gains = [0.0002, 0.0003, 0.0004, 0.0003]
    found = verdict(scored("a", *(0.8 + np.array(gains))), scored("b", *[0.8] * 4), ScoreAt())
    assert "A is better than b at 100 labels: +0.03 points (95%: +0.02 to +0.04)" in found.sentence


def test_one_seed_gives_no_verdict():
    for one, other in (
        (scored("a", 0.9), scored("b", 0.5)),
        (scored("a", 0.9, 0.8), [flat("b", 1, 0.5), flat("b", 2, 0.5)]),
        (scored("a", 0.9, 0.8), [flat("b", 0, 0.5), flat("b", 1, 0.5, labels=())]),
    ):
        for measure in (Area(), ScoreAt(), LabelsTo(0.7)):
            found = verdict(one, other, measure)
            assert (found.outcome, found.n, found.test) == (None, 1, None) and math.isnan(found.p)
            assert found.sentence == (
                "No verdict on a and b: both were measured on 1 seed, and it takes at least 2 "
                "(6 for a test that assumes next to nothing)."
            )
    found = verdict(scored("a", 0.9), [flat("b", 3, 0.5)], Area())
    assert found.n == 0 and "on 0 seeds" in found.sentence and math.isnan(found.difference)


def test_runs_that_cannot_be_compared_are_not_told_that_seeds_lack():
    one = [flat("a", seed, 0.5, labels=(10, 20)) for seed in range(3)]
    other = [flat("b", seed, 0.5, labels=(50, 60)) for seed in range(3)]
    found = verdict(one, other, Area())
    assert (found.outcome, found.n) == (None, 0)
    assert "of the 3 seeds that both have none can be compared" in found.sentence


def test_runs_that_did_not_get_there_are_not_told_to_be_equal():
    one, other = needing("a", 900, None, None), needing("b", None, None, None)
    found = verdict(one, other, LabelsTo(0.85))
    assert found.outcome == "not distinguishable" and found.bound
    assert found.sentence.endswith("; runs that did not get there count to their end.")


def test_ties_are_not_distinguishable():
    for n in (2, 5, 8, 14):
        found = verdict(scored("a", *[0.3] * n), scored("b", *[0.1 + 0.2] * n), Area())
        assert (found.outcome, found.p, found.difference) == ("not distinguishable", 1, 0)
        assert (found.effect, found.agree) == (0, 0)
        assert found.sentence == (
            f"A and b are not distinguishable between 20 and 100 labels: equal on all {n} seeds."
        )
    found = verdict(needing("a", 200, 200, 200), needing("b", 220, 220, 220), LabelsTo(0.85))
    assert found.outcome == "not distinguishable" and math.isnan(found.effect)
    assert found.sentence == (
        "A and b are not distinguishable for 0.85: -20 labels on each of 3 seeds, and it takes 6 to rule out "
        "chance."
    )


def test_runs_that_never_get_there_count_to_their_end():
    one, other = needing("a", 180, 200, 220, 210), needing("b", None, 900, None, 880)
    found = verdict(one, other, LabelsTo(0.85))
    assert found.outcome == "better" and found.bound and found.means == (205, pytest.approx(945))
    assert "A needs 205 labels for 0.85, b at least 945" in found.sentence
    # The one ended before the other got there: nobody knows which would have been first.
    found = verdict(needing("a", *[None] * 8, end=200), needing("b", *[500] * 8), LabelsTo(0.85))
    assert found.outcome == "not distinguishable" and found.difference == 0
    assert found.sentence == "Neither a nor b reaches 0.85 with the labels that both spent, 8 seeds."
    found = verdict(needing("a", None, None, None), needing("b", 300, 900, 960), LabelsTo(0.85))
    assert found.sentence.startswith("A and b are not distinguishable for 0.85: +280 labels (95%: ")
    found = verdict(needing("a", 200, None, 300), needing("b", 300, 400, None), LabelsTo(0.85))
    assert found.outcome == "not distinguishable"
    assert found.sentence.endswith("3 seeds; runs that did not get there count to their end.")


def test_no_pair_differs_by_more_than_was_seen():
    def pair(one, end, other, other_end):
        return tuple(LabelsTo(0.85).pair(*needing("a", one, end=end), *needing("b", other, end=other_end)))

    assert pair(100, 200, 500, 600) == (100, 500, False, False)
    assert pair(100, 200, None, 600) == (100, 600, False, True)
    assert pair(None, 200, 200, 600) == (200, 200, True, False), "it got there just then"
    assert pair(None, 200, 500, 600) == (200, 200, True, True)
    assert pair(None, 200, None, 600) == (200, 200, True, True)


def test_a_difference_of_rounding_agrees_with_nobody():
    found = verdict(scored("a", 0.1 + 0.2, 0.32, 0.33), scored("b", 0.3, 0.3, 0.3), ScoreAt())
    assert found.agree == 2


@pytest.mark.parametrize("labels", [(), (20,), (20, 20)])
@pytest.mark.parametrize("measure", [Area(), ScoreAt(), LabelsTo(0.7), Area(5, 10), ScoreAt(1000)])
def test_degenerate_curves_give_no_claim(labels, measure):
    one = [flat("a", s, 0.5, labels=labels) for s in range(7)]
    other = [flat("b", s, nan if s < 6 else 0.5) for s in range(7)]
    for found in (*verdicts([*one, *other], "b", measure).values(), verdict(other, one, measure)):
        assert found.outcome in (None, "not distinguishable") and found.sentence


def test_a_family_holds_together():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.01, (8, 9))
    curves = [c for g in range(7) for c in scored(f"s{g}", *(0.8 + 0.05 * (g == 0) + noise[g]))]
    curves += scored("control", *(0.8 + noise[7]))
    found = verdicts(curves, "control", Area())
    assert list(found) == [f"s{g}" for g in range(7)]
    assert [v.outcome for v in found.values()] == ["better"] + ["not distinguishable"] * 6
    raw = [v.p_permutation for v in found.values()]
    assert [v.p for v in found.values()] == pytest.approx(holm(raw).tolist())
    assert {(v.test, v.family) for v in found.values()} == {("permutation", 7)}
    assert "95% by itself" in found["s0"].sentence
    extra = verdicts([*curves, flat("once", 0, 0.9)], "control", Area())
    assert extra["once"].outcome is None and same(extra["s0"], found["s0"]), "it is no comparison"
    assert verdicts(curves, "nobody", Area())["s0"].n == 0 and verdicts([], "control", Area()) == {}


def test_a_claim_that_the_family_takes_back_says_so():
    curves = [*scored("a", 0.811, 0.825, 0.84), *scored("b", 0.8, 0.81, 0.8), *scored("c", 0.8, 0.8, 0.81)]
    curves += scored("control", 0.8, 0.81, 0.82)
    alone = verdict(curves[:3], curves[-3:], Area())
    assert alone.outcome == "better"
    found = verdicts(curves, "control", Area())["a"]
    assert found.outcome == "not distinguishable" and found.p > 0.05 > found.p_t and found.low > 0
    assert "not distinguishable among 3 comparisons" in found.sentence and "by itself" in found.sentence


def test_what_is_not_two_groups_is_refused():
    for one, other in (([], scored("a", 1)), (scored("a", 1), scored("a", 1))):
        with pytest.raises(ValueError, match="a verdict is on two groups"):
            verdict(one, other, Area())


values = st.lists(st.tuples(*[st.integers(0, 1000).map(lambda k: k / 1000)] * 4), min_size=2, max_size=8)
measures = st.sampled_from([Area(), ScoreAt(), Area(30, 50), ScoreAt(50)])


def sloped(rows, shift=0.0):
    one = [Curve("a", s, LABELS, np.linspace(r[0], r[1], 10) + shift) for s, r in enumerate(rows)]
    other = [Curve("b", s, LABELS, np.linspace(r[2], r[3], 10) + shift) for s, r in enumerate(rows)]
    return one, other


@settings(deadline=None)
@given(values, measures | st.just(LabelsTo(0.5)))
def test_swapped_groups_swap_the_sign(rows, measure):
    one, other = sloped(rows)
    found, swapped = verdict(one, other, measure), verdict(other, one, measure)
    assert swapped.difference == -found.difference and swapped.agree == found.agree
    assert (swapped.p, swapped.p_t, swapped.p_permutation) == pytest.approx(
        (found.p, found.p_t, found.p_permutation), nan_ok=True
    )
    ends = (-found.high, -found.low, -found.effect)
    assert (swapped.low, swapped.high, swapped.effect) == pytest.approx(ends, nan_ok=True)
    mirror = {"better": "worse", "worse": "better"}
    assert swapped.outcome == mirror.get(found.outcome, found.outcome)


@settings(deadline=None)
@given(values, measures, st.integers(-5, 5))
def test_a_constant_on_both_changes_nothing(rows, measure, shift):
    found, shifted = verdict(*sloped(rows), measure), verdict(*sloped(rows, float(shift)), measure)
    assert shifted.outcome == found.outcome and shifted.agree == found.agree
    told = [(v.difference, v.low, v.high, v.p, v.p_permutation) for v in (found, shifted)]
    assert told[1] == pytest.approx(told[0], abs=1e-9, nan_ok=True)


@settings(deadline=None)
@given(values, measures | st.just(LabelsTo(0.5)), st.randoms(use_true_random=False))
def test_the_order_of_curves_does_not_matter(rows, measure, random):
    one, other = sloped(rows)
    curves = [*one, *other, *(replace(curve, group="c") for curve in other)]
    found = verdicts(curves, "b", measure)
    random.shuffle(curves)
    mixed = verdicts(curves, "b", measure)
    assert all(same(found[group], mixed[group]) for group in ("a", "c"))
    assert found["c"].outcome == "not distinguishable" and found["c"].p == 1


def test_simulated_histories():
    """Whole runs with seeds that share their difficulty: equals seldom differ, a true gain is found."""
    rng, tries = np.random.default_rng(5), 200
    rise = 0.9 - 0.4 * np.exp(-LABELS / 80)

    def runs(group, gain):
        noise = rng.normal(0, 0.01, 5)[:, None] + rng.normal(0, 0.01, (5, len(LABELS)))
        return [Curve(group, s, LABELS, rise + gain + hard[s] + noise[s]) for s in range(5)]

    claimed, found, covered = 0, 0, 0
    for _ in range(tries):
        hard = rng.normal(0, 0.05, 5)
        curves = [*runs("control", 0.0), *runs("same", 0.0), *runs("ahead", 0.03)]
        said = verdicts(curves, "control", Area())
        claimed += said["same"].outcome != "not distinguishable"
        found += said["ahead"].outcome == "better"
        covered += said["ahead"].low <= 0.03 <= said["ahead"].high
    assert claimed / tries <= rarer_than(0.05, tries)
    assert found / tries > 0.7, "2.1 sd of a seed's difference, at 2.5 %"
    assert abs(covered / tries - 0.95) <= rarer_than(0.05, tries) - 0.05


def test_the_effect_is_hedges():
    d = np.array([0.01, 0.03, 0.02, 0.05])
    found = verdict(scored("a", *(0.8 + d)), scored("b", *[0.8] * 4), Area())
    assert found.effect == pytest.approx(d.mean() / d.std(ddof=1) * 0.7236, rel=1e-4)
    assert math.isnan(verdict(scored("a", 0.8, 0.9), scored("b", 0.7, 0.7), Area()).effect)


def test_pages_do_not_wait_for_scipy():
    code = "import sys, al_core.evaluation.verdicts; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
