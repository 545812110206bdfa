"""Try it, without a page: answers to many texts, and what is kept of answers."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from al_core.deploy.weighing import Part
from al_core.tables import to_csv
from pages.parts.models import trying_file, trying_text


class Known:
    """Stand for a model: as sure of each class as the shares say, text after text."""

    def __init__(self, *shares):
        self.shares, self.questions = shares, []

    def ask(self, texts):
        self.questions.append(len(texts))
        return np.array([self.shares[place % len(self.shares)] for place in range(len(texts))])


@pytest.fixture(autouse=True)
def nothing_kept():
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def test_three_classes_named_like_the_columns(tmp_path):
    model = Known([0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6])
    classes = ("text", "class", "p(text)")
    frame = trying_file._answers(tmp_path, ("a", "b", "=c"), model, classes, 0.9)
    assert frame["class"].tolist() == ["class", "text", "p(text)"]
    assert frame["probability"].tolist() == [0.7, 0.6, 0.6]
    assert frame["text"].tolist() == ["a", "b", "=c"]
    back = pd.read_csv(io.BytesIO(to_csv(frame)))
    assert list(back) == ["text", "class", "probability", "p(text)", "p(class)", "p(p(text))"]
    assert back["p(class)"].tolist() == [0.7, 0.3, 0.2]


def test_two_classes_are_decided_by_the_threshold(tmp_path):
    frame = trying_file._answers(tmp_path, ("a", "b"), Known([0.6, 0.4], [0.7, 0.3]), ("no", "yes"), 0.3)
    assert frame["class"].tolist() == ["yes", "no"] and frame["probability"].tolist() == [0.4, 0.7]


def test_a_word_that_turns_the_answer_is_told_however_little_it_moves():
    parts = [Part(0, 1, 0.007), Part(2, 3, 0.001), Part(4, 5, -0.005)]
    assert trying_text._turning(parts, np.array([0.988, 0.012]), 0.010) == {parts[0]}
    assert trying_text._turning(parts, np.array([0.994, 0.006]), 0.010) == {parts[0]}
    assert trying_text._turning(parts, np.array([0.5, 0.5]), None) == set()
    assert trying_text._turning(parts, np.array([0.1, 0.2, 0.7]), 0.010) == set()


def test_a_file_is_asked_about_in_questions_that_a_slow_model_can_answer(tmp_path):
    model = Known([0.5, 0.5])
    assert len(trying_file._answers(tmp_path, ("a",) * 250, model, ("no", "yes"), None)) == 250
    assert model.questions == [100, 100, 50]


def test_only_a_line_feed_ends_a_text():
    assert trying_file._lines("a.txt", "one\u2028still\x0bone\x85here\r\n\n \r\ntwo\rto\n") == [
        "one\u2028still\x0bone\x85here",
        "two\rto",
    ]


def test_an_answer_is_kept_for_one_export_only(tmp_path):
    one, other = Known([0.9, 0.1]), Known([0.2, 0.8])
    assert trying_text._answer(tmp_path / "one", "a film", one, None)[0].tolist() == [0.9, 0.1]
    assert trying_text._answer(tmp_path / "other", "a film", other, None)[0].tolist() == [0.2, 0.8]
    for name, model, said in (("one", one, "x"), ("other", other, "y")):
        frame = trying_file._answers(tmp_path / name, ("a",), model, ("x", "y"), None)
        assert frame["class"].tolist() == [said]


def test_texts_that_come_later_are_found(monkeypatch):
    told = [None, (["a warm film"], ["good"]), (["another"], ["bad"])]
    models = SimpleNamespace(learned_from=lambda *_: told.pop(0))
    monkeypatch.setattr(trying_text, "bench", lambda: SimpleNamespace(models=models))
    here = Path("one")
    assert trying_text._neighbours(here, "reviews", 1) is None
    found = trying_text._neighbours(here, "reviews", 1)
    assert found is not None and found.of("warm")[0].label == "good"
    assert trying_text._neighbours(here, "reviews", 1) is found
    elsewhere = trying_text._neighbours(Path("other"), "reviews", 1)
    assert elsewhere is not None and elsewhere.of("another")[0].label == "bad"
