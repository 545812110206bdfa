"""The battery that every registered query strategy passes; a new entry is in it at once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from al_core.errors import BadInput, EmptyPool, PoolExhausted
from al_core.evaluation.metrics import measure
from al_core.seeding import generator
from al_core.strategies import REGISTRY, Choice, Situation, Strategy

EXCEPTIONS = {"ratio_published"}
"""The one entry that reads test labels and pool labels, takes the first rows and cuts a batch."""

NAMES = sorted(REGISTRY)


def situation(strategy: Strategy, n: int = 60, classes: int = 2, seed: int = 0) -> Situation:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), n)
    labels = rng.integers(0, classes, n).astype(np.int32)
    metrics = measure(probabilities, labels)
    return Situation(
        pool=np.sort(rng.choice(1000, n, replace=False)),
        n_classes=classes,
        validation=metrics,
        probabilities=probabilities if strategy.needs_probabilities else None,
        test=metrics if strategy.steers_on_test else None,
        pool_labels=labels if strategy.reads_pool_labels else None,
    )


def reordered(given: Situation, order: np.ndarray) -> Situation:
    return dataclasses.replace(
        given,
        pool=given.pool[order],
        probabilities=None if given.probabilities is None else given.probabilities[order],
        pool_labels=None if given.pool_labels is None else given.pool_labels[order],
    )


def ask(strategy: Strategy, given: Situation, n: int, seed: int = 1) -> Choice:
    return strategy.query(given, n, generator(seed, "query", 1))


@pytest.fixture(params=NAMES)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return REGISTRY[request.param].create({})


def class_counts(strategy: Strategy) -> tuple[int, ...]:
    return (2,) if strategy.two_classes_only else (2, 5)


def test_unique_rows_of_the_pool_in_the_number_asked(strategy: Strategy) -> None:
    for classes in class_counts(strategy):
        given = situation(strategy, classes=classes)
        for n in (1, 7, 60):
            rows = ask(strategy, given, n).rows
            assert len(set(rows.tolist())) == len(rows)
            assert set(rows.tolist()) <= set(given.pool.tolist())
            if strategy.exact:
                assert len(rows) == n


def test_same_seed_same_answer(strategy: Strategy) -> None:
    given = situation(strategy)
    np.testing.assert_array_equal(ask(strategy, given, 10).rows, ask(strategy, given, 10).rows)


def test_order_of_the_pool_does_not_matter(strategy: Strategy) -> None:
    given = situation(strategy)
    order = np.random.default_rng(3).permutation(len(given.pool))
    assert set(ask(strategy, given, 12).rows) == set(ask(strategy, reordered(given, order), 12).rows)


def test_inputs_stay_as_they_are(strategy: Strategy) -> None:
    given = situation(strategy)
    before = {
        name: None if (value := getattr(given, name)) is None else value.copy()
        for name in ("pool", "probabilities", "pool_labels")
    }
    ask(strategy, given, 10)
    for name, value in before.items():
        np.testing.assert_equal(getattr(given, name), value)


def test_too_many_and_empty(strategy: Strategy) -> None:
    given = situation(strategy)
    with pytest.raises(PoolExhausted, match="61 texts"):
        ask(strategy, given, 61)
    with pytest.raises(EmptyPool):
        ask(strategy, reordered(given, np.empty(0, int)), 1)


def test_nan_is_refused(strategy: Strategy) -> None:
    given = situation(strategy)
    if given.probabilities is None:
        pytest.skip("reads no probabilities")
    given.probabilities[3, 0] = np.nan
    with pytest.raises(BadInput, match="not numbers"):
        ask(strategy, given, 5)


def test_ties_are_broken_at_random_and_fairly(strategy: Strategy) -> None:
    if REGISTRY_NAME[type(strategy)] in EXCEPTIONS:
        pytest.skip("takes the first rows by definition")
    given = situation(strategy, n=20)
    if given.probabilities is not None:
        given.probabilities[:] = 0.5
    counts = np.zeros(20)
    for seed in range(400):
        rows = ask(strategy, given, 5, seed).rows
        counts[np.searchsorted(given.pool, rows)] += 1
    # 100 expected, standard deviation 8.7
    assert counts.min() > 60 and counts.max() < 140


def test_duplicate_probabilities_give_no_duplicate_rows(strategy: Strategy) -> None:
    given = situation(strategy)
    if given.probabilities is not None:
        given.probabilities[:] = given.probabilities[:6].repeat(10, axis=0)
    rows = ask(strategy, given, 30).rows
    assert len(set(rows.tolist())) == len(rows)


def test_labels_it_may_not_see_change_nothing(strategy: Strategy) -> None:
    given = situation(strategy)
    name = REGISTRY_NAME[type(strategy)]
    declared = strategy.steers_on_test or strategy.reads_pool_labels
    assert declared == (name in EXCEPTIONS)
    assert declared == bool(REGISTRY[name].caution), "a rule that is broken must be marked"
    if not declared:
        assert given.test is None and given.pool_labels is None


def test_a_class_that_is_never_predicted(strategy: Strategy) -> None:
    given = situation(strategy)
    if given.probabilities is not None:
        given.probabilities[:] = [0.9, 0.1]
    assert len(ask(strategy, given, 10).rows) == 10 or not strategy.exact


def test_description_is_complete(strategy: Strategy) -> None:
    entry = REGISTRY[REGISTRY_NAME[type(strategy)]]
    assert entry.title and entry.help.endswith(".") and entry.cost
    assert entry.describe()["name"] == entry.name


REGISTRY_NAME = {type(REGISTRY[name].create({})): name for name in NAMES}
