"""Corpora in the store: begun, read, failed, put away."""

from __future__ import annotations

import pytest

from al_core.config import Component
from al_core.errors import BadInput
from al_core.store import corpora
from al_core.store.records import Process

ME = Process("here", 12, 1.5)
WHAT = Component(name="demo", params={"texts": 10})


def ready(store, key):
    return corpora.ready(
        store,
        key,
        title="Demo",
        rows=10,
        labelled=9,
        classes=["no", "yes"],
        class_counts=[4, 5],
        synthetic=True,
        note="Generated.",
    )


def test_a_corpus_is_read_by_one(store):
    assert corpora.begin(store, "k", WHAT, "Demo")
    assert not corpora.begin(store, "k", WHAT, "Demo")
    assert corpora.own(store, "k", ME)
    assert corpora.progress(store, "k", {"fraction": 0.5})
    assert [each.key for each in corpora.preparing(store)] == ["k"]
    assert ready(store, "k") and not ready(store, "k")
    found = corpora.corpus(store, "k")
    assert (found.state, found.classes, found.class_counts, found.synthetic) == (
        "ready",
        ["no", "yes"],
        [4, 5],
        True,
    )
    assert found.source() == WHAT and found.progress == {"fraction": 0.5}
    assert not corpora.preparing(store)
    assert corpora.begin(store, "k", WHAT, "Demo"), "may be read anew"


def test_a_failure_keeps_its_sentence_until_the_next_try(store):
    corpora.begin(store, "k", WHAT, "Demo")
    corpora.own(store, "k", ME)
    assert not corpora.failed(store, "k", "Somebody else.", pid=13)
    assert corpora.failed(store, "k", "No network.", pid=12)
    assert corpora.corpus(store, "k").message == "No network."
    assert corpora.begin(store, "k", WHAT, "Demo")
    again = corpora.corpus(store, "k")
    assert (again.state, again.message, again.pid) == ("preparing", "", None)


def test_archive_and_back(store):
    corpora.begin(store, "k", WHAT, "Demo")
    assert corpora.archive(store, "k") and not corpora.archive(store, "k")
    assert corpora.list_corpora(store) == [] and len(corpora.list_corpora(store, archived=True)) == 1
    assert corpora.unarchive(store, "k") and len(corpora.list_corpora(store)) == 1


def test_unknown_corpus(store):
    assert corpora.find(store, "nothing") is None
    with pytest.raises(BadInput, match="no corpus nothing"):
        corpora.corpus(store, "nothing")
