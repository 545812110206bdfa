from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, log_loss

from al_core.evaluation.metrics import Metrics, measure


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
    assert Metrics.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_two_classes_count_positives():
    p = np.array([[0.2, 0.8], [0.7, 0.3], [0.5, 0.5], [0.1, 0.9]])
    found = measure(p, np.array([1, 1, 1, 0]))
    assert (found.fn, found.fp) == (2, 1), "a tie is a negative, as with p > 0.5"
    assert found.fn_rate == pytest.approx(2 / 3) and found.fp_rate == 1.0


def test_bad_input():
    with pytest.raises(ValueError, match="NaN"):
        measure(np.array([[np.nan, 1.0]]), np.array([0]))
    with pytest.raises(ValueError, match="empty"):
        measure(np.empty((0, 2)), np.empty(0, int))
