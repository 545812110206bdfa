"""Logistic regression: against scikit-learn, on sparse and dense rows, with classes missing."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random

from al_core import catalogue
from al_core.classifiers import REGISTRY, linear
from al_core.classifiers.base import Examples, FitHooks
from al_core.errors import BadInput
from al_core.presets import PRESETS

HOOKS = FitHooks(lambda texts: None, lambda epoch: None)


def examples(n=200, width=40, classes=3, seed=0) -> Examples:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n).astype(np.int32)
    x = random(n, width, 0.2, random_state=seed, dtype=np.float32).toarray()
    x[np.arange(n), labels] += rng.random(n).astype(np.float32)
    x[:, -5:] = 0  # words that no training text has
    return Examples(csr_matrix(x), labels)


def fitted(training: Examples, classes=3, **settings):
    classifier = REGISTRY["logistic"].create(settings)
    classifier.prepare(training.x.shape[1], classes, training.x.shape[1])
    classifier.fit(training, training, lambda purpose, epoch: 0, HOOKS, keep_best=False, resume=False)
    return classifier


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("balanced", [False, True])
def test_same_as_scikit_learn(classes, balanced):
    from sklearn.linear_model import LogisticRegression

    training, other = examples(classes=classes), examples(classes=classes, seed=1).x
    other = other + csr_matrix(random(*other.shape, 0.1, random_state=2, dtype=np.float32))
    theirs = LogisticRegression(C=3.0, class_weight="balanced" if balanced else None, max_iter=1000, tol=1e-8)
    expected = theirs.fit(training.x.astype(float), training.y).predict_proba(other.astype(float))
    found = fitted(training, classes, strength=3.0, balanced=balanced).predict_proba(other)
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_csr_and_dense_give_the_same():
    training = examples()
    dense = Examples(training.x.toarray(), training.y)
    sparse_one, dense_one = fitted(training), fitted(dense)
    expected = sparse_one.predict_proba(training.x)
    np.testing.assert_allclose(sparse_one.predict_proba(dense.x), expected, atol=1e-12)
    np.testing.assert_allclose(dense_one.predict_proba(dense.x), expected, atol=1e-4)
    assert (dense_one.predict_proba(dense.x).argmax(axis=1) == expected.argmax(axis=1)).all()


def test_blocks_do_not_show(monkeypatch):
    training = examples()
    classifier = fitted(training)
    whole = classifier.predict_proba(training.x)
    monkeypatch.setattr(linear, "PREDICT_BLOCK", 7)
    np.testing.assert_array_equal(classifier.predict_proba(training.x), whole)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_class_without_a_label_gets_its_share_by_the_rule_of_succession(missing):
    training = examples()
    kept = training.y != missing
    found = fitted(Examples(training.x[kept], training.y[kept])).predict_proba(training.x)
    np.testing.assert_allclose(found[:, missing], 1 / (kept.sum() + 3))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) != missing).all()
    two = fitted(Examples(training.x[kept], np.searchsorted([*{0, 1, 2} - {missing}], training.y[kept])), 2)
    share = found[:, [c for c in range(3) if c != missing]] / (1 - found[:, [missing]])
    np.testing.assert_allclose(share, two.predict_proba(training.x), atol=1e-9, err_msg="the order stays")


def test_one_class_and_none():
    training = examples()
    kept = np.flatnonzero(training.y == 2)[:5]
    found = fitted(Examples(training.x[kept], training.y[kept])).predict_proba(training.x)
    np.testing.assert_allclose(found, np.tile([1 / 8, 1 / 8, 6 / 8], (200, 1)))
    untaught = REGISTRY["logistic"].create({})
    untaught.prepare(40, 4, 40)
    np.testing.assert_allclose(untaught.predict_proba(training.x), 1 / 4)


def test_empty_training_texts_leave_the_shares_of_the_classes():
    empty = Examples(csr_matrix((4, 40), dtype=np.float32), np.array([0, 0, 0, 1], np.int32))
    np.testing.assert_allclose(fitted(empty, 2).predict_proba(empty.x), np.tile([0.75, 0.25], (4, 1)))


def test_embeddings_are_the_features_themselves():
    training = examples()
    assert fitted(training).embed(training.x) is training.x


@pytest.mark.alone
def test_many_columns_are_no_burden():
    rng = np.random.default_rng(0)
    x = csr_matrix(random(1000, 50_000, 0.005, random_state=0, dtype=np.float32))
    training = Examples(x, rng.integers(0, 2, 1000).astype(np.int32))
    fitted(training, 2)  # imports
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        classifier = fitted(training, 2)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.5
    state = classifier.state()
    assert sum(array.nbytes for array in state.values()) < 50_000 * 4 * 8 + 10_000


def test_a_config_must_join_features_and_a_model_that_reads_them():
    config = PRESETS["demo"].config.model_dump()
    config |= {"features": {"name": "tfidf"}, "classifier": {"name": "logistic"}}
    made = catalogue.validated(config)
    assert made.classifier.params == {"strength": 10.0, "balanced": False}
    assert (
        catalogue.validated(config | {"features": {"name": "tfidf_svd"}}).features.params["components"] == 200
    )
    with pytest.raises(
        BadInput, match=r"^Logistic regression cannot read Word numbers; choose .*TF-IDF.*\.$"
    ):
        catalogue.validated(config | {"features": {"name": "tokens"}})
    with pytest.raises(BadInput, match="needs several predictions with dropout"):
        catalogue.validated(config | {"strategy": {"name": "bald", "params": {"source": "dropout"}}})
