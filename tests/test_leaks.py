"""Test texts that also stand in training are told of before a sweep, and wherever its runs are compared."""

from __future__ import annotations

import numpy as np
import pytest

from al_core import reporting
from al_core.comparing import Comparison
from al_core.config import Component, SplitSettings
from al_core.corpus import Corpus, cache
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import make_split
from al_core.errors import BadInput
from al_core.planning import flatters
from al_core.presets import PRESETS
from al_core.store import runs
from al_core.sweeps.settings import validated
from al_core.workbench import Workbench
from al_core.worker import reaper

# Every text stands twice.
TEXTS = [f"text number {row % 200}" for row in range(400)]
PARTED = SplitSettings(initial=20, validation=40, test=100, group_duplicates=False, seed=17)
KEPT = PARTED.model_copy(update={"group_duplicates": True})
LABELS = (np.arange(400) % 200 % 2).astype(np.int32)
BASE = PRESETS["demo"].config


def corpus(key="twice"):
    return Corpus(key, f"Corpus *{key}*", TEXTS, LABELS, ("no", "yes"))


def expected(title=""):
    split = make_split(LABELS, duplicate_groups(TEXTS), PARTED, 0)
    assert 20 < split.leaked_test < 100
    return flatters(split.leaked_test, 100, title)


@pytest.fixture
def bench(home, monkeypatch):
    monkeypatch.setattr(reaper, "tend", lambda store: None)
    made = Workbench()
    yield made
    made.store.close()


@pytest.fixture
def compare(bench):
    def of(*made, read=corpus):
        ids = [
            runs.create_run(bench.store, BASE.model_copy(update={"split": split, "seed": seed}), key)
            for key, split, seed in made
        ]
        return Comparison(
            bench.store, ids, read, lambda key: duplicate_groups(read(key).texts), lambda run: run.corpus_key
        )

    return of


def test_the_sentence_counts():
    sentence = flatters(5_897, 15_317)
    assert sentence == "5,897 of 15,317 test texts also stand in training, so the test score flatters."
    assert flatters(1, 2, "Mine").startswith("Mine: 1 of 2 test texts")


@pytest.mark.parametrize(("split", "told"), [(PARTED, True), (KEPT, False)])
def test_a_sweep_says_so_before_it_begins(bench, split, told):
    cache.save(corpus())
    base = BASE.model_copy(
        update={"corpus": Component(name="table", params={"table": "twice"}), "split": split}
    )
    asking = [{"strategy": {"name": name}} for name in ("margin", "entropy")]
    found = bench.sweeps.outlook(validated({"name": "x", "base": base, "asking": asking}))
    assert found.leaks == ((expected(),) if told else ()), "once, whatever is asked by"


def test_a_sweep_over_corpora_names_the_one(bench):
    cache.save(corpus())
    data = [
        {"corpus": {"name": "table", "params": {"table": "twice"}}},
        {"corpus": {"name": "demo", "params": {"rows": 300}}},
    ]
    base = BASE.model_copy(update={"split": PARTED})
    (sentence,) = bench.sweeps.outlook(validated({"name": "x", "base": base, "data": data})).leaks
    assert sentence.endswith("test texts also stand in training, so the test score flatters.")
    assert sentence.startswith("twice: ")


def test_a_comparison_says_it_once_for_each_corpus(compare):
    assert compare(("a", PARTED, 0), ("a", PARTED, 1)).leaks() == [expected()]
    assert compare(("a", KEPT, 0), ("a", KEPT, 1)).leaks() == []
    found = compare(("a", PARTED, 0), ("b", PARTED, 0), ("b", KEPT, 0)).leaks()
    assert found == [expected("a"), expected("b")]


def test_a_report_says_it_too(compare):
    page = reporting.html(compare(("a", PARTED, 0)), reporting.Subject())
    assert f'<p class="told">{expected()}</p>' in page
    assert "also stand in training" not in reporting.html(compare(("a", KEPT, 0)), reporting.Subject())


def test_of_a_corpus_that_is_gone_nothing_is_said(compare):
    def gone(key):
        raise BadInput(f"There is no corpus {key}.")

    assert compare(("a", PARTED, 0), read=gone).leaks() == []
