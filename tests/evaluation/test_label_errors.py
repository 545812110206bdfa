"""Confident learning: by hand, against the definition written out, and on labels spoilt on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.evaluation.label_errors import Suspect, estimated_joint, label_errors


def by_definition(p, labels):
    """Thresholds, confident joint and suspects, text by text."""
    n_classes = p.shape[1]
    thresholds = [p[labels == c, c].mean() if (labels == c).any() else None for c in range(n_classes)]
    counts = np.zeros((n_classes, n_classes), dtype=int)
    suspects = []
    for row, (mine, i) in enumerate(zip(p, labels, strict=True)):
        over = [c for c, t in enumerate(thresholds) if t is not None and mine[c] >= t - 1e-9]
        if not over:
            continue
        best = max(mine[c] for c in over)
        tied = [c for c in over if mine[c] == best]
        j = int(i) if i in tied else tied[0]
        counts[i, j] += 1
        if i != j:
            suspects.append((mine[i] - max(np.delete(mine, i)), row, int(i), j))
    return thresholds, counts, sorted(suspects)


@st.composite
def cases(draw):
    n_classes = draw(st.integers(1, 4))
    n = draw(st.integers(0, 12))
    # Few values, so that ties are common.
    cells = st.lists(st.integers(1, 4), min_size=n_classes, max_size=n_classes)
    weights = np.array([draw(cells) for _ in range(n)], dtype=float).reshape(n, n_classes)
    labels = [draw(st.integers(0, n_classes - 1)) for _ in range(n)]
    return weights / weights.sum(axis=1, keepdims=True), np.array(labels, dtype=np.int32)


@given(cases())
def test_it_is_the_definition(case):
    p, labels = case
    found = label_errors(p, labels)
    thresholds, counts, suspects = by_definition(p, labels)
    for mine, other in zip(found.thresholds, thresholds, strict=True):
        assert mine is None if other is None else mine == pytest.approx(other)
    assert np.array_equal(found.confident, counts)
    assert [(each.row, each.given, each.likely) for each in found.suspects] == [
        tuple(each[1:]) for each in suspects
    ]
    assert [each.margin for each in found.suspects] == pytest.approx([each[0] for each in suspects])


@given(cases())
def test_the_joint_shares_out_all_labels(case):
    p, labels = case
    found = label_errors(p, labels)
    n_classes = p.shape[1]
    if len(labels):
        given_shares = np.bincount(labels, minlength=n_classes) / len(labels)
        assert np.sum(found.joint, axis=1) == pytest.approx(given_shares)
    assert 0 <= found.noise <= 1 + 1e-12
    assert all(-1 <= each.margin <= 1 and each.given != each.likely for each in found.suspects)


def test_by_hand():
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7], [0.05, 0.95]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    found = label_errors(p, labels)
    assert found.thresholds == pytest.approx((0.6, 0.85))
    assert found.confident == ((2, 0), (0, 2)), "0.8 for class 1 is less than its own labels have"
    p[2] = [0.1, 0.9]
    found = label_errors(p, labels)
    assert found.confident == ((2, 1), (0, 2))
    assert found.suspects == (Suspect(2, 0, 1, pytest.approx(-0.8)),)
    assert np.array(found.joint) == pytest.approx(np.array([[2, 1], [0, 3]]) / 6)
    assert found.noise == pytest.approx(1 / 6)


def test_the_papers_joint():
    # Northcutt, Jiang & Chuang 2021, figure 1: dog, fox and cow.
    confident = np.array([[100, 40, 20], [56, 60, 0], [32, 12, 80]])
    found = estimated_joint(confident, confident.sum(axis=1))
    assert found == pytest.approx(np.array([[0.25, 0.1, 0.05], [0.14, 0.15, 0.0], [0.08, 0.03, 0.2]]))


def test_a_row_is_scaled_to_its_labels():
    found = estimated_joint(np.array([[3, 1], [0, 0]]), np.array([80, 20]))
    assert found == pytest.approx(np.array([[0.6, 0.2], [0.0, 0.2]]))


def test_no_text_is_confident_in_a_class_without_labels():
    p = np.array([[0.1, 0.1, 0.8], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]])
    found = label_errors(p, np.array([0, 0, 1]))
    assert found.thresholds[2] is None
    assert np.sum(found.confident, axis=0)[2] == 0
    assert found.suspects == ()


def test_one_label_per_class_is_its_own_threshold():
    p = np.array([[0.6, 0.4], [0.2, 0.8]])
    found = label_errors(p, np.array([0, 1]))
    assert found.thresholds == (0.6, 0.8)
    assert found.confident == ((1, 0), (0, 1)) and found.suspects == ()


def test_equal_probabilities_accuse_nobody():
    p = np.full((7, 3), 1 / 3)
    labels = np.array([0, 1, 2, 0, 1, 2, 2])
    found = label_errors(p, labels)
    assert found.suspects == () and found.noise == 0
    # The mean of seven times 0.1 is rounded up.
    rounded = label_errors(np.tile([0.1, 0.9], (7, 1)), np.zeros(7, dtype=int))
    assert rounded.confident == ((7, 0), (0, 0))


def test_equal_margins_go_by_row():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.9, 0.1]])
    found = label_errors(p, np.array([0, 0, 0, 1, 1, 1]))
    assert [each.row for each in found.suspects] == [2, 5]


def test_a_rare_class_may_be_suspected_though_another_is_more_probable():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.7, 0.3]])
    found = label_errors(p, np.array([0, 0, 0, 1]))
    assert found.suspects == (Suspect(2, 0, 1, pytest.approx(0.2)),)


def test_nothing_to_check():
    found = label_errors(np.empty((0, 3)), np.empty(0, dtype=int))
    assert found.suspects == () and found.noise == 0
    assert found.thresholds == (None, None, None)


@pytest.mark.parametrize(
    ("p", "labels", "told"),
    [
        (np.ones(3), np.zeros(3, dtype=int), r"\(n, classes\)"),
        (np.ones((3, 2)), np.zeros(2, dtype=int), r"not \(3, 2\) and \(2,\)"),
        (np.array([[np.nan, 1.0]]), np.array([0]), "NaN"),
        (np.array([[0.5, 0.5]]), np.array([2]), "classes from 0 to 1, not 2 to 2"),
        (np.array([[0.5, 0.5]]), np.array([-1]), "classes from 0 to 1, not -1 to -1"),
    ],
)
def test_what_does_not_fit_is_refused(p, labels, told):
    with pytest.raises(ValueError, match=told):
        label_errors(p, labels)


def test_labels_spoilt_on_purpose_are_found():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    rng = np.random.default_rng(0)
    true = rng.integers(3, size=600)
    x = np.eye(3)[true] * 4 + rng.normal(size=(600, 3))
    spoilt = rng.random(600) < 0.1
    labels = np.where(spoilt, (true + rng.integers(1, 3, size=600)) % 3, true)
    p = cross_val_predict(LogisticRegression(), x, labels, cv=5, method="predict_proba")
    found = label_errors(p, labels)
    assert found.noise == pytest.approx(spoilt.mean(), abs=0.02)
    rows = [each.row for each in found.suspects]
    assert spoilt[rows].mean() > 0.9
    # Of the texts near a border nobody is confident in anything, and their errors stay.
    assert spoilt[rows].sum() > 0.75 * spoilt.sum()
    assert spoilt[rows[:40]].all(), "the surest come first"
    assert np.mean([each.likely == true[each.row] for each in found.suspects]) > 0.9
