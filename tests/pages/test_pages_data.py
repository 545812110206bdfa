"""The Data page: the demo corpus, an upload that is added, and uploads that cannot be."""

from __future__ import annotations

import io

import pandas as pd
import pytest

GOOD = "review,stars,sentiment\n" + "".join(
    f"a {word} film number {i},{i % 5},{mood}\n"
    for i in range(30)
    for word, mood in (("fine", "good"), ("dull", "bad"))
)


def parquet() -> bytes:
    target = io.BytesIO()
    pd.DataFrame({"id": [1, 2, 3], "score": [0.5, 0.25, 1.0]}).to_parquet(target)
    return target.getvalue()


BAD = {
    "empty": ("empty.csv", b"", "is empty"),
    "header only": ("header.csv", b"text,label\n", "has a header but no rows"),
    "binary": ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is a picture"),
    "not text": ("noise.csv", bytes(range(128, 160)) * 200 + b"\x00\x01\x02" * 300, "text"),
    "one class": ("one.csv", b"text,label\nfine film,good\ndull film,good\n", "has one value only"),
    "missing cells": ("ragged.csv", b"text,label\nfine film,good\ndull film\n", "Row 2 of ragged.csv"),
    "no text column": ("numbers.parquet", parquet(), "holds no words"),
    "NUL": ("nul.csv", b"text,label\nfine\x00film,good\ndull film,bad\n", "NUL character"),
    "10 MB in one cell": (
        "cell.csv",
        b"text,label\n" + b"a" * 10_000_000 + b",good\nb,bad\n",
        "has 10,000,000",
    ),
}


def offer(shell, name: str, data: bytes):
    shell.open("data", tab="Add a file")
    shell.at.file_uploader[0].set_value((name, data, "application/octet-stream"))
    return shell.run()


@pytest.mark.parametrize("case", BAD)
def test_a_bad_upload_gets_one_clear_sentence_and_changes_nothing(shell, bench, case):
    name, data, words = BAD[case]
    at = offer(shell, name, data)
    assert len(at.error) == 1, [each.value for each in at.error]
    sentence = at.error[0].value.replace("\\", "")
    assert words in sentence
    assert "\n" not in sentence
    assert len(sentence) < 300
    assert not [each for each in at.button if each.key == "add"]
    assert bench.corpora() == []


def test_a_good_upload_is_shown_guessed_and_added_once(shell, bench):
    at = offer(shell, "films.csv", GOOD.encode())
    chosen = {each.label: each.value for each in at.selectbox}
    assert chosen["Text column"] == "review"
    assert chosen["Label column"] == "sentiment"
    assert chosen["Positive class"] == "good"
    assert {each.label: each.value for each in at.metric}["Texts"] == "60"
    assert bench.corpora() == []
    shell.click("add")
    [record] = bench.corpora()
    assert (record.title, record.classes, record.rows) == ("films", ["bad", "good"], 60)
    assert shell.at.selectbox(key="corpus-choice").value == record.key


def test_ones_own_texts_begin_with_what_needs_few_labels(shell, bench, no_workers):
    offer(shell, "films.csv", GOOD.encode())
    shell.click("add")
    [record] = bench.corpora()
    at = shell.click("use")
    assert at.title[0].value == "Experiment"
    assert at.selectbox(key="preset-choice").value == "own-texts"
    assert at.selectbox(key="own-texts-corpus").value == record.key
    shell.click("start")
    config = bench.runs().runs[0].run_config()
    assert (config.features.name, config.classifier.name) == ("words_and_topics", "logistic")
    assert (config.strategy.name, config.starter.name) == ("auto", "kmeans")
    assert (config.split.validation, config.split.initial) == (6, 6), "a tenth of 60 texts each"


def test_labels_may_be_missing(shell, bench):
    at = offer(shell, "texts.csv", b"text,label\nfine film,good\ndull film,\nodd film,\n")
    assert not at.error
    assert "have no label" in shell.words()
    shell.click("add")
    assert bench.corpora()[0].labelled == 1


def test_the_demo_corpus_is_made_and_said_to_be_synthetic(shell, bench):
    shell.open("data")
    at = shell.click("make-demo")
    assert "Synthetic: generated" in shell.words()
    assert {each.label: each.value for each in at.metric}["Texts"] == "3,000"


def test_a_corpus_is_removed_and_brought_back(shell, bench):
    shell.open("data")
    shell.click("make-demo")
    shell.click("remove")
    assert bench.corpora() == []
    shell.click("undo-remove")
    assert len(bench.corpora()) == 1


def test_a_download_that_is_impossible_is_told_and_the_demo_offered(shell, bench, monkeypatch):
    from al_core.config import Component
    from al_core.store import corpora
    from al_core.worker import starter

    def out_of_reach(store, component: Component, **_) -> str:
        corpora.begin(store, "tfds-x", component, "TensorFlow Datasets")
        corpora.failed(store, "tfds-x", "imdb_reviews could not be downloaded. Use the embedded demo corpus.")
        return "tfds-x"

    monkeypatch.setattr(starter, "start_preparing", out_of_reach)
    shell.open("data", tab="Public data sets")
    shell.click("fetch")
    shell.open("data", corpus="tfds-x", tab="Look")
    assert "could not be downloaded" in shell.words()
    at = shell.click("use-demo")
    assert at.title[0].value == "Experiment"
    assert at.selectbox(key="preset-choice").value == "demo"


def test_text_of_a_file_is_no_markup(shell, bench):
    offer(shell, "**x** :red[y].csv", GOOD.encode())
    shell.click("add")
    assert bench.corpora()[0].title == "**x** :red[y]"
    assert not [each for each in shell.at.markdown if ":red[y]" in each.value]
