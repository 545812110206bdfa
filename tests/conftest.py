"""What every test gets: a data folder and a store of its own, and a quiet TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an empty AL_HOME, and no store but the one in it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AL_HOME", str(folder))
    monkeypatch.delenv("AL_STORE_URL", raising=False)
    yield folder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a pretrained encoder that was never trained: 1 layer, 8 numbers, 30 words."""
    hub = pytest.importorskip("keras_hub", reason="KerasHub is not installed; it is optional")
    import keras

    keras.utils.set_random_seed(0)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = "the film is good bad dull cat dog a not very and or but it was he she ##s ##ed ##ing der 映 😀 ."
    vocabulary = special + words.split()
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    hub.models.BertBackbone(
        vocabulary_size=len(vocabulary),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=64,
    ).save_to_preset(str(folder))
    hub.models.BertTokenizer(vocabulary=vocabulary, lowercase=True).save_to_preset(str(folder))
    return str(folder)
