"""Wrappers: what they change in the batch of the strategy inside."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.seeding import generator
from al_core.strategies import REGISTRY
from al_core.strategies.wrappers import REGISTRY as WRAPPERS
from al_core.strategies.wrappers.class_balanced import levelled


def around(name: str, inner: str = "margin", **settings: float):
    return WRAPPERS[name].build(REGISTRY[inner].create({}), **WRAPPERS[name].settings(settings))


@pytest.mark.parametrize("n", [1, 4, 10])
def test_a_share_at_random_is_exact_on_average(n, situation):
    """Also of a batch of one: rounding it off would leave luck out for ever."""
    strategy = around("epsilon_random", epsilon=0.1)
    shown, lucky = situation(strategy), 0
    for seed in range(400):
        scores = strategy.query(shown, n, generator(seed, "query", 1)).scores
        lucky += n if scores is None else int(np.isnan(scores).sum())
    assert lucky == pytest.approx(0.1 * n * 400, abs=4 * (0.09 * 400) ** 0.5)


@pytest.mark.parametrize(("epsilon", "lucky"), [(0.0, 0), (0.3, 6), (1.0, 20)])
def test_a_share_that_comes_out_even_is_met(epsilon, lucky, situation):
    strategy = around("epsilon_random", epsilon=epsilon)
    for seed in range(20):
        choice = strategy.query(situation(strategy), 20, generator(seed, "query", 1))
        found = 20 if choice.scores is None else int(np.isnan(choice.scores).sum())
        assert found == lucky


def test_by_hand():
    assert levelled([0, 0], 10, [99, 99]) == [5, 5]
    assert levelled([0, 10], 4, [99, 99]) == [4, 0]
    assert levelled([0, 1], 4, [99, 99]) in ([2, 2], [3, 1])
    assert sorted(np.add([0, 40, 50], levelled([0, 40, 50], 60, [5, 99, 99])).tolist()) == [5, 72, 73]
    assert np.add([4, 5], levelled([0, 4, 5], 8, [0, 99, 99])[1:]).tolist() in ([8, 9], [9, 8])


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=6), st.floats(0, 1))
def test_no_move_between_two_classes_would_make_them_more_level(classes, part):
    have, available = [c[0] for c in classes], [c[1] for c in classes]
    n = int(part * sum(available))
    found = levelled(have, n, available)
    assert sum(found) == n and all(0 <= f <= a for f, a in zip(found, available, strict=True))
    after = np.add(have, found)
    for high in np.flatnonzero(np.array(found) > 0):
        for low in np.flatnonzero(np.array(found) < np.array(available)):
            assert after[high] - after[low] <= 1 or high == low


def test_balanced_batches_favour_the_class_with_few_labels(situation):
    strategy = around("class_balanced")
    shown = situation(strategy, n=200)
    labels = np.zeros(9, np.int32)
    rows = strategy.query(dataclasses.replace(shown, labels=labels), 20, generator(0, "query", 1)).rows
    predicted = shown.probabilities.argmax(axis=1)[np.searchsorted(shown.pool, rows)]
    assert (predicted == 1).sum() in (14, 15), "9 + 5 = 14 and 0 + 15, or 15 and 14"


def test_a_part_of_the_pool_is_drawn_anew(situation):
    strategy = around("subsampled", size=20)
    shown = situation(strategy, n=200)
    batches = [set(strategy.query(shown, 10, generator(seed, "query", 1)).rows) for seed in range(3)]
    assert batches[0] != batches[1] != batches[2]
