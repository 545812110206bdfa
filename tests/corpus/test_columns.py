from __future__ import annotations

import pyarrow as pa
import pytest

from al_core.corpus import cache
from al_core.corpus.columns import guess_columns, import_table
from al_core.errors import BadInput


def table(**columns: list[object]) -> pa.Table:
    return pa.table(columns)


def imported(labels: list[object], positive: str | None = None):
    rows = table(text=[f"text {each}" for each in range(len(labels))], label=labels)
    return import_table(rows, "text", "label", "Mine", positive)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"label": ["a", "b"], "text": ["x", "y"]}, ("text", "label")),
        ({"Review": ["x", "y"], "Sentiment": ["a", "b"]}, ("Review", "Sentiment")),
        ({"id": [1, 2], "words": ["long words here", "and there"]}, ("words", None)),
        ({"q": ["one of many words", "another text"] * 9, "kind": ["a", "b"] * 9}, ("q", "kind")),
        ({"text": ["x", "y"]}, ("text", None)),
        ({"label": ["a", "b"]}, ("label", None)),
    ],
)
def test_columns_are_guessed(columns: dict[str, list[object]], expected: tuple[str, str | None]):
    assert guess_columns(table(**columns)) == expected


@pytest.mark.parametrize(
    ("labels", "classes", "numbers"),
    [
        (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
        (["1", "0", ""], ("0", "1"), [1, 0, -1]),
        ([1.0, 0.0, None], ("0", "1"), [1, 0, -1]),
        (["1.0", "0.0", " "], ("0", "1"), [1, 0, -1]),
        (["1.5", "1.0", "2.0"], ("1.0", "1.5", "2.0"), [1, 0, 2]),
        (["c10", "c9", "NaN"], ("c9", "c10"), [1, 0, -1]),
        ([float("nan"), 2.0, 10.0], ("2", "10"), [-1, 0, 1]),
        ([True, False, None], ("False", "True"), [1, 0, -1]),
        ([" a ", "a", "b"], ("a", "b"), [0, 0, 1]),
        ([None, None, ""], (), [-1, -1, -1]),
        (["x", "x", "x"], ("x",), [0, 0, 0]),
    ],
)
def test_labels_become_classes(labels: list[object], classes: tuple[str, ...], numbers: list[int]):
    column = pa.array(labels, from_pandas=False) if labels[0] is not None else pa.array(labels, pa.string())
    rows = pa.table({"text": ["a", "b", "c"], "label": column})
    corpus = import_table(rows, "text", "label", "Mine")
    assert (corpus.classes, corpus.labels.tolist()) == (classes, numbers)


def test_the_positive_class_comes_last():
    assert imported(["ham", "spam"], positive="ham").classes == ("spam", "ham")
    assert imported(["ham", "spam"], positive="spam").classes == ("ham", "spam")
    assert imported(["a", "b", "c"], positive="a").classes == ("a", "b", "c")


def test_labels_may_be_missing_altogether():
    corpus = import_table(table(text=["a", None]), "text", None, " ")
    assert corpus.classes == () and corpus.labels.tolist() == [-1, -1]
    assert corpus.texts == ["a", ""] and corpus.title == "Imported table"


def test_categories_of_pandas_are_read():
    rows = pa.table({"text": ["a", "b"], "label": pa.array(["x", "y"]).dictionary_encode()})
    assert import_table(rows, "text", "label", "Mine").classes == ("x", "y")


def test_the_key_is_the_content():
    assert imported(["a", "b"]).key == imported(["a", "b"]).key
    assert imported(["a", "b"]).key != imported(["b", "a"]).key
    assert imported(["a", "b"]).key != imported(["a", "b"], positive="a").key
    cache.save(imported(["a", "b"]))
    assert cache.exists(imported(["a", "b"]).key)


def test_texts_are_kept_as_they_are():
    texts = ["=1+1", " <b>x</b> ", "**bold**"]
    assert import_table(table(text=texts), "text", None, "Mine").texts == texts


@pytest.mark.parametrize(
    ("columns", "text", "label", "positive", "words"),
    [
        ({"a": ["x"]}, "b", None, None, "There is no column 'b'; the columns are: a"),
        ({"a": ["x"]}, "a", "b", None, "There is no column 'b'"),
        ({"a": ["x"]}, "a", "a", None, "both text and label"),
        ({"a": ["", " ", None]}, "a", None, None, "Column 'a' holds no text"),
        ({"a": ["x", "y"], "b": ["0", "1"]}, "a", "b", "2", "no class '2'; the classes are: 0, 1"),
        (
            {"a": ["x", "y"], "b": ["0", "z" * 201]},
            "a",
            "b",
            None,
            "in row 2; is this really the label column",
        ),
        (
            {"a": ["x"] * 1_001, "b": [str(each) for each in range(1_001)]},
            "a",
            "b",
            None,
            "1,001 different values; is this really the label column",
        ),
    ],
)
def test_what_cannot_be_imported_is_said(
    columns: dict[str, list[object]], text: str, label: str | None, positive: str | None, words: str
):
    with pytest.raises(BadInput, match=words):
        import_table(table(**columns), text, label, "Mine", positive)
