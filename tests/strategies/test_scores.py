"""Scores by hand, by their identities, and against the definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipy_entropy

from al_core.evaluation.metrics import predicted_classes
from al_core.seeding import generator
from al_core.strategies import scores
from al_core.strategies.geometry import mean_similarity

THREE = np.array([[0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [1 / 3, 1 / 3, 1 / 3], [1.0, 0.0, 0.0]])


def dirichlet(*shape: int, classes: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.4), shape)


def probabilities(classes: int) -> st.SearchStrategy[np.ndarray]:
    weights = arrays(np.float64, st.tuples(st.integers(1, 30), st.just(classes)), elements=st.floats(0, 1))
    return weights.map(lambda w: (w + 1e-9) / (w + 1e-9).sum(axis=1, keepdims=True))


def test_by_hand():
    np.testing.assert_allclose(scores.least_confidence(THREE), [0.1, 0.4, 2 / 3, 0.0])
    np.testing.assert_allclose(scores.margin(THREE), [0.2, 0.8, 1.0, 0.0])
    np.testing.assert_allclose(scores.entropy(THREE), [0.32508297, 0.67301167, np.log(3), 0.0])


def test_entropy_of_certainty_is_nought_and_of_ignorance_ln_c():
    for classes in (2, 3, 10):
        assert scores.entropy(np.eye(classes)).max() == 0.0
        even = np.full((1, classes), 1 / classes)
        assert scores.entropy(even)[0] == pytest.approx(np.log(classes), abs=1e-15)


@given(probabilities(2))
def test_two_classes_are_ranked_alike(p):
    """By least confidence, margin and entropy; rounding apart."""
    confident = scores.least_confidence(p)
    for other in (scores.margin(p), scores.entropy(p)):
        order = np.argsort(confident, kind="stable")
        assert (np.diff(other[order]) >= -1e-12).all()


@given(probabilities(4))
def test_uncertainty_stays_in_its_range(p):
    assert ((scores.least_confidence(p) >= -1e-12) & (scores.least_confidence(p) <= 0.75 + 1e-9)).all()
    assert ((scores.margin(p) >= -1e-12) & (scores.margin(p) <= 1 + 1e-12)).all()
    assert ((scores.entropy(p) >= 0) & (scores.entropy(p) <= np.log(4) + 1e-9)).all()


def test_expected_cost_turns_where_the_decision_does():
    p = np.linspace(0, 1, 1001)
    found = scores.expected_cost(np.column_stack([1 - p, p]), fn_cost=4.0, fp_cost=1.0)
    assert p[found.argmax()] == pytest.approx(0.2)  # fp / (fn + fp)
    np.testing.assert_allclose(found, np.minimum(4 * p, 1 - p))
    even = scores.expected_cost(np.column_stack([1 - p, p]), 1.0, 1.0)
    np.testing.assert_allclose(even, scores.least_confidence(np.column_stack([1 - p, p])))


def test_votes_by_hand():
    votes = np.array([[0, 0, 1], [0, 1, 1], [0, 1, 1], [0, 2, 1]])
    np.testing.assert_array_equal(scores.vote_counts(votes, 3), [[4, 0, 0], [1, 2, 1], [0, 4, 0]])
    np.testing.assert_allclose(scores.vote_entropy(votes, 3), [0, scipy_entropy([1, 2, 1]), 0])
    np.testing.assert_allclose(scores.variation_ratio(votes, 3), [0, 0.5, 0])


def test_mean_kl_and_jensen_shannon_and_bald_are_one_number():
    samples = dirichlet(5, 40)
    found = scores.disagreement(samples)
    mean = samples.mean(axis=0)
    kl = np.mean([[scipy_entropy(p, q) for p, q in zip(member, mean, strict=True)] for member in samples], 0)
    np.testing.assert_allclose(found, kl, atol=1e-12)
    mutual = scipy_entropy(mean, axis=1) - scipy_entropy(samples, axis=2).mean(axis=0)
    np.testing.assert_allclose(found, mutual, atol=1e-12)
    two = scores.disagreement(samples[:2])
    np.testing.assert_allclose(two, jensenshannon(samples[0], samples[1], axis=1) ** 2, atol=1e-12)


@given(arrays(np.float64, (3, 8, 4), elements=st.floats(0.0, 1.0)))
@settings(max_examples=50)
def test_disagreement_is_never_negative_and_nought_in_unanimity(weights):
    samples = (weights + 1e-6) / (weights + 1e-6).sum(axis=2, keepdims=True)
    assert (scores.disagreement(samples) >= 0).all()
    same = np.repeat(samples[:1], 5, axis=0)
    np.testing.assert_allclose(scores.disagreement(same), 0.0, atol=1e-12)
    assert (scores.vote_entropy(np.stack([predicted_classes(each) for each in same]), 4) == 0).all()


def test_a_member_that_knows_one_class_only():
    samples = dirichlet(4, 20)
    samples[0] = [1.0, 0.0, 0.0]
    assert np.isfinite(scores.disagreement(samples)).all()


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("sparse", [False, True])
def test_expected_gradient_length_is_the_length_of_the_gradient(classes, sparse):
    """Of cross-entropy in the last layer's weights and bias, summed over the classes by their chance."""
    rng = np.random.default_rng(1)
    p, h = dirichlet(30, classes=classes), rng.normal(size=(30, 6))
    expected = np.zeros(30)
    for row in range(30):
        for c in range(classes):
            gradient = np.outer(p[row] - np.eye(classes)[c], np.append(h[row], 1.0))
            expected[row] += p[row, c] * np.linalg.norm(gradient)
    found = scores.expected_gradient_length(p, csr_matrix(h) if sparse else h)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("sparse", [False, True])
def test_mean_similarity_is_that_of_the_whole_matrix(sparse):
    rng = np.random.default_rng(2)
    x = rng.random((50, 7)) * (rng.random((50, 7)) < 0.6)
    unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-300)
    found = mean_similarity(csr_matrix(x) if sparse else x)
    np.testing.assert_allclose(found, (unit @ unit.T).mean(axis=1), atol=1e-12)


def test_scores_take_float32_and_give_float64():
    p = dirichlet(10).astype(np.float32)
    for found in (scores.least_confidence(p), scores.margin(p), scores.entropy(p)):
        assert found.dtype == np.float64


def test_bald_of_equal_scores_is_shared_out_by_power_bald():
    """Sharpness 0 draws evenly, the default in proportion to the score."""
    from al_core.strategies.selection import drawn

    weights, counts = np.array([1.0, 2.0, 3.0, 0.0]), np.zeros(4)
    for seed in range(3000):
        counts[drawn(weights, 1, generator(seed, "query", 0))[0]] += 1
    np.testing.assert_allclose(counts / 3000, [1 / 6, 2 / 6, 3 / 6, 0], atol=0.035)
