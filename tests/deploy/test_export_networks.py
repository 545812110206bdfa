"""Networks outside the workbench: Keras, SavedModel and ONNX give what the workbench gives."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leaving import NONE, ODD, SURROGATES, elsewhere, expected, fitted, leave, toy

from al_core import calibration
from al_core.classifiers import REGISTRY
from al_core.classifiers.keras_classifier import KerasClassifier
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.deploy import export, networks, reader, strings
from al_core.features.tokens import words

pytestmark = pytest.mark.xdist_group("networks")

TRAINING = {"epochs": 3, "patience": 3, "batch_size": 50, "learning_rate": 0.05}
SMALL = {
    "attention": {"embedding": 6, "heads": 2, "feed_forward": 8},
    "bilstm": {"embedding": 6, "units": 4, "dense": 5},
    "ngram_bag": {"embedding": 6, "buckets": 20},
    "pretrained": {"dense": 16},
    "small_network": {"dense": 16},
    "text_cnn": {"embedding": 6, "filters": 4},
}
FULL = bool(os.environ.get("AL_TEST_FULL"))
"""Every format of every network, and a thousand reviews for each classifier: minutes."""
NETWORKS = [name for name in sorted(REGISTRY) if issubclass(REGISTRY[name].build, KerasClassifier)]
TEMPERATURE, ISOTONIC = Component(name="temperature"), Component(name="isotonic", params={"fewest": 2})
# Calibrations and numbers of classes take turns.
TURNS = itertools.cycle([(2, ISOTONIC), (3, TEMPERATURE), (2, TEMPERATURE), (3, ISOTONIC), (2, NONE)])
SHAPES = dict(zip(NETWORKS, TURNS, strict=False))
FORMATS = NETWORKS if FULL else ["bilstm", "small_network", "text_cnn"]
"""Networks that are exported in all formats; the others for Keras alone."""
IN_ALL_FORMATS = "bilstm"
"""The published network, whose every format answers a thousand reviews."""
EMBEDDED = "sentence embeddings"
"""Read by a linear model."""
TEXTS = [*ODD, *toy().texts[:60]]


@pytest.fixture(scope="module")
def left(tmp_path_factory, tiny_encoder):
    """Export every network, ask one process that knows nothing about all, and others the other formats."""
    from al_core import devices

    devices.setup()
    folder = tmp_path_factory.mktemp("networks")
    folders, own = {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AL_HOME", str(folder / "home"))
        for name, (classes, around) in SHAPES.items():
            reads, params = REGISTRY[name].build.reads, SMALL.get(name, {}) | TRAINING
            read = {
                "ids": Component(name="tokens", params={"length": 20, "vocabulary": 60, "strip_html": True}),
                "vectors": Component(name="words_and_topics", params={"components": 12}),
                "subwords": Component(name="subwords", params={"preset": tiny_encoder, "length": 16}),
            }
            if reads == "subwords":
                params |= {"preset": tiny_encoder}
            source, model = fitted(
                folder, Component(name=name, params=params), read[reads], toy(classes), around
            )
            folders[name] = leave(folder / name, source, keras_formats=name in FORMATS)
            own[name] = expected(source, model, TEXTS)
        embedded = Component(name="sentence_embeddings", params={"preset": tiny_encoder, "length": 16})
        source, model = fitted(folder, Component(name="logistic"), embedded, toy())
        folders[EMBEDDED], own[EMBEDDED] = leave(folder / "embedded", source), expected(source, model, TEXTS)
    found = elsewhere(folder, TEXTS, list(folders.values()), light=False)
    return folders, own, dict(zip(folders, found, strict=True))


def assert_near(name: str, found: np.ndarray, own: np.ndarray, most: float) -> None:
    """All rows; but a few at a step of an isotonic curve, where the last digit may be a large difference."""
    assert found.shape == own.shape
    isotonic = name in SHAPES and SHAPES[name][1] == ISOTONIC
    assert np.quantile(np.abs(found - own).max(axis=1), 0.9 if isotonic else 1.0) <= most


@pytest.mark.parametrize("name", [*NETWORKS, EMBEDDED])
def test_a_process_that_knows_nothing_gives_the_same_probabilities(left, name):
    _, own, found = left
    assert_near(name, found[name], own[name], 1e-6)
    assert found[name].dtype == np.float64 and np.ptp(own[name][:, 0]) > 0.01, "it has learned something"


def served(folder: Path, texts: Sequence[str]) -> np.ndarray:
    """Return what TensorFlow Serving says, which looks for a version's number under the folder.

    It is asked with texts where the network reads word numbers, else with what `predict.py` makes of them.
    """
    import tensorflow as tf

    (version,) = (folder / "saved_model").iterdir()
    assert version.name.isdecimal()
    model: Any = tf.saved_model.load(str(version))
    serve = model.signatures["serving_default"]
    (argument,) = serve.structured_input_signature[1]
    if argument == "texts":
        read = tf.constant([text.encode() for text in texts])
    else:
        x = reader.load(folder).features(texts)
        read = tf.constant(x.toarray() if isinstance(x, reader.Rows) else x)
    return serve(**{argument: read})["probabilities"].numpy()


@pytest.mark.parametrize("name", FORMATS)
def test_a_saved_model_gives_the_same_probabilities(left, name):

    folders, own, _ = left
    assert_near(name, served(folders[name], TEXTS), own[name], 1e-6)
    texts = REGISTRY[name].build.reads == "ids"
    card = (folders[name] / "README.md").read_text(encoding="utf-8")
    assert ('{"instances": ["A text"]}' if texts else '{"instances": [[...]]}') in card


@pytest.mark.parametrize("name", FORMATS)
def test_onnx_gives_the_same_probabilities(left, name):
    pytest.importorskip("tf2onnx", reason="tf2onnx is not installed; it is optional")
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed; it is optional")
    folders, own, _ = left
    assert "model.onnx" in reader.load(folders[name]).about["formats"]
    assert_near(name, reader.load(folders[name], "onnx").predict_proba(TEXTS), own[name], 1e-4)


@pytest.mark.parametrize("name", ["temperature", "isotonic", "none"])
@pytest.mark.parametrize("classes", [2, 3])
def test_tensorflow_calibrates_as_the_workbench_does(name, classes):
    import tensorflow as tf

    rng = np.random.default_rng(0)
    raw = rng.dirichlet(np.full(classes, 0.3), 400)
    raw[:3] = np.eye(classes)[[0, 1, 1]]
    labels = (
        rng.random(400)[:, None] > np.cumsum(raw**0.5 / (raw**0.5).sum(axis=1, keepdims=True), axis=1)
    ).sum(axis=1)
    calibrator = calibration.REGISTRY[name].create({"fewest": 2} if name == "isotonic" else {})
    learned = calibrator.fit(raw, np.minimum(labels, classes - 1))
    how = export._calibration({f"calibrator/{each}": value for each, value in learned.items()})
    own = calibrator.apply(learned, raw)
    np.testing.assert_allclose(networks._calibrated(tf.constant(raw), how).numpy(), own, rtol=0, atol=1e-12)
    np.testing.assert_allclose(reader._calibrated(raw, how), own, rtol=0, atol=1e-15)


def test_word_numbers_and_onnx_take_no_tensorflow(left, tmp_path):
    pytest.importorskip("tf2onnx", reason="tf2onnx is not installed; it is optional")
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed; it is optional")
    folders, own, _ = left
    (found,) = elsewhere(tmp_path, TEXTS, [folders["text_cnn"]], light=True, runtime="onnx")
    np.testing.assert_allclose(found, own["text_cnn"], rtol=0, atol=1e-4)


def test_half_a_surrogate_pair_crashes_nothing(left):
    folders, _, _ = left
    for name in ("text_cnn", "pretrained"):
        assert np.isfinite(reader.load(folders[name]).predict_proba(SURROGATES)).all()


def test_the_card_and_the_requirements_say_what_is_there(left):
    folders, _, _ = left
    for name, folder in folders.items():
        card = (folder / "README.md").read_text(encoding="utf-8")
        required = (folder / "requirements.txt").read_text(encoding="utf-8")
        assert ("`saved_model`" in card) == (name in FORMATS)
        hub = name in (EMBEDDED, "pretrained")
        assert ("keras-hub" in required) == hub == ("Texts are read with keras-hub" in card)
        assert "keras" in required and not list(folder.rglob("*.pkl"))
        assert "al_core" not in (folder / "predict.py").read_text(encoding="utf-8")


def test_without_other_formats_there_is_keras_alone(tmp_path):
    features = Component(name="tokens", params={"length": 8, "vocabulary": 30})
    network = Component(name="text_cnn", params=SMALL["text_cnn"] | TRAINING | {"epochs": 1})
    source, model = fitted(tmp_path, network, features, toy())
    folder = leave(tmp_path / "left", source, keras_formats=False)
    assert not (folder / "saved_model").exists() and not (folder / "model.onnx").exists()
    found = reader.load(folder, "keras").predict_proba(TEXTS)
    np.testing.assert_allclose(found, expected(source, model, TEXTS), rtol=0, atol=1e-6)
    with pytest.raises(reader.Missing, match=r"requirements\.txt"):
        reader.load(folder, "onnx")


def test_without_a_converter_the_export_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "util", SimpleNamespace(find_spec=lambda name: None))
    features = Component(name="tokens", params={"length": 8, "vocabulary": 30})
    network = Component(name="text_cnn", params=SMALL["text_cnn"] | TRAINING | {"epochs": 1})
    source, _ = fitted(tmp_path, network, features, toy())
    monkeypatch.setattr(networks, "_put_saved_model", lambda *read: "SavedModel")
    about = json.loads((leave(tmp_path / "left", source) / "model.json").read_text(encoding="utf-8"))
    assert about["lacking"] == {"model.onnx": "tf2onnx is not installed."}
    assert "`model.onnx` is not here" in (tmp_path / "left" / "README.md").read_text(encoding="utf-8")


LETTERS = "ΣσςAaİIıß.,'\u0301\u00ad\u0345\x00\x1c\x85\xa0\u2003\u3000 <bBrR/>😀Ⱟ\U00010570"
SOME = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.text(LETTERS, max_size=40)


@settings(max_examples=20)
@given(st.lists(SOME, min_size=20, max_size=60), st.booleans())
def test_tensorflow_cuts_words_as_python_does(texts, strip_html):
    import tensorflow as tf

    cut = [words(text, strip_html=strip_html) for text in texts]
    names = sorted({word for found in cut for word in found})[::2]
    known = {word: place + 2 for place, word in enumerate(names)}
    ids, _ = strings.tokeniser(names, 5, strip_html)
    expected_ids = np.zeros((len(texts), 5), np.int32)
    for row, found in zip(expected_ids, cut, strict=True):
        row[: len(found)] = [known.get(word, 1) for word in found[:5]]
    np.testing.assert_array_equal(ids(tf.constant([text.encode() for text in texts])).numpy(), expected_ids)


def test_tensorflow_lowers_every_letter_as_python_does():
    import tensorflow as tf

    every = [chr(point) for point in range(0x20000) if not 0xD800 <= point <= 0xDFFF]
    texts = ["".join(every[start : start + 500]) + "ΑΣ" for start in range(0, len(every), 500)]
    found = strings._lower(tf.constant([text.encode() for text in texts])).numpy()
    assert [each.decode() for each in found] == [text.lower() for text in texts]


@pytest.fixture(scope="module")
def reviews():
    """Return the first 2,000 reviews of films."""
    folder = os.environ.get("TFDS_DATA_DIR", "")
    if not (folder and (Path(folder) / "imdb_reviews").is_dir()):
        pytest.skip("TFDS_DATA_DIR names no folder with imdb_reviews")
    import tensorflow_datasets as tfds

    rows = tfds.load("imdb_reviews", split="train[:8%]", as_supervised=True, shuffle_files=False)
    found = [(text.decode(), int(label)) for text, label in rows.as_numpy_iterator()]
    labels = np.array([label for _, label in found], np.int32)
    return Corpus("reviews", "Reviews", [text for text, _ in found], labels, ("neg", "pos"))


@pytest.mark.parametrize("name", sorted(REGISTRY) if FULL else ["logistic", "text_cnn"])
def test_a_thousand_real_reviews(tmp_path, reviews, name, tiny_encoder):
    corpus = reviews
    more = [f"{text} 😀 naïve" for text in corpus.texts[1000:1990]] + ODD[:9] + [" ".join(corpus.texts[:200])]
    corpus = replace(corpus, texts=corpus.texts[:1000], labels=corpus.labels[:1000])
    network = name in NETWORKS
    params = SMALL.get(name, {}) | ({"epochs": 2, "patience": 2} if network else {})
    features = {
        "ids": Component(name="tokens", params={"length": 60}),
        "vectors": Component(name="words_and_topics", params={"components": 40}),
        "subwords": Component(name="subwords", params={"preset": tiny_encoder, "length": 32}),
    }[REGISTRY[name].build.reads]
    if features.name == "subwords":
        params |= {"preset": tiny_encoder}
    source, model = fitted(
        tmp_path, Component(name=name, params=params), features, corpus, TEMPERATURE, np.arange(700)
    )
    every = FULL and name == IN_ALL_FORMATS
    folder = leave(tmp_path / "left", source, keras_formats=every)
    found, own = elsewhere(tmp_path, more, [folder], light=not network)[0], expected(source, model, more)
    assert len(more) == 1000
    np.testing.assert_allclose(found, own, rtol=0, atol=1e-6)
    if every:
        np.testing.assert_allclose(served(folder, more), own, rtol=0, atol=1e-6)
        (found,) = elsewhere(tmp_path, more, [folder], light=True, runtime="onnx")
        np.testing.assert_allclose(found, own, rtol=0, atol=1e-4)
