from __future__ import annotations

import numpy as np
import pytest

from al_core.config import Component
from al_core.corpus import Corpus
from al_core.features import REGISTRY
from al_core.features.cache import cached
from al_core.features.tokens import words

TEXTS = ["The cat, the CAT!", "a dog<br />ran", "", "zebra zebra the unknownword " * 10]


def test_by_hand():
    ids = REGISTRY["tokens"].create({"vocabulary": 5, "length": 4}).fit_transform(TEXTS, np.array([0, 1]))
    # the and cat are seen twice, ties go from z to a; then one of a, dogbr, ran: "ran".
    assert ids.dtype == np.int32
    np.testing.assert_array_equal(ids[0], [2, 3, 2, 3])
    np.testing.assert_array_equal(ids[2], [0, 0, 0, 0])
    np.testing.assert_array_equal(ids[3], [1, 1, 2, 1])


def test_strip_html():
    assert words("dog<br />ran", strip_html=True) == ["dog", "ran"]
    assert words("dog<br />ran", strip_html=False) == ["dogbr", "ran"]


def test_validation_and_test_texts_are_never_fitted():
    features = REGISTRY["tokens"].create({})
    initial, pool = np.array([3, 1]), np.array([7, 5])
    np.testing.assert_array_equal(features.rows_to_fit(initial, pool), initial)
    wide = REGISTRY["tokens"].create({"fit_on": "initial and pool"})
    np.testing.assert_array_equal(wide.rows_to_fit(initial, pool), [1, 3, 5, 7])


def test_same_ids_as_keras():
    keras = pytest.importorskip("keras")
    rng = np.random.default_rng(0)
    lexicon = [f"w{i}" for i in range(200)]
    texts = [" ".join(rng.choice(lexicon, rng.integers(1, 30))).title() + "!?" for _ in range(200)]
    layer = keras.layers.TextVectorization(50, output_sequence_length=12)
    layer.adapt(texts[:100])
    ours = REGISTRY["tokens"].create({"vocabulary": 50, "length": 12}).fit_transform(texts, np.arange(100))
    np.testing.assert_array_equal(ours, np.asarray(layer(texts)))


def test_cache_is_written_once_and_keyed_by_content(home):
    corpus = Corpus("toy-1", "Toy", TEXTS, np.zeros(4, np.int32), ("a", "b"))
    component = Component(name="tokens", params={"length": 4})
    features = REGISTRY["tokens"].create(component.params)
    first = cached(features, component, corpus, np.array([0, 1]))
    files = sorted((home / "features").iterdir())
    again = cached(features, component, corpus, np.array([0, 1]))
    np.testing.assert_array_equal(first, again)
    assert sorted((home / "features").iterdir()) == files and len(files) == 1
    assert isinstance(again, np.memmap)
    cached(features, component, corpus, np.array([0]))
    assert len(list((home / "features").iterdir())) == 2
