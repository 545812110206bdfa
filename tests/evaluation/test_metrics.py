from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, confusion_matrix, f1_score, log_loss

from al_core.evaluation.metrics import BINS, Bin, Metrics, measure


@given(st.integers(2, 6), st.integers(1, 80), st.integers(0, 2**31))
def test_against_scikit_learn(classes, n, seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(classes), n)
    y = rng.integers(0, classes, n).astype(np.int32)
    found = measure(p, y)
    np.testing.assert_array_equal(
        found.confusion, confusion_matrix(y, p.argmax(1), labels=list(range(classes)))
    )
    assert found.loss == pytest.approx(
        log_loss(y, np.clip(p, 1e-7, 1), labels=list(range(classes))), rel=1e-4
    )
    average = "binary" if classes == 2 else "macro"
    f1 = f1_score(y, p.argmax(1), labels=list(range(classes)), average=average, zero_division=0)
    assert found.f1 == pytest.approx(f1)
    assert sum(found.missed) == sum(found.wrongly_given) == round((1 - found.accuracy) * n)
    brier = brier_score_loss(y, p[:, 1] if classes == 2 else p, labels=list(range(classes)))
    assert found.brier == pytest.approx(brier, abs=1e-12)
    assert Metrics.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@given(st.integers(2, 6), st.integers(1, 80), st.integers(0, 2**31), st.sampled_from([0.02, 1.0, 50.0]))
def test_bins_hold_every_text_once_and_the_calibration_error_is_their_mean_gap(classes, n, seed, sharp):
    rng = np.random.default_rng(seed)
    p = np.vstack(
        [rng.dirichlet(np.full(classes, sharp), n), np.eye(classes)[:1], np.full(classes, 1 / classes)]
    )
    p = np.nan_to_num(p, nan=1 / classes)
    y = rng.integers(0, classes, n + 2).astype(np.int32)
    found = measure(p, y)
    assert sum(each.n for each in found.reliability) == n + 2 and len(found.reliability) <= BINS
    assert all(each.n > 0 and 0 <= each.right <= 1 for each in found.reliability)
    means = [each.probability for each in found.reliability]
    assert means == sorted(means) and means[0] >= 1 / classes - 1e-9 and means[-1] <= 1 + 1e-9
    width = (1 - 1 / classes) / BINS
    assert np.diff(np.floor((np.array(means[1:-1]) - 1 / classes) / width + 1e-9)).all(), "one mean a bin"
    share = sum(each.n * each.right for each in found.reliability) / (n + 2)
    assert share == pytest.approx(found.accuracy)
    gap = sum(each.n * abs(each.probability - each.right) for each in found.reliability) / (n + 2)
    assert found.ece == pytest.approx(gap) and found.to_dict()["ece"] == found.ece


def test_the_record_of_reliability_by_hand():
    p = np.array([[0.49, 0.51], [0.52, 0.48], [0.0, 1.0], [0.96, 0.04]])
    found = measure(p, np.array([1, 1, 1, 1]))
    assert [(each.n, each.right) for each in found.reliability] == [(2, 0.5), (2, 0.5)]
    assert found.reliability[0].probability == pytest.approx(0.515)
    assert found.ece == pytest.approx((2 * 0.015 + 2 * 0.48) / 4)


def test_metrics_stored_before_there_were_bins_are_read():
    old = {"n": 4, "accuracy": 0.75, "loss": 0.3, "fn": 1, "fp": 0, "confusion": [[2, 0], [1, 1]]}
    found = Metrics.from_dict(old | {"fn_rate": 0.5, "fp_rate": 0.0})
    assert (found.brier, found.reliability, found.ece) == (None, (), None)
    assert found == Metrics(4, 0.75, 0.3, 1, 0, ((2, 0), (1, 1)))
    assert Metrics.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert Bin(1, 0.5, 1.0) == (1, 0.5, 1.0)


def test_two_classes_count_positives():
    p = np.array([[0.2, 0.8], [0.7, 0.3], [0.5, 0.5], [0.1, 0.9]])
    found = measure(p, np.array([1, 1, 1, 0]))
    assert (found.fn, found.fp) == (2, 1), "a tie is a negative, as with p > 0.5"
    assert found.fn_rate == pytest.approx(2 / 3) and found.fp_rate == 1.0


def test_copies_are_measured_apart():
    p = np.array([[0.2, 0.8], [0.7, 0.3], [0.5, 0.5], [0.1, 0.9]])
    labels, copies = np.array([1, 1, 1, 0]), np.array([True, True, False, False])
    found = replace(measure(p, labels, copies), first=((7, 1), (9, 0)))
    assert (found.accuracy, found.seen, found.unseen) == (0.25, 0.5, 0.0)
    assert Metrics.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    every = measure(p, labels, np.ones(4, bool))
    assert (every.seen, every.unseen) == (0.25, None)
    plain = measure(p, labels)
    assert (plain.seen, plain.unseen) == (None, None)
    before = {key: value for key, value in found.to_dict().items() if key not in ("seen", "unseen", "first")}
    assert Metrics.from_dict(before) == plain


def test_bad_input():
    with pytest.raises(ValueError, match="NaN"):
        measure(np.array([[np.nan, 1.0]]), np.array([0]))
    with pytest.raises(ValueError, match="empty"):
        measure(np.empty((0, 2)), np.empty(0, int))
