from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from al_core import paths
from al_core.config import Component
from al_core.corpus import cache
from al_core.corpus.base import Corpus
from al_core.errors import BadInput, Unavailable


def small(key: str = "small-1") -> Corpus:
    return Corpus(
        key=key,
        title="Größe = 1",
        texts=["a\nb", "", "ü \N{PILE OF POO}"],
        labels=np.array([1, -1, 0], dtype=np.int32),
        classes=("no", "yes"),
        synthetic=True,
        note="A note.",
    )


def silent(what: str, share: float) -> None:
    pass


def test_a_saved_corpus_comes_back_whole():
    path = cache.save(small())
    corpus = cache.load("small-1")
    assert path.parent == paths.corpora()
    assert corpus.texts == small().texts
    assert corpus.labels.tolist() == [1, -1, 0] and corpus.labels.dtype == np.int32
    assert (corpus.title, corpus.classes, corpus.synthetic, corpus.note) == (
        "Größe = 1",
        ("no", "yes"),
        True,
        "A note.",
    )


def test_summary_counts_without_texts():
    cache.save(small())
    summary = cache.summary("small-1")
    assert (summary.rows, summary.labelled, summary.class_counts) == (3, 2, (1, 1))
    assert summary.synthetic and summary.title == "Größe = 1"


def test_a_corpus_without_any_label_or_class():
    corpus = Corpus("bare", "Bare", ["a"], np.array([-1], dtype=np.int32), ())
    cache.save(corpus)
    assert cache.load("bare").classes == ()
    assert cache.summary("bare").labelled == 0


def test_saving_leaves_nothing_else_behind():
    cache.save(small())
    cache.save(small())
    assert [path.name for path in paths.corpora().iterdir()] == ["small-1.parquet"]


def test_a_failed_save_keeps_the_old_table(monkeypatch: pytest.MonkeyPatch):
    cache.save(small())

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(cache.pq, "write_table", fail)
    with pytest.raises(OSError, match="disk full"):
        cache.save(small())
    assert [path.name for path in paths.corpora().iterdir()] == ["small-1.parquet"]
    assert len(cache.load("small-1")) == 3


@pytest.mark.parametrize("key", ["", "../x", "a/b", "a\\b", ".hidden", "Upper", "a b", "x" * 200, "a\n"])
def test_keys_that_are_no_file_names_are_refused(key: str):
    for use in (cache.exists, cache.load, cache.summary):
        with pytest.raises(BadInput, match="cannot name a corpus"):
            use(key)


def test_a_missing_corpus_and_a_damaged_one():
    with pytest.raises(BadInput, match="no corpus 'gone'"):
        cache.load("gone")
    (paths.corpora() / "broken.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(Unavailable, match="damaged"):
        cache.load("broken")


def test_open_corpus_reads_once():
    component = Component(name="demo", params={"rows": 30})
    told: list[str] = []
    first = cache.open_corpus(component, lambda what, share: told.append(what))
    assert "Writing synthetic reviews" in told
    told.clear()
    again = cache.open_corpus(component, lambda what, share: told.append(what))
    assert told == ["Opening the corpus"]
    assert again.texts == first.texts and again.key == first.key


def test_open_corpus_reads_a_damaged_table_again():
    component = Component(name="demo", params={"rows": 30})
    corpus = cache.open_corpus(component, silent)
    path: Path = paths.corpora() / f"{corpus.key}.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert cache.open_corpus(component, silent).texts == corpus.texts
    assert cache.load(corpus.key).texts == corpus.texts


def test_make_key_is_safe_and_tells_settings_apart():
    key = cache.make_key("tfds_Glue/SST2:1.0.0", "a", 1)
    assert key.startswith("tfds_glue_sst2_1_0_0-")
    assert key != cache.make_key("tfds_Glue/SST2:1.0.0", "a", 2)
    assert not cache.exists(key)
