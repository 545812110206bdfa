from __future__ import annotations

import numpy as np
import pytest

from al_core.config import Component
from al_core.corpus import REGISTRY, cache
from al_core.corpus.base import Corpus
from al_core.errors import BadInput


def silent(what: str, share: float) -> None:
    pass


def test_an_imported_table_opens_by_its_key():
    cache.save(Corpus("table-1", "Mine", ["a", "b"], np.array([0, 1], dtype=np.int32), ("x", "y")))
    corpus = cache.open_corpus(Component(name="table", params={"table": "table-1"}), silent)
    assert corpus.title == "Mine" and len(corpus) == 2


@pytest.mark.parametrize(
    ("key", "words"),
    [("table-0", "is not here"), ("../../etc/passwd", "cannot name"), ("", "Choose a table")],
)
def test_a_table_that_is_not_there(key: str, words: str):
    with pytest.raises(BadInput, match=words):
        REGISTRY["table"].create({"table": key}).read(silent)


def test_no_table_chosen_is_said_on_opening_too():
    with pytest.raises(BadInput):
        cache.open_corpus(Component(name="table"), silent)
