"""The battery that every registered strategy, starter and wrapper passes; a new one is in it at once."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from al_core.errors import BadInput, EmptyPool, PoolExhausted
from al_core.registry import Entry
from al_core.seeding import generator
from al_core.starters import REGISTRY as STARTERS
from al_core.strategies import REGISTRY, Choice, Situation, Strategy
from al_core.strategies.wrappers import REGISTRY as WRAPPERS

EXCEPTIONS = {"ratio_published", "starter balanced", "starter stratified"}
"""The entries that read labels of the pool (and one of them the test split), each marked as such."""
IN_ORDER = {"ratio_published", "stream_fixed", "stream_variable"}
"""The first rows, by definition; and texts in the order of arrival, which is drawn for the whole run."""
SMALL = {"subsampled": {"size": 25}, "expected_error": {"targets": 9}}
"""Settings that keep the battery's pool of 60 from hiding what an entry does."""


def every() -> dict[str, tuple[Entry[Strategy], Strategy]]:
    """Each entry with a strategy made of it; wrappers around several kinds of strategy."""
    found = {name: (entry, entry.create(SMALL.get(name, {}))) for name, entry in REGISTRY.items()}
    found |= {f"starter {name}": (entry, entry.create({})) for name, entry in STARTERS.items()}
    for name, entry in WRAPPERS.items():
        for inner in ("random", "margin", "badge", "k_centre", "committee"):
            settings = entry.settings(SMALL.get(name, {}))
            made = entry.build(REGISTRY[inner].create({}), **settings)
            found[f"{name} around {inner}"] = (entry, made)
    return found


EVERY = every()


@pytest.fixture(params=EVERY)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def strategy(name: str) -> Strategy:
    return EVERY[name][1]


def ask(strategy: Strategy, given: Situation, n: int, seed: int = 1) -> Choice:
    return strategy.query(given, n, generator(seed, "query", 1))


def sizes(strategy: Strategy, asked: int) -> range:
    """How many rows a strategy may return for so many asked."""
    return range(asked, asked + 1) if strategy.exact else range(asked + 1)


def test_unique_rows_of_the_pool_in_the_number_asked(strategy, situation):
    for classes in (2,) if strategy.two_classes_only else (2, 5):
        for sparse in (False, True):
            given = situation(strategy, classes=classes, sparse=sparse)
            for n in (1, 7, 60):
                choice = ask(strategy, given, n)
                assert len(set(choice.rows.tolist())) == len(choice.rows)
                assert set(choice.rows.tolist()) <= set(given.pool.tolist())
                assert len(choice.rows) in sizes(strategy, n)
                assert choice.scores is None or len(choice.scores) == len(choice.rows)


def test_same_seed_same_answer(strategy, situation):
    given = situation(strategy)
    np.testing.assert_array_equal(ask(strategy, given, 10).rows, ask(strategy, given, 10).rows)


def test_another_seed_may_change_a_draw_but_nothing_breaks(strategy, situation):
    given = situation(strategy)
    for seed in range(5):
        assert len(ask(strategy, given, 10, seed).rows) in sizes(strategy, 10)


def test_order_of_the_pool_does_not_matter(strategy, situation):
    given = situation(strategy)
    order = np.random.default_rng(3).permutation(len(given.pool))
    np.testing.assert_array_equal(ask(strategy, given, 12).rows, ask(strategy, given.take(order), 12).rows)


def test_inputs_stay_as_they_are(strategy, situation):
    given, same = situation(strategy), situation(strategy)
    ask(strategy, given, 10)
    for field in dataclasses.fields(Situation):
        before, after = getattr(same, field.name), getattr(given, field.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(after, before, err_msg=field.name)


def test_read_only_inputs_will_do(strategy, situation):
    given = situation(strategy)
    for field in dataclasses.fields(Situation):
        if isinstance(value := getattr(given, field.name), np.ndarray):
            value.flags.writeable = False
    assert len(ask(strategy, given, 10).rows) in sizes(strategy, 10)


def test_too_many_and_empty(strategy, situation):
    given = situation(strategy)
    with pytest.raises(PoolExhausted, match="61 texts"):
        ask(strategy, given, 61)
    with pytest.raises(EmptyPool):
        ask(strategy, given.take(np.empty(0, int)), 1)


READ = [
    (name, field)
    for name, (_, made) in EVERY.items()
    for field, needs in {
        "probabilities": {"probabilities"},
        "samples": {"committee", "dropout"},
        "embeddings": {"embeddings"},
        "labelled_embeddings": {"embeddings"},
        "labelled_probabilities": {"labelled_probabilities"},
    }.items()
    if made.needs & needs
]
"""Which arrays each of them reads."""


@pytest.mark.parametrize(("name", "field"), READ)
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_not_a_number_is_refused(strategy, situation, field, number):
    given = situation(strategy)
    getattr(given, field)[..., 3, 0] = number
    with pytest.raises(BadInput, match="not numbers"):
        ask(strategy, given, 5)


@pytest.mark.parametrize("name", [name for name in EVERY if name not in IN_ORDER])
def test_ties_are_broken_at_random_and_fairly(strategy, situation, tied):
    given = tied(situation(strategy, n=20))
    counts = np.zeros(20)
    seeds = 160
    for seed in range(seeds):
        counts[np.searchsorted(given.pool, ask(strategy, given, 5, seed).rows)] += 1
    # 40 expected, standard deviation 5.5; nobody is five of them away
    assert counts.min() > 12 and counts.max() < 68


def test_copies_of_a_text_give_no_row_twice(strategy, situation):
    given = situation(strategy)
    given = given.take(np.arange(60) % 6)
    given = dataclasses.replace(given, pool=np.arange(60), arrival=np.arange(60))
    rows = ask(strategy, given, 30).rows
    assert len(set(rows.tolist())) == len(rows)


@pytest.mark.parametrize("name", [name for name, field in READ if field == "embeddings"])
def test_csr_and_dense_give_the_same_answer(strategy, situation):
    dense, sparse = situation(strategy), situation(strategy, sparse=True)
    assert isinstance(sparse.embeddings, csr_matrix)
    np.testing.assert_array_equal(ask(strategy, dense, 12).rows, ask(strategy, sparse, 12).rows)


def test_labels_it_may_not_see_are_not_shown(name, strategy, situation):
    given = situation(strategy)
    declared = strategy.steers_on_test or strategy.reads_pool_labels
    assert declared == (name in EXCEPTIONS)
    if declared:
        assert EVERY[name][0].caution, "a rule that is broken must be marked"
    else:
        assert given.test is None and given.pool_labels is None


def test_a_class_that_is_never_predicted(strategy, situation):
    given = situation(strategy)
    if given.probabilities is not None:
        given.probabilities[:] = [0.9, 0.1]
    assert len(ask(strategy, given, 10).rows) in sizes(strategy, 10)


def test_probabilities_that_are_quite_sure(strategy, situation):
    given = situation(strategy)
    for array in (given.probabilities, given.labelled_probabilities, given.samples):
        if array is not None:
            array[:] = [1.0, 0.0]
    assert len(ask(strategy, given, 10).rows) in sizes(strategy, 10)


def test_labels_of_one_class_only(strategy, situation):
    assert len(ask(strategy, situation(strategy, one_class=True), 10).rows) in sizes(strategy, 10)


def test_no_label_yet(strategy, situation):
    assert len(ask(strategy, situation(strategy, labelled=0), 10).rows) in sizes(strategy, 10)


def test_rows_of_zeros(strategy, situation):
    given = situation(strategy)
    for matrix in (given.embeddings, given.labelled_embeddings):
        if matrix is not None:
            matrix[: len(matrix) // 2] = 0.0
    assert len(ask(strategy, given, 10).rows) in sizes(strategy, 10)


def test_a_pool_of_one(strategy, situation):
    assert len(ask(strategy, situation(strategy, n=1), 1).rows) in sizes(strategy, 1)


RANKINGS = {
    "least_confidence",
    "margin",
    "entropy",
    "cost_weighted",
    "committee",
    "bald",
    "expected_gradient",
    "expected_error",
    "contrastive",
    "density",
    "diverse_margin",
    "ratio_corrected",
}


@pytest.mark.parametrize("name", sorted(RANKINGS))
def test_scores_fall_where_the_batch_is_a_ranking(strategy, situation):
    scores = ask(strategy, situation(strategy), 20).scores
    assert scores is not None and all(a >= b for a, b in pairwise(scores))


def test_description_is_complete(name):
    entry = EVERY[name][0]
    assert entry.title and entry.help.endswith(".") and entry.cost
    assert not entry.link or entry.paper
    assert entry.describe()["name"] == entry.name
    assert all(parameter.help.endswith(".") for parameter in entry.parameters)
