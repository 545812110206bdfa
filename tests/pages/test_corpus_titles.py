"""What corpora are called where one is chosen."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import update

from al_core.corpus import Corpus, profile
from al_core.store import corpora
from al_core.store.schema import corpora as table
from al_core.workbench import Draft
from pages.parts.corpus_titles import corpus_titles

WHERE = (
    ("data", {}),
    ("label", {"part": "New session"}),
    ("experiment", {}),
    ("sweeps", {"part": "New sweep"}),
)


@pytest.fixture
def add(bench):
    """Return a maker of corpora of a file, each with a key of its own."""

    def make(title: str, rows: int, word: str) -> str:
        texts = [f"{word} number {n}" for n in range(rows)]
        labels = np.arange(rows, dtype=np.int32) % 2
        corpus = Corpus(f"file-{word}", title, texts, labels, ("no", "yes"))
        return bench.add(Draft(corpus, profile.profile(corpus)), title)

    return make


def test_the_number_of_texts_tells_most_apart(bench, add):
    small, large = add("Reviews", 400, "a"), add("Reviews", 500, "b")
    found = corpus_titles(bench.corpora())
    assert found == {small: "Reviews, 400 texts", large: "Reviews, 500 texts"}


def test_then_the_date_and_then_the_key(bench, add):
    old, one, other = (add("Reviews", 400, word) for word in ("old", "one", "other"))
    moment = corpora.find(bench.store, one).created_at
    for key, when in ((old, moment - timedelta(days=40)), (other, moment)):
        with bench.store.write() as connection:
            connection.execute(update(table).where(table.c.key == key).values(created_at=when))
    found = corpus_titles(bench.corpora())
    assert re.fullmatch(r"Reviews, 400 texts, \d\d \w+ \d{4} \d\d:\d\d", found[old])
    assert len(set(found.values())) == 3
    assert found[one].endswith(f", {one[-8:]}") and found[other].endswith(f", {other[-8:]}")


@pytest.mark.parametrize(("page", "query"), WHERE)
def test_two_of_one_title_are_two_choices(shell, bench, add, no_workers, page, query):
    keys = {add("Reviews", 400, "one"), add("Reviews", 400, "two")}
    at = shell.open(page, **query)
    choice = next(each for each in at.selectbox if each.label == "Corpus")
    offered = [each for each in choice.options if each.startswith("Reviews")]
    assert len(set(offered)) == len(offered) == 2
    for words in offered:
        choice.set_value(next(key for key, title in corpus_titles(bench.corpora()).items() if title == words))
        at = shell.run()
        choice = next(each for each in at.selectbox if each.label == "Corpus")
        assert choice.value in keys
