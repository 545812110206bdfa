"""Few dimensions: as good as scikit-learn's, whatever the machine."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_matrix, random
from sklearn.decomposition import TruncatedSVD

from al_core.features import reduction
from al_core.features.reduction import emphasised, reduced
from al_core.matrix import SideBySide, unit_rows


def topical(n: int = 600, words: int = 900, topics: int = 30) -> csr_matrix:
    """Return texts that are about a few of some topics, as TF-IDF rows would be."""
    rng = np.random.default_rng(0)
    about = rng.dirichlet(np.full(topics, 0.1), n) * np.linspace(1, 0.2, topics)
    rates = about @ rng.dirichlet(np.full(words, 0.05), topics) * 150
    return csr_matrix(unit_rows(csr_matrix(rng.poisson(rates).astype(np.float32))), dtype=np.float32)


def kept(x: csr_matrix, found: np.ndarray) -> float:
    """Return the share of the rows' squares that the columns of `found` can tell."""
    axes, _ = np.linalg.qr(found.astype(np.float64))
    return float(np.square(axes.T @ x.toarray()).sum() / x.power(2).sum())


@pytest.mark.parametrize("components", [5, 20, 60])
@pytest.mark.parametrize("dense", [False, True])
def test_as_much_is_kept_as_by_scikit_learn(components, dense):
    x = topical()
    found = reduced(x.toarray() if dense else x, np.arange(600), 3, components)
    exact = unit_rows(TruncatedSVD(components, algorithm="arpack", random_state=0).fit_transform(x))
    assert found.shape == (600, components) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert kept(x, found) > 0.98 * kept(x, exact)


def test_angles_are_those_of_the_svd():
    x = topical(topics=8)
    found = reduced(x, np.arange(600), 0, 8)
    exact = unit_rows(TruncatedSVD(8, algorithm="arpack", random_state=0).fit_transform(x))
    assert np.abs(found @ found.T - exact @ exact.T).max() < 0.05


def test_the_number_of_cores_changes_nothing(monkeypatch):
    x, found = topical(), []
    for cores in (1, 2, 7):
        monkeypatch.setattr(joblib, "cpu_count", lambda cores=cores: cores)
        found.append(reduced(x, np.arange(400), 1, 70))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_rows_that_were_not_fitted_find_their_place_and_the_order_of_fitting_does_not_count():
    x = topical()
    rows = np.random.default_rng(2).choice(600, 300, replace=False)
    found = reduced(x, rows, 1, 20)
    np.testing.assert_array_equal(found, reduced(x, np.sort(rows), 1, 20))
    changed = x.copy().tolil()
    outside = np.setdiff1d(np.arange(600), rows)
    changed[outside[0]] = x[outside[1]]
    again = reduced(csr_matrix(changed), rows, 1, 20)
    np.testing.assert_allclose(again[outside[0]], found[outside[1]], atol=1e-5)
    np.testing.assert_allclose(again[rows], found[rows], atol=1e-5)


def test_fewer_directions_than_components_leave_columns_of_zeros():
    x = csr_matrix(np.kron(np.eye(3), np.ones((20, 50))).astype(np.float32))
    found = reduced(x, np.arange(60), 0, 12)
    assert found.shape == (60, 12) and np.isfinite(found).all()
    np.testing.assert_allclose(found @ found.T, np.kron(np.eye(3), np.ones((20, 20))), atol=1e-3)
    assert reduced(x, np.arange(4), 0, 12).shape == (60, 4), "no more than fitted rows"


def test_nothing_at_all():
    found = reduced(csr_matrix((30, 400), dtype=np.float32), np.arange(30), 0, 12)
    np.testing.assert_array_equal(found, np.zeros((30, 12)))


def test_a_part_of_many_rows_is_enough(monkeypatch):
    monkeypatch.setattr(reduction, "MOST_FITTED", 200)
    x = topical()
    assert kept(x, reduced(x, np.arange(600), 0, 20)) > 0.9 * kept(x, reduced(x, np.arange(300), 0, 20))


def test_topics_beside_words_are_taken_as_they_are():
    words = csr_matrix(random(30, 500, 0.1, random_state=0, dtype=np.float32))
    topics = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    found = reduced(SideBySide(words, topics), np.arange(30), 0, 12)
    np.testing.assert_allclose(found, unit_rows(topics), atol=1e-6)
    without = reduced(SideBySide(words, topics * 0), np.arange(30), 0, 12)
    np.testing.assert_array_equal(without, reduced(words, np.arange(30), 0, 12))


def centred(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return x.astype(np.float64) - x[rows].mean(axis=0, dtype=np.float64)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_emphasis_is_a_power_of_all_likenesses(power):
    """The inner products of fitted rows are those of the matrix power, up to the length of rows."""
    rows = np.arange(600)
    topics = reduced(topical(), rows, 0, 20)
    kernel = centred(topics, rows) @ centred(topics, rows).T
    values, vectors = np.linalg.eigh(kernel)
    powered = vectors * np.maximum(values, 0) ** power @ vectors.T
    lengths = np.sqrt(np.diag(powered))
    found = emphasised(topics, rows, float(power)).astype(np.float64)
    np.testing.assert_allclose(found @ found.T, powered / np.outer(lengths, lengths), atol=1e-3)


def test_emphasis_leaves_texts_without_a_known_word_alone():
    topics = reduced(topical(), np.arange(600), 0, 20).copy()
    topics[7] = 0
    found = emphasised(topics, np.arange(500), 2.0)
    assert not found[7].any() and np.isfinite(found).all() and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found[:7], axis=1), 1, atol=1e-5)
    nothing = np.zeros((5, 3), np.float32)
    assert emphasised(nothing, np.arange(5), 2.0) is nothing


def test_emphasis_depends_on_the_fitted_rows_alone():
    topics = reduced(topical(), np.arange(600), 0, 20)
    changed = topics.copy()
    changed[500:] = changed[500:][::-1]
    one, other = (emphasised(each, np.arange(500), 2.0)[:500] for each in (topics, changed))
    np.testing.assert_array_equal(one, other)


def test_emphasis_brings_texts_of_a_common_topic_together():
    """One strong and many weak directions: what counts less is the noise of the weak ones."""
    rng = np.random.default_rng(0)
    topic = np.repeat([-1.0, 1.0], 200)
    x = np.column_stack([topic, rng.normal(size=(400, 30)) * 0.3])
    x = np.asarray(unit_rows(x.astype(np.float32)), np.float32)

    def apart(found: np.ndarray) -> float:
        like = found @ found.T
        same = topic[:, None] == topic
        return float(like[same].mean() - like[~same].mean())

    plain, more = (apart(emphasised(x, np.arange(400), power)) for power in (1.0, 2.0))
    assert more > plain + 0.1


@pytest.mark.parametrize("more", [1, 7, 33, 250])
def test_a_row_does_not_depend_on_the_rows_that_stand_beside_it(more):
    """Neither on which, nor on how many: a text alone, as an export reads it, has the vector that it had."""
    x, fitted = topical(), np.arange(300)
    found = emphasised(reduced(x, fitted, 0, 37), fitted, 2.0)
    fewer = x[: 300 + more]
    np.testing.assert_array_equal(emphasised(reduced(fewer, fitted, 0, 37), fitted, 2.0), found[: 300 + more])
