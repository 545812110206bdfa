"""Pretrained encoders as features: the pieces of words they read, and the vectors they make."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from al_core import backbones
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.features import REGISTRY
from al_core.features.cache import cached

pytestmark = pytest.mark.xdist_group("networks")

TEXTS = [
    "the film is good",
    "",
    "zyxwvut qqq",
    "der Film läuft über die Straße",
    "この映画は素晴らしい",
    "यह फिल्म अच्छी है",
    "😀 good 😡",
    "[SEP] [PAD]",
    "the good cat and the bad dog . " * 20,
]
NONE = np.empty(0, np.int64)


def embed(preset, texts, length=16):
    made = REGISTRY["sentence_embeddings"].create({"preset": preset, "length": length})
    return made.fit_transform(texts, NONE)


def test_the_same_pieces_as_kerashub_cuts(tiny_encoder):
    import keras_hub

    theirs = keras_hub.models.TextClassifierPreprocessor.from_preset(tiny_encoder, sequence_length=16)(TEXTS)
    made = REGISTRY["subwords"].create({"preset": tiny_encoder, "length": 16})
    ids = made.fit_transform(TEXTS, NONE)
    assert ids.dtype == np.int32 and ids.shape == (len(TEXTS), 16)
    mask = np.asarray(theirs["padding_mask"])
    np.testing.assert_array_equal(ids >= 0, mask)
    np.testing.assert_array_equal(np.where(ids >= 0, ids, -1 - ids), np.asarray(theirs["token_ids"]))


def test_the_same_vectors_as_kerashub_makes(tiny_encoder):
    import keras_hub

    embedder = keras_hub.models.TextEmbedder.from_preset(tiny_encoder)
    embedder.preprocessor.sequence_length = 16
    expected = embedder.predict(TEXTS, verbose=0)
    found = embed(tiny_encoder, TEXTS)
    assert found.dtype == np.float32 and np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_a_vector_does_not_depend_on_the_texts_beside_it(tiny_encoder):
    many = TEXTS * 5
    found = embed(tiny_encoder, many, 64)
    np.testing.assert_array_equal(embed(tiny_encoder, many, 64), found)
    np.testing.assert_allclose(embed(tiny_encoder, many[::-1], 64)[::-1], found, atol=1e-6)
    for place in (0, 4, 8):
        np.testing.assert_allclose(embed(tiny_encoder, [TEXTS[place]], 64)[0], found[place], atol=1e-6)


def encoder(kind: str, folder: str):
    import keras_hub

    sizes = {"vocabulary_size": 40, "num_layers": 1, "hidden_dim": 8, "intermediate_dim": 16}
    heads = {} if kind == "FNetBackbone" else {"num_heads": 2}
    made = getattr(keras_hub.models, kind)(**sizes, **heads, max_sequence_length=64)
    made.save_to_preset(folder)
    return made


@pytest.mark.parametrize("kind", ["DistilBertBackbone", "RobertaBackbone", "FNetBackbone", "GPT2Backbone"])
def test_encoders_of_other_families(kind, tmp_path):
    pytest.importorskip("keras_hub", reason="KerasHub is not installed; it is optional")
    theirs = encoder(kind, str(tmp_path / kind))
    ids = np.random.default_rng(0).integers(2, 40, (5, 40)).astype(np.int32)
    for row in range(5):
        ids[row, 8 * row + 5 :] = -2  # padding is 1, as in RoBERTa
    real = ids >= 0
    given = {
        "token_ids": np.where(real, ids, 1),
        "padding_mask": real.astype(np.int32),
        "segment_ids": np.zeros_like(ids),
    }
    output = theirs({name: given[name] for name in theirs.input})
    sequence = np.asarray(output["sequence_output"] if isinstance(output, dict) else output)
    expected = (sequence * real[..., None]).sum(axis=1) / real.sum(axis=1)[:, None]
    found = backbones.vectors(backbones.reader(str(tmp_path / kind), 40), ids)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_cache_follows_what_is_in_the_folder(tiny_encoder, tmp_path, home):
    folder = tmp_path / "mine"
    shutil.copytree(tiny_encoder, folder)
    corpus = Corpus("toy-1", "Toy", TEXTS, np.zeros(len(TEXTS), np.int32), ("a", "b"))

    def entries(name):
        component = Component(name=name, params={"preset": str(folder), "length": 8})
        features = REGISTRY[name].create(component.params)
        rows = features.rows_to_fit(np.array([0, 1]), np.array([2]))
        assert len(rows) == 0, "nothing is fitted"
        cached(features, component, corpus, rows)
        return len(list((home / "features").iterdir()))

    assert [entries("subwords"), entries("subwords")] == [1, 1]
    assert [entries("sentence_embeddings"), entries("sentence_embeddings")] == [2, 2]
    shutil.copy(folder / "model.weights.h5", folder / "copy.h5")  # other weights, the same vocabulary
    assert [entries("subwords"), entries("sentence_embeddings")] == [2, 3]
    vocabulary = folder / "assets" / "tokenizer" / "vocabulary.txt"
    vocabulary.write_text(vocabulary.read_text().replace("good", "evil"))
    assert [entries("subwords"), entries("sentence_embeddings")] == [4, 5]
