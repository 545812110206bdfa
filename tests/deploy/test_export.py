"""Linear models outside the workbench: the same probabilities, from NumPy alone."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaving import NONE, ODD, SURROGATES, elsewhere, expected, fitted, leave, toy
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from al_core.classifiers import REGISTRY
from al_core.classifiers.linear import LinearClassifier
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.deploy import card, export, reader
from al_core.deploy.reading import READINGS
from al_core.errors import BadInput, Unavailable
from al_core.features import REGISTRY as FEATURES
from al_core.features import tokens, word_stream
from al_core.features.counting import Pieces, Words

TEMPERATURE, ISOTONIC = (
    Component(name="temperature"),
    Component(name="isotonic", params={"fewest": 2}),
)
KINDS = {
    "tfidf": ("tfidf", {"longest": 3, "rarest": 1}),
    "without stop words": ("tfidf", {"stop_words": True}),
    "characters": ("characters", {"shortest": 3, "longest": 5}),
    "tfidf_svd": ("tfidf_svd", {"components": 12}),
    "fewer words than topics": ("tfidf_svd", {"components": 900}),
    "words_and_topics": ("words_and_topics", {"components": 12, "share": 0.3}),
}
LINEAR = [name for name in sorted(REGISTRY) if issubclass(REGISTRY[name].build, LinearClassifier)]
CASES = [(name, "words_and_topics", 2, NONE) for name in LINEAR]
CASES += [(name, "tfidf", 3, ISOTONIC) for name in LINEAR]
CASES += [("logistic", kind, 2, ISOTONIC) for kind in KINDS]
CASES += [("logistic", "tfidf", 3, TEMPERATURE), ("logistic", "tfidf_svd", 2, TEMPERATURE)]
TEXTS = [*ODD, *SURROGATES, *toy().texts]


def vectors(kind: str) -> Component:
    name, params = KINDS[kind]
    return Component(name=name, params=FEATURES[name].settings(params))


def test_every_kind_of_features_can_leave():
    assert set(READINGS) == set(FEATURES) == set(reader.FEATURES)


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """Export all cases, and ask one process that knows nothing about all of them."""
    folder = tmp_path_factory.mktemp("linear")
    folders, own = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AL_HOME", str(folder / "home"))
        for place, (name, kind, classes, calibration) in enumerate(CASES):
            corpus = toy(classes)
            # The third class has no label to learn from.
            rows = np.flatnonzero(corpus.labels[:100] < 2) if calibration == TEMPERATURE else None
            source, model = fitted(folder, Component(name=name), vectors(kind), corpus, calibration, rows)
            folders.append(leave(folder / f"case-{place}", source))
            own.append(expected(source, model, TEXTS))
        return own, elsewhere(folder, TEXTS, folders, light=True)


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: "-".join(map(str, CASES[place][:3])))
def test_a_process_that_knows_nothing_gives_the_same_probabilities(left, place):
    own, found = (each[place] for each in left)
    assert found.dtype == np.float64 and found.shape == (len(TEXTS), CASES[place][2])
    np.testing.assert_allclose(found, own, rtol=0, atol=1e-9)
    assert np.ptp(found[:, 0]) > 0.2, "it has learned something"


def in_corpus(wanted: Words | Pieces, text: str) -> dict[str, int]:
    counts, names = wanted.named([text])
    return dict(zip(names(counts.indices), counts.data.tolist(), strict=True))


def counted(found: Iterable[str]) -> dict[str, int]:
    return dict(Counter(found))


ANY = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "Aσ Σ.İi<br/>\x00\x1c\xa0😀\u0301é'", max_size=30
)


@given(ANY)
def test_words_are_cut_as_the_workbench_cuts_them(text):
    for strip_html in (False, True):
        assert reader.words(text, strip_html) == tokens.words(text, strip_html=strip_html)
    assert reader.prepared(text) == word_stream.prepared(text)
    assert counted(reader.pieces(text, 2, 4)) == in_corpus(Pieces(2, 4, 1), text)


@given(ANY, st.integers(1, 3))
def test_words_in_a_row_are_counted_as_the_workbench_counts_them(text, longest):
    for stop_words in (frozenset(), ENGLISH_STOP_WORDS):
        found = counted(reader.runs(text, longest, stop_words))
        assert found == in_corpus(Words(longest, 1, bool(stop_words)), text)


@pytest.fixture
def source(tmp_path):
    made, _ = fitted(tmp_path, Component(name="logistic"), vectors("words_and_topics"), toy())
    return replace(made, threshold=0.8)


@pytest.fixture
def folder(tmp_path, source):
    return leave(tmp_path / "left", source)


def test_decisions_follow_the_threshold(folder):
    model = reader.load(folder)
    assert model.classes == ["no", "yes"] and model.threshold == 0.8
    assert model.decide(np.array([[0.2, 0.8], [0.19, 0.81]])) == ["no", "yes"]
    assert replace(model, threshold=None).decide(np.array([[0.4, 0.6], [0.5, 0.5]])) == ["yes", "no"]
    assert model.predict_proba([]).shape == (0, 2)
    with pytest.raises(TypeError, match="list of texts"):
        model.predict_proba("a text")


def test_vectors_can_be_looked_at(folder):
    rows = reader.load(folder).features(["good good film", ""])
    x = rows.toarray()
    assert x.shape == rows.shape and x.dtype == np.float32
    np.testing.assert_allclose(np.square(x).sum(axis=1), [1, 0], atol=1e-6)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": "", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def test_it_runs_as_it_is(folder):
    answered = run(folder, "predict.py", "good 😀", "bad")
    assert answered.returncode == 0, answered.stderr
    lines = [line.split("\t") for line in answered.stdout.splitlines()]
    assert [line[0] for line in lines] in (["no", "yes"], ["no", "no"]) and 0 < float(lines[0][1]) < 1
    example = run(folder, "example.py")
    assert example.returncode == 0 and "'yes': 0." in example.stdout, example.stderr
    assert run(folder, "predict.py").returncode == 2
    (folder / "slopes.npy").unlink()
    broken = run(folder, "predict.py", "good")
    assert broken.returncode == 1 and broken.stderr.count("\n") == 1 and "slopes.npy" in broken.stderr


@pytest.mark.parametrize("name", ["axes.npy", "names.json", "weights.npy", "slopes.npy", "model.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "changed", "pickle"])
def test_a_damaged_folder_gets_one_sentence(folder, name, damage):
    path = folder / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "pickle":
        np.save(folder / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
        path.write_bytes((folder / "x.npy").read_bytes())
    else:
        path.write_bytes(data[: len(data) // 2] if damage == "cut" else b"[]" + data[2:])
    with pytest.raises(reader.Damaged) as caught:
        reader.load(folder)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_what_a_later_version_wrote_is_not_guessed_at(folder):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    with pytest.raises(reader.Damaged, match="another format"):
        reader.load(folder)


def test_a_folder_is_written_whole_or_not_at_all(tmp_path, source, monkeypatch):
    def full(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(card, "markdown", full)
        with pytest.raises(OSError, match="disk full"):
            leave(tmp_path / "left", source)
    assert not any("left" in path.name for path in tmp_path.iterdir())
    (tmp_path / "left").mkdir()
    leave(tmp_path / "left", source)
    with pytest.raises(BadInput, match="in use"):
        leave(tmp_path / "left", source)
    assert (tmp_path / "left" / "model.json").is_file()


@pytest.mark.parametrize("same_width", [True, False])
def test_a_model_whose_features_were_others_does_not_leave(tmp_path, source, same_width):
    # The cache has the features of other texts, as if they had been made on another machine.
    texts = list(source.corpus.texts)
    changed = (
        [*texts[:120], *reversed(texts[120:])] if same_width else ["w1 w2 new words", "new words", *texts[2:]]
    )
    with pytest.raises(Unavailable, match="fit the model anew"):
        leave(tmp_path / "left", replace(source, corpus=replace(source.corpus, texts=changed)))
    assert not (tmp_path / "left").exists()


def test_the_wrong_number_of_classes_gets_one_sentence(tmp_path, source):
    with pytest.raises(BadInput, match="2 classes, not 3"):
        leave(tmp_path / "left", replace(source, classes=("a", "b", "c")))


def test_one_zip_holds_the_folder(folder, tmp_path):
    path = tmp_path / "left.zip"
    path.write_bytes(export.zipped(folder))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    texts = ["good", ""]
    found = reader.load(tmp_path / "out" / "left").predict_proba(texts)
    np.testing.assert_array_equal(found, reader.load(folder).predict_proba(texts))
    assert not list(tmp_path.glob(".*zip"))


def whole(corpus: Corpus) -> str:
    return export.fingerprint(corpus.texts, corpus.labels.tolist())


METRICS = {
    "n": 100,
    "accuracy": 0.9,
    "loss": 0.25,
    "fn": 6,
    "fp": 4,
    "ece": 0.02,
    "confusion": [[46, 4], [6, 44]],
}
EVIL = "# <script>alert(1)</script> [x](javascript:1) | *b* `c`\n\n- www.example.com \u202e"


def test_the_card_tells_what_the_model_is_worth_and_escapes_what_people_wrote(tmp_path, source):
    about = {
        "name": EVIL,
        "version": 3,
        "note": EVIL,
        "promoted_by": EVIL,
        "created": "2026-01-02",
        "origin": {"run": "abc", "round": 4},
        "labels": 1200,
        "strategy": "Margin",
        "seed": 7,
        "metrics": {"validation": METRICS, "test": METRICS | {"fn": 5}},
        "prices": {"fn": 5.0, "fp": 1.0},
    }
    corpus = replace(source.corpus, note=EVIL, classes=("no", EVIL))
    left = leave(tmp_path / "left", replace(source, about=about, corpus=corpus, classes=corpus.classes))
    text = (left / "README.md").read_text(encoding="utf-8")
    for word in (
        "1,200",
        "Margin",
        "| Test | 100 | 0.9000 | 0.2500 | 5 | 4 | 0.0200 |",
        "above a probability of 0.8",
    ):
        assert word in text
    assert "run abc, round 4" in text and "false negative: 5; of a false positive: 1." in text
    assert "\u202e" not in text
    markdown = pytest.importorskip("markdown_it", reason="markdown-it comes with the app")
    shown = markdown.MarkdownIt("gfm-like", {"linkify": False}).render(text)
    literally = html.escape(" ".join(EVIL.replace("\u202e", "").split()), quote=False)
    assert shown.count(literally) >= 5, "what people wrote is shown as it is"
    for mark in ("<script", "<a ", "<em>", "<hr"):
        assert mark not in shown
    assert shown.count("<h1>") == 1 and shown.count("</th>") == 7 and shown.count("</td>") == 14
    told = json.loads((left / "model.json").read_text(encoding="utf-8"))
    assert told["about"]["note"] == EVIL and told["data"]["sha256"] == whole(corpus)
    assert told["data"]["learned"] is None and "learned from" not in text
    assert reader.load(left).about["about"]["seed"] == 7


def test_a_fingerprint_sees_texts_labels_and_their_order():
    corpus = toy()
    labels = corpus.labels.copy()
    labels[0] = 1 - labels[0]
    others = [
        replace(corpus, labels=labels),
        replace(corpus, texts=[*corpus.texts[:-1], "x"]),
        replace(corpus, texts=["a", "bc"], labels=corpus.labels[:2]),
        replace(corpus, texts=["ab", "c"], labels=corpus.labels[:2]),
    ]
    assert len({whole(each) for each in [corpus, *others]}) == 5


def test_prices_are_told_with_a_threshold_only(tmp_path, source):
    about = {"prices": {"fn": 1.0, "fp": 1.0}}
    left = leave(tmp_path / "left", replace(source, about=about, threshold=None))
    assert "Price" not in (left / "README.md").read_text(encoding="utf-8")
    left = leave(tmp_path / "again", replace(source, about=about))
    assert "false negative: 1; of a false positive: 1." in (left / "README.md").read_text(encoding="utf-8")
