from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from al_core.corpus import REGISTRY, cache, tfds
from al_core.corpus.tfds import TfdsCorpus
from al_core.errors import BadInput, Unavailable


def imdb(**given: str) -> TfdsCorpus:
    return TfdsCorpus(
        **({"dataset": "imdb_reviews", "split": "train+test", "text_field": "", "label_field": ""} | given)
    )


def python(code: str) -> str:
    """Run code in a process of its own, so that no test worker holds TensorFlow."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout


def test_listing_the_corpora_imports_no_training_framework():
    code = (
        "import sys; from al_core.corpus import REGISTRY, cache, files, columns, profile, split\n"
        "assert {'demo', 'table', 'tfds'} <= set(REGISTRY)\n"
        "REGISTRY['tfds'].create({}).key(); [entry.describe() for entry in REGISTRY.values()]\n"
        "print(sorted({'tensorflow', 'tensorflow_datasets', 'keras', 'jax', 'torch'} & set(sys.modules)))"
    )
    assert python(code).strip() == "[]"


def test_only_tfds_is_heavy():
    heavy = {name for name, entry in REGISTRY.items() if entry.build.heavy}  # type: ignore[attr-defined]
    assert heavy == {"tfds"}


def test_keys_are_known_before_reading_and_differ():
    keys = {
        imdb().key(),
        imdb(split="train").key(),
        imdb(dataset="glue/sst2").key(),
        imdb(text_field="x").key(),
    }
    assert len(keys) == 4
    assert not any(cache.exists(key) for key in keys)


@pytest.mark.parametrize("name", ["", "../x", "a b", "huggingface:imdb", "x/y/z", "imdb_reviews?data_dir=/x"])
def test_names_that_are_not_plain_are_refused(name: str):
    with pytest.raises(BadInput, match="is not a TFDS name"):
        imdb(dataset=name)


class _Feature:
    def __init__(self, shape: tuple[int, ...] = (), np_dtype: type = np.object_) -> None:
        self.shape = shape
        self.np_dtype = np_dtype


class _Text(_Feature):
    pass


class _Label(_Feature):
    def __init__(self) -> None:
        super().__init__(np_dtype=np.int64)


FAKE: Any = SimpleNamespace(features=SimpleNamespace(Text=_Text, ClassLabel=_Label))


def test_fields_are_found_from_the_features():
    features = {"id": _Feature(), "text": _Text(), "picture": _Feature((2, 2), np.uint8), "label": _Label()}
    assert imdb()._fields(FAKE, features) == ("text", "label")
    assert imdb(text_field="id")._fields(FAKE, features) == ("id", "label")
    assert imdb()._fields(FAKE, {"text": _Text()}) == ("text", "")


@pytest.mark.parametrize(
    ("features", "given", "words"),
    [
        ({"picture": _Feature((2, 2), np.uint8), "label": _Label()}, {}, "has no text field"),
        ({"premise": _Text(), "hypothesis": _Text()}, {}, "more than one text field .premise, hypothesis."),
        ({"text": _Text(), "a": _Label(), "b": _Label()}, {}, "more than one label field"),
        ({"text": _Text()}, {"text_field": "words"}, "no text field 'words'"),
        ({"text": _Text()}, {"label_field": "text"}, "no label field 'text'"),
    ],
)
def test_fields_that_cannot_be_found_are_said(features: dict[str, Any], given: dict[str, str], words: str):
    with pytest.raises(BadInput, match=words):
        imdb(**given)._fields(FAKE, features)


def _refuse(*_: object, **__: object) -> Any:
    raise OSError("no network")


class _Builder:
    def __init__(self, urls: Sequence[str], error: Exception | None = None) -> None:
        self.url_infos = dict.fromkeys(urls)
        self._error = error

    def download_and_prepare(self) -> None:
        if self._error:
            raise self._error


class _DownloadError(Exception):
    pass


DOWNLOADER: Any = SimpleNamespace(
    core=SimpleNamespace(
        download=SimpleNamespace(
            DownloadError=_DownloadError,
            download_manager=SimpleNamespace(NonMatchingChecksumError=_DownloadError),
            extractor=SimpleNamespace(ExtractError=_DownloadError),
        )
    )
)


def test_without_a_network_it_says_so_and_offers_the_demo(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "create_connection", _refuse)
    monkeypatch.setattr(tfds, "getproxies", dict)
    with pytest.raises(Unavailable, match=r"data\.example does not answer.*demo corpus.*TFDS_DATA_DIR"):
        imdb()._download(DOWNLOADER, _Builder(["https://data.example/a.zip"]))


def test_a_host_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    given_up = threading.Event()

    def never(*_: object, **__: object) -> None:
        given_up.wait(30)
        raise OSError("no answer")

    monkeypatch.setattr(socket, "create_connection", never)
    monkeypatch.setattr(tfds, "getproxies", dict)
    monkeypatch.setattr(tfds, "_PATIENCE", 0.05)
    assert tfds._unreachable(["https://data.example/a.zip"]) == "data.example"
    given_up.set()


def test_a_proxy_is_trusted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "create_connection", _refuse)
    monkeypatch.setattr(tfds, "getproxies", lambda: {"https": "http://proxy.example"})
    assert tfds._unreachable(["https://data.example/a.zip"]) == ""


@pytest.mark.parametrize(
    "error", [ConnectionError("reset"), _DownloadError("404"), AssertionError("by hand"), ImportError("x")]
)
def test_a_failed_download_is_unavailable(error: Exception):
    with pytest.raises(Unavailable, match="could not be downloaded"):
        imdb()._download(DOWNLOADER, _Builder([], error))


def test_imdb_is_read_whole_in_source_order():
    folder = os.environ.get("TFDS_DATA_DIR", "")
    here = bool(folder) and (Path(folder) / "imdb_reviews").is_dir()
    if not here and not (folder and os.environ.get("CI") == "true"):
        pytest.skip("TFDS_DATA_DIR names no folder with imdb_reviews")
    # Twice the first rows: by TFDS itself, and by the source; the table is then in this test's AL_HOME.
    python(
        "import json\n"
        "from al_core.config import Component\n"
        "from al_core.corpus.cache import open_corpus\n"
        "corpus = open_corpus(Component(name='tfds'), lambda what, share: None)\n"
        "import tensorflow_datasets as tfds\n"
        "rows = tfds.load('imdb_reviews', split='train + test', as_supervised=True, shuffle_files=False)\n"
        "for place, (text, label) in enumerate(rows.take(200).as_numpy_iterator()):\n"
        "    assert corpus.texts[place] == text.decode() and corpus.labels[place] == label\n"
    )
    corpus = cache.load(imdb().key())
    assert len(corpus) == 50_000 and corpus.classes == ("neg", "pos")
    assert np.bincount(corpus.labels).tolist() == [25_000, 25_000]
    assert not corpus.synthetic and "imdb_reviews/plain_text" in corpus.note
