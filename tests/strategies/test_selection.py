"""Selection: fair among ties, exact in number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.seeding import generator
from al_core.strategies.selection import best, drawn, filled, highest, quotas


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(0, 2**31))
def test_highest_takes_the_highest(scores, seed):
    values = np.array(scores)
    n = max(1, len(values) // 2)
    choice = highest(values, np.arange(len(values)) * 3, n, generator(seed, "query", 0))
    assert choice.scores is not None
    np.testing.assert_array_equal(choice.scores, np.sort(values)[::-1][:n])
    np.testing.assert_array_equal(values[choice.rows // 3], choice.scores)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_quotas_are_exact_and_within_what_there_is(classes, part):
    shares, available = [c[0] for c in classes], [c[1] for c in classes]
    total = int(part * sum(available))
    given_ = quotas(shares, total, available)
    assert sum(given_) == total
    assert all(0 <= taken <= limit for taken, limit in zip(given_, available, strict=True))


def test_quotas_by_largest_remainder():
    assert quotas([290, 538], 5000, [10_000, 10_000]) == [1751, 3249]
    assert quotas([1, 1, 1], 10, [9, 9, 9]) == [4, 3, 3]
    assert quotas([0, 0], 5, [1, 9]) == [1, 4]
    assert quotas([5, 1], 6, [2, 9]) == [2, 4]
    with pytest.raises(ValueError, match="available"):
        quotas([1], 2, [1])


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=30), st.integers(0, 2**31))
def test_best_is_a_largest_one(values, seed):
    array = np.array(values)
    place = best(array, np.random.default_rng(seed).random(len(array)))
    assert array[place] == array.max()


def test_highest_of_many_ties_is_fair_and_does_not_depend_on_the_order():
    rows, scores, counts = np.arange(12), np.repeat([1.0, 0.0], [8, 4]), np.zeros(12)
    order = np.random.default_rng(5).permutation(12)
    for seed in range(600):
        choice = highest(scores, rows, 4, generator(seed, "query", 0))
        counts[choice.rows] += 1
        again = highest(scores[order], rows[order], 4, generator(seed, "query", 0))
        np.testing.assert_array_equal(choice.rows, again.rows)
    assert counts[8:].sum() == 0
    assert counts[:8].min() > 240 and counts[:8].max() < 360  # 300 expected, deviation 12


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20), st.integers(0, 2**31))
def test_drawn_places_are_different_and_worthless_ones_come_last(weights, seed):
    array = np.array(weights)
    places = drawn(array, len(array), np.random.default_rng(seed))
    assert sorted(places.tolist()) == list(range(len(array)))
    positive = int((array > 0).sum())
    assert (array[places[:positive]] > 0).all()


def test_filled_keeps_what_was_chosen_and_adds_others():
    places = filled(np.array([7, 2]), 10, 6, np.random.default_rng(0))
    assert places[:2].tolist() == [7, 2] and len(set(places.tolist())) == 6
    assert filled(np.array([7, 2, 3]), 10, 2, np.random.default_rng(0)).tolist() == [7, 2]


def test_a_high_power_of_a_small_weight_still_counts():
    """100 times the power of ten thousandth would be 0 in floating point."""
    weights = np.array([1.0, 2e-4, 1e-4, 0.0])
    for seed in range(50):
        assert drawn(weights, 4, generator(seed, "query", 0), power=100.0).tolist() == [0, 1, 2, 3]


def test_power_nought_is_an_even_draw():
    weights, counts = np.array([5.0, 1.0, 0.0]), np.zeros(3)
    for seed in range(600):
        counts[drawn(weights, 1, generator(seed, "query", 0), power=0.0)[0]] += 1
    assert counts.min() > 140 and counts.max() < 260
