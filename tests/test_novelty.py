"""How new the texts are that were asked for, on texts made by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sqlalchemy import insert, update

from al_core.comparing import Comparison, novelty
from al_core.config import Component, SplitSettings
from al_core.corpus.base import Corpus
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import make_split
from al_core.features import cache
from al_core.oracles import ABSTAINED
from al_core.presets import PRESETS
from al_core.store import open_store, runs
from al_core.store.schema import queries
from al_core.store.schema import runs as runs_table

SPLIT = SplitSettings(initial=2, validation=2, test=2, group_duplicates=False)
BASE = PRESETS["demo"].config.model_copy(update={"split": SPLIT})
ROWS = 40
LABELS = np.arange(ROWS, dtype=np.int32) % 2
CUT = make_split(LABELS, np.arange(ROWS), SPLIT, 0)
POOL, INITIAL = CUT.pool.tolist(), CUT.initial.tolist()


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def add(store):
    """Return a maker of runs on the corpus: rows asked for in each round, some without an answer."""

    def make(*asked, seed=0, strategy="random", open_rows=(), **more):
        parts = {"seed": seed, "strategy": Component(name=strategy)} | more
        run_id = runs.create_run(store, BASE.model_copy(update=parts), "c")
        with store.write() as connection:
            for number, rows in enumerate(asked, start=1):
                for rank, row in enumerate(rows):
                    label = ABSTAINED if row in open_rows else int(LABELS[row])
                    values = {"run_id": run_id, "round": number, "rank": rank, "row": row, "label": label}
                    connection.execute(insert(queries).values(**values))
            done = {"state": "finished", "rounds_done": len(asked)}
            connection.execute(update(runs_table).where(runs_table.c.id == run_id).values(**done))
        return run_id

    return make


@pytest.fixture
def compare(store):
    """Return a maker of comparisons on a corpus with some texts by row; every other has words of its own."""

    def of(ids, told):
        texts = tuple(told.get(row, f"own{row} self{row}") for row in range(ROWS))
        # The key follows from the content, as it does for every corpus.
        corpus = Corpus(f"c-{abs(hash(texts))}", "c", texts, LABELS, ("no", "yes"))
        copies = duplicate_groups(texts)
        return Comparison(store, ids, lambda _: corpus, lambda _: copies, lambda run: run.corpus_key)

    return of


def told(found):
    table = found.asked.novelty()
    return {(g, int(r)): v for g, r, v in table[["group", "round", "novelty"]].itertuples(index=False)}


def test_a_copy_of_a_labelled_text_is_not_new_and_an_unrelated_one_is_all_new(add, compare):
    a, b, c, d = POOL[:4]
    found = told(compare([add([a], [b], [c, d])], {a: "The Cat sat", b: "the  cat sat", d: "the cat sat"}))
    assert found["Random", 1] == 1.0, "nothing in common with the initial set"
    assert found["Random", 2] == 0.0, "the text that was asked for before"
    assert found["Random", 3] == pytest.approx(0.5), "one of its own words, one copy"


def test_the_nearest_counts_and_the_initial_set_is_among_the_labelled(add, compare):
    a, b = POOL[:2]
    words = {INITIAL[0]: "red green blue", a: "red green blue", b: "red green other"}
    found = told(compare([add([a], [b])], words))
    assert found["Random", 1] == 0.0
    assert 0.2 < found["Random", 2] < 0.8


def test_copies_in_one_batch_are_as_new_as_each_other(add, compare):
    a, b = POOL[:2]
    assert told(compare([add([a, b])], {a: "same text", b: "same text"})) == {("Random", 1): 1.0}


def test_a_text_without_an_answer_was_not_labelled(add, compare):
    a, b = POOL[:2]
    run_id = add([a], [b], open_rows=[a])
    assert told(compare([run_id], {a: "same text", b: "same text"}))["Random", 2] == 1.0


def test_texts_without_a_word_are_copies_of_their_like_alone(add, compare):
    a, b, c = POOL[:3]
    found = told(compare([add([a], [b], [c])], {a: "!?", b: "!?", c: "..."}))
    assert list(found.values()) == [1.0, 0.0, 1.0]


def test_seeds_are_averaged_and_groups_stay_apart(add, compare):
    a, b = POOL[:2]
    other = make_split(LABELS, np.arange(ROWS), SPLIT, 1).initial.tolist()
    assert a not in other and b not in other
    ids = [add([a], [b]), add([b], [a], seed=1), add([a], [b], strategy="margin")]
    found = told(compare(ids, {a: "one two", b: "one two"}))
    assert found == {
        ("Random", 1): 1.0,
        ("Random", 2): 0.0,
        ("Margin", 1): 1.0,
        ("Margin", 2): 0.0,
    }


def test_an_initial_set_that_was_chosen_by_features_is_left_out_and_said_to_be(add, compare):
    a, b = POOL[:2]
    found = compare([add([a], [b], starter=Component(name="kmeans"))], {a: "x y", b: "other words"})
    assert told(found) == {("Random", 2): 1.0}, "before the first round nothing is known to be labelled"
    assert "do not count as labelled" in novelty.explained(found.groups)
    assert "do not count" not in novelty.explained(compare([add([a])], {}).groups)


def test_nothing_asked_is_no_error(add, compare):
    assert compare([add(), add(strategy="margin")], {}).asked.novelty().empty
    assert list(compare([add([])], {}).asked.novelty()) == novelty.COLUMNS


def test_a_run_is_compared_once_for_each_of_its_rounds(add, compare, monkeypatch):
    a, b = POOL[:2]
    found = compare([add([a], [b]), add([b], [a], strategy="margin")], {})
    first = found.asked.novelty()
    monkeypatch.setattr(novelty, "distances", lambda *_: pytest.fail("compared again"))
    assert found.asked.novelty().equals(first)


def test_of_a_large_run_a_part_of_each_round_is_compared(add, compare, monkeypatch):
    monkeypatch.setattr(novelty, "MOST_PAIRS", 100)
    cycle = BASE.cycle.model_copy(update={"rounds": 3, "batch_size": 10})
    found = compare([add(POOL[:10], POOL[10:20], POOL[20:30], cycle=cycle)], {}).asked.novelty()
    # 10 x 2, 10 x 12 and 10 x 22 pairs, of which 100 are to be compared.
    assert found["texts"].tolist() == [3, 3, 3] and found["novelty"].tolist() == [1.0] * 3


def test_a_full_disk_is_one_sentence(add, compare, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)
    with pytest.raises(novelty.Unavailable, match=r"^The words of the texts cannot be kept .*No space left"):
        compare([add([POOL[0]])], {}).asked.novelty()


@pytest.mark.alone
def test_thousands_of_texts_take_a_moment(store):
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in range(20_000)]
    chance = 1 / np.arange(1, 20_001)
    drawn = rng.choice(20_000, (4_000, 60), p=chance / chance.sum())
    texts = [" ".join(words[n] for n in each) for each in drawn]
    corpus = Corpus("many", "c", texts, np.zeros(4_000, np.int32), ("a", "b"))
    vectors = novelty._vectors(corpus)
    rows, began = np.arange(4_000), time.process_time()
    before = np.repeat([1_500, 3_000], 500)
    found = novelty.distances(vectors, rows, rows[:3_000], rows[3_000:], before)
    assert time.process_time() - began < 5
    assert ((found > 0.0) & (found < 1.0)).all()
    for place, known in ((0, 1_500), (499, 1_500), (500, 3_000)):
        exact = 1 - (vectors[3_000 + place] @ vectors[:known].T).toarray().max()
        assert found[place] == pytest.approx(exact, abs=1e-6)
