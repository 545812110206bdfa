"""Pretrained encoders as classifiers: what is fitted, what must not be mixed, and what is refused."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from al_core import backbones, catalogue, seeding
from al_core.classifiers import REGISTRY
from al_core.classifiers.base import Examples, FitHooks
from al_core.classifiers.keras_classifier import values_of
from al_core.config import Component
from al_core.errors import BadInput
from al_core.presets import PRESETS

pytestmark = pytest.mark.xdist_group("networks")

WORDS = [
    "the film is good",
    "a dull film",
    "the cat was not bad",
    "he and she",
    "",
    "dog dog dog dog dog dog",
]
TEXTS = [f"{WORDS[i % 6]} {WORDS[i % 5]}" for i in range(40)]
Y = (np.arange(40) % 2).astype(np.int32)
LENGTH = 12


def made(preset: str):
    settings = {"preset": preset, "dense": 8, "epochs": 2, "batch_size": 8, "learning_rate": 0.01}
    classifier = REGISTRY["pretrained"].create(settings)
    classifier.prepare(LENGTH, 2, 0)
    classifier.reset(1)
    return classifier


def fit(classifier, x):
    hooks = FitHooks(lambda n: None, lambda e: None)
    return classifier.fit(
        Examples(x[:30], Y[:30]), Examples(x[30:], Y[30:]), partial(seeding.integer, 0), hooks,
        keep_best=False, resume=False,
    )  # fmt: skip


def test_it_begins_as_a_head_on_what_the_encoder_makes(tiny_encoder):
    x = backbones.token_ids(tiny_encoder, TEXTS, LENGTH)
    classifier = made(tiny_encoder)
    vectors = backbones.vectors(backbones.reader(tiny_encoder, LENGTH), x)
    kernel, bias = classifier._model.layers[-3].get_weights()
    np.testing.assert_allclose(classifier.embed(x), np.maximum(vectors @ kernel + bias, 0), atol=1e-5)


def test_fine_tuning_moves_the_encoder_and_a_reset_brings_it_back(tiny_encoder):
    x = backbones.token_ids(tiny_encoder, TEXTS, LENGTH)
    given = values_of(backbones.reader(tiny_encoder, LENGTH).weights)
    classifier = made(tiny_encoder)

    def encoder():
        return values_of(classifier._model.weights)[: len(given)]

    fit(classifier, x)
    assert all(not np.array_equal(a, b) for a, b in zip(encoder(), given, strict=True))
    classifier.reset(1)
    for a, b in zip(encoder(), given, strict=True):
        np.testing.assert_array_equal(a, b)


def config(features: str, given: str | None, model: str, expected: str | None):
    def component(name: str, preset: str | None) -> Component:
        return Component(name=name, params={} if preset is None else {"preset": preset})

    parts = {"features": component(features, given), "classifier": component(model, expected)}
    return PRESETS["demo"].config.model_copy(update=parts)


def test_an_encoder_reads_its_own_words_only(tiny_encoder, tmp_path):
    catalogue.validated(config("subwords", tiny_encoder, "pretrained", tiny_encoder))
    catalogue.validated(config("sentence_embeddings", tiny_encoder, "logistic", None))
    other = shutil.copytree(tiny_encoder, tmp_path / "other")
    with pytest.raises(BadInput, match="same preset for both"):
        catalogue.validated(config("subwords", tiny_encoder, "pretrained", str(other)))
    with pytest.raises(BadInput, match="cannot read Word numbers; choose Pieces of words"):
        catalogue.validated(config("tokens", None, "pretrained", tiny_encoder))
    with pytest.raises(BadInput, match="cannot read Pieces of words"):
        catalogue.validated(config("subwords", tiny_encoder, "bilstm", None))


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("https://example.com/model.keras", "a KerasHub name"),
        ("gs://bucket/model", "a KerasHub name"),
        ("file:///etc", "a KerasHub name"),
        ("nowhere/at/all", "no folder"),
        ("", "no folder"),
        (".", "no config.json"),
    ],
)
def test_what_is_no_preset_is_one_sentence_before_the_run(preset, words, tiny_encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=words):
        catalogue.validated(config("subwords", preset, "pretrained", preset))


def test_without_kerashub_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(backbones.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"not installed; run: pip install .*keras-hub"):
        catalogue.validated(config("subwords", "bert_tiny_en_uncased", "pretrained", "bert_tiny_en_uncased"))


def changed(folder: str, to: Path, file: str, text: str) -> str:
    shutil.copytree(folder, to)
    (to / file).write_text(text)
    return str(to)


CODE = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "registered_name": None,
    "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}},
}


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "{}",
        json.dumps(CODE),
        json.dumps(CODE | {"registered_name": "Functional"}),
        json.dumps({"module": "os", "class_name": "system", "registered_name": "system", "config": {}}),
        json.dumps({"module": "keras_hub", "registered_name": "keras_hub>ResNetBackbone", "config": {}}),
    ],
)
def test_a_preset_with_anything_else_in_it_is_refused(text, tiny_encoder, tmp_path):
    preset = changed(tiny_encoder, tmp_path / "odd", "config.json", text)
    with pytest.raises(BadInput) as caught:
        backbones.reader(preset, LENGTH)
    assert "\n" not in str(caught.value)


def test_a_damaged_preset_and_one_that_reads_less_are_refused(tiny_encoder, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "cut")
    (tmp_path / "cut" / "model.weights.h5").write_bytes(b"no weights")
    with pytest.raises(BadInput, match="cannot be loaded"):
        backbones.reader(str(tmp_path / "cut"), LENGTH)
    with pytest.raises(BadInput, match="64 pieces of words at most"):
        backbones.reader(tiny_encoder, 65)
