from __future__ import annotations

import re

import numpy as np
import pytest

from al_core.corpus.base import Corpus
from al_core.corpus.profile import EMPTY, duplicate_groups, profile


def corpus(texts: list[str], labels: list[int], classes: tuple[str, ...] = ("no", "yes")) -> Corpus:
    return Corpus("c", "C", texts, np.array(labels, dtype=np.int32), classes)


def test_groups_fold_case_and_white_space():
    texts = ["A b", "a  B\n", " a b ", "ab", "Straße", "STRASSE", "", " \t", "c"]
    assert duplicate_groups(texts).tolist() == [0, 0, 0, 1, 2, 2, EMPTY, EMPTY, 3]
    assert duplicate_groups([]).tolist() == []
    assert duplicate_groups(["\ud800"]).tolist() == [0]


def test_a_profile_counts_what_it_says():
    found = profile(corpus(["a b c", "A b  c", "d", "", "e f"], [1, 0, -1, 0, 0]))
    assert (found.rows, found.labelled, found.unlabelled) == (5, 4, 1)
    assert found.class_counts == {"no": 3, "yes": 1}
    assert (found.empty_texts, found.duplicate_rows, found.conflicting_texts) == (1, 1, 1)
    assert found.length_quantiles["shortest"] == 0 and found.length_quantiles["longest"] == 3
    assert sum(found.length_counts) == 5 and len(found.length_edges) == len(found.length_counts) + 1


def test_the_histogram_holds_every_text_though_one_is_very_long():
    found = profile(corpus(["a b"] * 999 + ["a " * 90_000], [0, 1] * 500))
    assert sum(found.length_counts) == 1_000 and found.length_counts[-1] == 1
    assert found.length_edges[-1] < 100


@pytest.mark.parametrize(
    ("labels", "classes", "words"),
    [
        ([-1, -1, -1], (), "can be labelled but not used in an experiment"),
        ([0, 0, 0], ("no",), "at least two classes"),
        ([0, 1, -1], ("no", "yes"), "1 row has no label"),
        ([0, 1, 1], ("Spam", "spam "), "differ only in case or spaces"),
        ([0, 1, 1], ("no", "yes"), "Fewer than 10 rows of: 'no' .1., 'yes' .2."),
    ],
)
def test_problems_are_said(labels: list[int], classes: tuple[str, ...], words: str):
    problems = profile(corpus(["a", "b", "c"], labels, classes)).problems
    assert any(re.search(words, problem) for problem in problems), problems


def test_a_sound_corpus_has_no_problems():
    assert profile(corpus([f"text {each}" for each in range(40)], [0, 1] * 20)).problems == ()


def test_an_empty_corpus_has_a_profile():
    assert profile(corpus([], [])).rows == 0
