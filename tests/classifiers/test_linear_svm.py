"""The linear SVM: scikit-learn's decisions, and probabilities that one may believe."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from al_core.classifiers import REGISTRY
from al_core.classifiers.base import Examples, FitHooks
from al_core.evaluation.metrics import measure

QUIET = FitHooks(lambda texts: None, lambda epoch: None)


def data(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes that overlap, so that nobody can be sure."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n).astype(np.int32)
    return rng.normal(size=(n, 10)) + 0.8 * np.eye(10)[y], y


def fitted(x: object, y: np.ndarray, classes: int, **settings: object):
    model = REGISTRY["linear_svm"].create(settings)
    model.prepare(10, classes, 10)
    model.fit(Examples(x, y), Examples(x, y), lambda *_: 0, QUIET, keep_best=False, resume=False)
    return model


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("balanced", [False, True])
def test_decisions_are_those_of_scikit_learn(classes, balanced):
    x, y = data(300, classes, 0)
    theirs = LinearSVC(C=1.0, class_weight="balanced" if balanced else None, max_iter=10_000, random_state=0)
    ours = fitted(x, y, classes, balanced=balanced).predict_proba(x).argmax(axis=1)
    np.testing.assert_array_equal(ours, theirs.fit(x, y).predict(x))
    sparse = fitted(csr_matrix(x), y, classes, balanced=balanced).predict_proba(csr_matrix(x))
    np.testing.assert_array_equal(sparse.argmax(axis=1), ours)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_temperature_is_close_to_the_best_one_on_texts_not_seen(classes):
    (x, y), (new, truth) = data(400, classes, 1), data(4000, classes, 2)
    found = fitted(x, y, classes).predict_proba(new)
    losses = []
    for factor in (0.25, 0.5, 1.0, 2.0, 4.0):
        powers = found**factor
        losses.append(measure(powers / powers.sum(axis=1, keepdims=True), truth).loss)
    assert losses[2] < min(losses) + 0.02, "neither hotter nor colder is much better"
    sure = found.max(axis=1)
    assert abs(sure.mean() - (found.argmax(axis=1) == truth).mean()) < 0.05


def test_a_class_with_one_label_leaves_the_decisions_as_they_are():
    x, y = data(30, 2, 3)
    y[:] = 0
    y[0] = 1
    assert np.isfinite(fitted(x, y, 2).predict_proba(x)).all()
