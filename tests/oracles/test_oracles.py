"""Oracles: the shares of their answers over many draws, what they refuse, what they charge."""

from __future__ import annotations

import numpy as np
import pytest

from al_core.errors import BadInput
from al_core.oracles import ABSTAINED, REGISTRY

N = 20_000
TRUTH = np.arange(N, dtype=np.int32) % 3

# Oracle and parameter: two settings that make a difference; the price is looked at on all of them.
DIFFERENCES = {
    ("noisy", "rate"): (0.1, 0.3),
    ("noisy", "matrix"): ("", "0.2 0.8 0; 0 1 0; 0 0 1"),
    ("abstaining", "rate"): (0.1, 0.3),
}


def answers(name: str, settings: dict, truth=TRUTH, classes: int = 3, seed: int = 7) -> np.ndarray:
    given = truth.copy()
    found = REGISTRY[name].create(settings).answer(given, classes, np.random.default_rng(seed))
    np.testing.assert_array_equal(given, truth)
    return found


def shares(found: np.ndarray, classes: int = 3) -> np.ndarray:
    """Return the share of each answer (C, C), by true class."""
    counts = np.bincount(TRUTH * classes + found, minlength=classes**2).reshape(classes, classes)
    return counts / counts.sum(axis=1, keepdims=True)


def test_every_parameter_makes_a_difference():
    expected = {(name, each.name) for name, entry in REGISTRY.items() for each in entry.parameters}
    assert expected == set(DIFFERENCES) | {(name, "price") for name in REGISTRY}
    for (name, parameter), settings in DIFFERENCES.items():
        one, other = (answers(name, {parameter: setting}) for setting in settings)
        assert (one != other).any()


@pytest.mark.parametrize("name", REGISTRY)
def test_contract(name):
    entry = REGISTRY[name]
    found = answers(name, {})
    assert found.shape == TRUTH.shape and found.dtype == np.int32 and set(found) <= {ABSTAINED, 0, 1, 2}
    np.testing.assert_array_equal(found, answers(name, {}))
    assert answers(name, {}, TRUTH[:0]).shape == (0,)
    assert set(answers(name, {}, np.zeros(50, np.int32), 1)) <= {ABSTAINED, 0}, "a corpus of one class"
    assert entry.create({}).price == 0 and entry.create({"price": 2.5}).price == 2.5
    with pytest.raises(BadInput, match="at least 0"):
        entry.create({"price": -1.0})


def test_perfect_is_right():
    np.testing.assert_array_equal(answers("perfect", {}), TRUTH)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_noise_is_spread_over_the_other_classes(rate, seed):
    expected = np.full((3, 3), rate / 2)
    np.fill_diagonal(expected, 1 - rate)
    # Six standard errors of a share of 6,667 draws.
    np.testing.assert_allclose(shares(answers("noisy", {"rate": rate}, seed=seed)), expected, atol=0.037)


@pytest.mark.parametrize("seed", range(3))
def test_a_matrix_takes_the_place_of_the_rate(seed):
    text = "0.7 0.2 0.1; 0 1 0; 0.25, 0.25, 0.5;"
    found = shares(answers("noisy", {"rate": 1.0, "matrix": text}, seed=seed))
    expected = [[0.7, 0.2, 0.1], [0, 1, 0], [0.25, 0.25, 0.5]]
    np.testing.assert_allclose(found, expected, atol=0.037)
    assert found[1].tolist() == [0, 1, 0], "an answer of share 0 is never given"


def test_rounding_of_a_row_leaves_no_draw_without_an_answer():
    class Highest:
        def random(self, shape):
            return np.full(shape, np.nextafter(1.0, 0.0))

    third = "0.3333333 0.3333333 0.3333333"
    oracle = REGISTRY["noisy"].create({"matrix": f"{third}; {third}; 0.5 0.5 0"})
    found = oracle.answer(np.array([0, 1, 2], np.int32), 3, Highest())  # type: ignore[arg-type]
    assert found.tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ("0.9 0.1; x 0.8", "numbers only"),
        ("0.9 0.1; 0.8", "2 rows, but 1 numbers in row 2"),
        ("0.9 0.1", "1 rows, but 2 numbers in row 1"),
        ("0.9 0.1; ; 0.2 0.8", "3 rows, but 2 numbers in row 1"),
        ("0.9 0.2; 0.2 0.8", "Row 1 .* sums to 1.1"),
        ("1.5 -0.5; 0.2 0.8", "between 0 and 1"),
        ("nan 1; 0 1", "Row 1"),
        (";", "numbers"),
    ],
)
def test_a_wrong_matrix_is_one_sentence(matrix, words):
    with pytest.raises(BadInput, match=words) as caught:
        REGISTRY["noisy"].create({"matrix": matrix})
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_matrix_for_other_classes_is_refused():
    with pytest.raises(BadInput, match="has 2 rows, but the corpus has 3 classes"):
        answers("noisy", {"matrix": "0.9 0.1; 0.2 0.8"})


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_an_abstaining_oracle_answers_rightly_or_not_at_all(rate, seed):
    found = answers("abstaining", {"rate": rate}, seed=seed)
    answered = found != ABSTAINED
    np.testing.assert_array_equal(found[answered], TRUTH[answered])
    assert 1 - answered.mean() == pytest.approx(rate, abs=0.017)
