"""Estimates from labels drawn at random: published intervals, coverage, and what must always hold."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.evaluation.estimates import (
    Difference,
    InPool,
    class_shares,
    estimate,
    in_pool,
    of_confusion,
    paired_difference,
    wilson,
)
from al_core.evaluation.metrics import measure

drawn = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_published(hits, n, low, high):
    found = wilson(hits, n)
    assert found.value == hits / n
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(drawn, st.floats(0.5, 0.999))
def test_wilson_is_scipys(counts, confidence):
    from scipy.stats import binomtest

    hits, n = counts
    if n:
        found = wilson(hits, n, confidence)
        theirs = binomtest(hits, n).proportion_ci(confidence, method="wilson")
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_no_text_is_unknown_not_zero():
    found = wilson(0, 0)
    assert found.value is None
    assert (found.low, found.high) == (0, 1)
    assert in_pool(found, 500) == InPool(500, None, 0, 500)


@given(drawn)
def test_an_interval_holds_its_share_and_mirrors(counts):
    hits, n = counts
    found, mirror = wilson(hits, n), wilson(n - hits, n)
    assert 0 <= found.low < found.high <= 1
    assert found.value is None or found.low <= found.value <= found.high
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize(("hits", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_what_is_no_share_is_refused(hits, n):
    with pytest.raises(ValueError, match=f"{hits} of {n} texts is no share"):
        wilson(hits, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_what_is_no_confidence_is_refused(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence)


@given(drawn, st.integers(0, 5000))
def test_a_pool_holds_what_was_seen(counts, more):
    hits, n = counts
    pool = n + more
    found = in_pool(wilson(hits, n), pool)
    assert hits <= found.low <= found.high <= pool - (n - hits)
    if found.expected is not None:
        assert found.low <= found.expected <= found.high
        assert found.expected == pytest.approx(hits / n * pool)
    if n == pool:
        assert found.low == found.high == hits


def test_a_large_pool_is_as_sampling_with_replacement():
    share = wilson(15, 148)
    found = in_pool(share, 1_000_000)
    assert found.expected == pytest.approx(101_351, abs=1)
    assert found.low == pytest.approx(share.low * 1_000_000, rel=1e-3)
    assert found.high == pytest.approx(share.high * 1_000_000, rel=1e-3)


def test_more_drawn_than_there_are_is_refused():
    with pytest.raises(ValueError, match="30 texts cannot have been drawn from a pool of 20"):
        in_pool(wilson(3, 30), 20)


@pytest.mark.parametrize(("pool", "n"), [(100, 20), (100, 60), (1000, 100)])
def test_counts_in_a_pool_cover_the_truth(pool, n):
    from scipy.stats import hypergeom

    ends = [in_pool(wilson(hits, n), pool) for hits in range(n + 1)]
    coverage = [
        sum(
            hypergeom.pmf(hits, pool, true, n)
            for hits, each in enumerate(ends)
            if each.low <= true <= each.high
        )
        for true in range(0, pool + 1, pool // 50)
    ]
    assert np.mean(coverage) > 0.95
    assert min(coverage) > 0.88, "Wilson's own dips, for rare classes"


def test_errors_by_hand():
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    predicted = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 1])
    found = estimate(predicted, labels, 2)
    assert found.n == 10 and found.confusion == ((4, 2), (1, 3))
    assert found.accuracy == wilson(7, 10)
    assert found.fn == wilson(1, 4)
    assert found.fp == wilson(2, 6)
    assert found.missed_in(1000)[1] == in_pool(wilson(1, 10), 1000)
    assert found.wrongly_given_in(1000)[1] == in_pool(wilson(2, 10), 1000)
    assert found.missed_in(1000)[1].expected == pytest.approx(100)


def test_no_positive_drawn_leaves_the_miss_rate_unknown():
    found = estimate(np.array([0, 0, 1]), np.array([0, 0, 0]), 2)
    assert found.fn is not None and found.fn.value is None
    assert found.fp == wilson(1, 3)


def test_nothing_drawn_is_all_unknown():
    nothing = np.array([], dtype=np.int64)
    found = estimate(nothing, nothing, 3)
    assert found.n == 0 and found.accuracy.value is None
    assert all(each.value is None for each in (*found.missed, *found.wrongly_given))
    assert all(each.value is None for each in class_shares(nothing, 3))
    assert all(each == InPool(9, None, 0, 9) for each in found.missed_in(9))


@given(st.integers(2, 4), st.data())
def test_estimates_are_the_metrics(n_classes, data):
    classes = st.integers(0, n_classes - 1)
    rows = data.draw(st.lists(st.tuples(classes, classes), min_size=1, max_size=40))
    predicted, labels = np.array(rows, dtype=np.int32).T
    found = estimate(predicted, labels, n_classes)
    metrics = measure(np.eye(n_classes)[predicted], labels)
    assert found.confusion == metrics.confusion
    assert found.accuracy.value == metrics.accuracy
    assert tuple(each.hits for each in found.missed) == metrics.missed
    assert tuple(each.hits for each in found.wrongly_given) == metrics.wrongly_given
    if n_classes == 2:
        assert found.fn is not None and found.fp is not None
        assert (found.fn.hits, found.fp.hits) == (metrics.fn, metrics.fp)
        assert (found.fn.value or 0, found.fp.value or 0) == (metrics.fn_rate, metrics.fp_rate)
    else:
        assert found.fn is None and found.fp is None


def test_shares_of_the_classes():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    alone, at_once = class_shares(labels, 4, simultaneous=False), class_shares(labels, 4)
    assert alone == tuple(wilson(hits, 100) for hits in (60, 30, 10, 0))
    assert at_once == tuple(wilson(hits, 100, 1 - 0.05 / 4) for hits in (60, 30, 10, 0))
    assert all(
        wide.low <= each.low and each.high < wide.high for each, wide in zip(alone, at_once, strict=True)
    )
    assert alone[3].high > 0, "a class not seen may be there"


def test_two_classes_need_no_wider_intervals():
    labels = np.array([0, 0, 1])
    assert class_shares(labels, 2) == class_shares(labels, 2, simultaneous=False)


def test_intervals_of_all_classes_hold_at_once():
    rng = np.random.default_rng(0)
    true = np.array([0.5, 0.25, 0.15, 0.1])
    held = 0
    for _ in range(500):
        found = class_shares(rng.choice(4, size=200, p=true), 4)
        held += all(each.low <= share <= each.high for each, share in zip(found, true, strict=True))
    assert held / 500 > 0.93


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 predictions cannot be compared with 1 labels"):
        estimate(np.array([0, 1]), np.array([0]), 2)
    with pytest.raises(ValueError, match="labels must be classes from 0 to 1, not -1 to 1"):
        estimate(np.array([0, 1]), np.array([-1, 1]), 2)
    with pytest.raises(ValueError, match="predictions must be classes from 0 to 1, not 0 to 2"):
        estimate(np.array([0, 2]), np.array([0, 1]), 2)
    with pytest.raises(ValueError, match="labels must be classes"):
        class_shares(np.array([3]), 3)


def pairs(both, better, worse, neither):
    """Return what two models get right of so many texts."""
    one = np.repeat([True, True, False, False], [both, better, worse, neither])
    return one, np.repeat([True, False, True, False], [both, better, worse, neither])


def test_a_paired_difference_by_hand():
    """Agresti & Min 2005: Wald's interval after half a text was added to each of the four cells."""
    found = paired_difference(*pairs(20, 9, 3, 8))
    assert found.value == pytest.approx(6 / 40)
    # (9.5 - 3.5) / 42, plus and minus 1.96 times sqrt(13 - 36 / 42) / 42.
    assert found.low == pytest.approx(6 / 42 - 1.959964 * 3.484660 / 42, abs=1e-6)
    assert found.high == pytest.approx(6 / 42 + 1.959964 * 3.484660 / 42, abs=1e-6)


def test_a_paired_difference_is_as_published():
    """Agresti, Categorical data analysis, section 10.1: two polls of 1,600; -0.04, from -0.06 to -0.02.

    So many texts that the half in each cell hardly counts.
    """
    found = paired_difference(*pairs(794, 86, 150, 570))
    assert found.value == pytest.approx(-0.04)
    assert (found.low, found.high) == pytest.approx((-0.0587, -0.0213), abs=2e-4)


def test_a_paired_difference_of_nothing_or_of_equals():
    none = np.empty(0, bool)
    assert paired_difference(none, none) == Difference(0.0, -1.0, 1.0)
    same = paired_difference(*pairs(30, 0, 0, 10))
    assert same.value == 0 and -0.1 < same.low < 0 < same.high < 0.1, "few texts do not prove it"
    with pytest.raises(ValueError, match="3 and 2 answers are not of the same texts"):
        paired_difference(np.ones(3, bool), np.ones(2, bool))


@given(st.tuples(*[st.integers(0, 30)] * 4))
def test_a_paired_difference_mirrors_and_stays_in_bounds(cells):
    one, other = pairs(*cells)
    found, mirror = paired_difference(one, other), paired_difference(other, one)
    assert (mirror.value, mirror.low, mirror.high) == pytest.approx((-found.value, -found.high, -found.low))
    assert -1 <= found.low < found.high <= 1
    wider = paired_difference(one, other, 0.99)
    assert wider.low <= found.low and found.high <= wider.high


@pytest.mark.parametrize("n", [20, 50, 100])
@pytest.mark.parametrize("shares", [(0.6, 0.1, 0.1, 0.2), (0.7, 0.2, 0.05, 0.05), (0.9, 0.04, 0.02, 0.04)])
def test_a_paired_difference_covers_the_truth(n, shares):
    drawn = np.random.default_rng(0).multinomial(n, shares, size=2000)
    true, held = shares[1] - shares[2], 0
    ends = {}
    for cells in map(tuple, drawn.tolist()):
        if cells not in ends:
            ends[cells] = paired_difference(*pairs(*cells))
        held += ends[cells].low <= true <= ends[cells].high
    assert held / 2000 > 0.93


def test_from_a_confusion_as_from_predictions():
    rng = np.random.default_rng(0)
    predicted, labels = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    confusion = np.zeros((3, 3), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    assert of_confusion(confusion) == estimate(predicted, labels, 3)
    two = of_confusion(np.array([[5, 2], [1, 7]]))
    assert (two.n, two.accuracy, two.fn, two.fp) == (15, wilson(12, 15), wilson(1, 8), wilson(2, 7))
    assert of_confusion(np.zeros((2, 2), np.int64)).accuracy == wilson(0, 0)


def test_nothing_heavy_is_imported():
    script = (
        "import sys, al_core.evaluation.estimates, al_core.evaluation.label_errors;"
        "print([m for m in ('scipy', 'sklearn', 'pandas', 'keras', 'tensorflow', 'streamlit')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
