"""Counts of words and pieces: those of scikit-learn, by however many processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from al_core.errors import Unavailable
from al_core.features import counting, word_stream
from al_core.features.counting import Pieces, Words
from al_core.features.word_stream import prepared, read

ODD = [
    "",
    "???",
    "a I x",
    "the cat sat on the mat, the cat; THE CAT!",
    "der Hund läuft über die Straße",
    "caf\u00e9 cafe\u0301 Cafe_3 9 99",
    "この映画は素晴らしい",
    "यह फिल्म अच्छी है",
    "so good 😀😀 ❶ ❶❷ ☃",
    "not to be and the of",
]


def texts(n: int = 150, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    made = [" ".join(f"w{i}" for i in rng.zipf(1.4, rng.integers(0, 60)) if i < 300) for _ in range(n)]
    return made + ODD + ODD[3:]


def theirs(given: list[str], **settings) -> csr_matrix:
    settings = {"token_pattern": word_stream._WORD.pattern} | settings
    found = CountVectorizer(preprocessor=prepared, **settings).fit_transform(given)
    found.sort_indices()
    return found


def assert_same(found: csr_matrix, expected: csr_matrix) -> None:
    assert found.shape == expected.shape and found.has_sorted_indices
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("band", [counting.BAND, 100])
@pytest.mark.parametrize("stop_words", [False, True])
@pytest.mark.parametrize("rarest", [1, 2, 5])
@pytest.mark.parametrize("longest", [1, 2, 3])
def test_words_as_scikit_learn_counts_them(longest, rarest, stop_words, band, monkeypatch):
    monkeypatch.setattr(counting, "BAND", band)
    given = texts()
    english = "english" if stop_words else None
    expected = theirs(given, ngram_range=(1, longest), min_df=rarest, stop_words=english)
    assert_same(Words(longest, rarest, stop_words).of(given), expected)


@pytest.mark.parametrize("product", [counting.PRODUCT, 500])
@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (2, 4), (3, 9)])
def test_pieces_as_scikit_learn_counts_them(shortest, longest, product, monkeypatch):
    monkeypatch.setattr(counting, "PRODUCT", product)
    given = texts(60)
    expected = theirs(
        given, token_pattern=None, analyzer="char_wb", ngram_range=(shortest, longest), min_df=2
    )
    assert_same(Pieces(shortest, longest, 2).of(given), expected)


@pytest.mark.parametrize("counts", [Words(3, 1, False), Words(1, 1, True), Pieces(2, 4, 1)])
@pytest.mark.parametrize("given", [[], [""], ["", "..."], ["of"]])
def test_next_to_nothing(counts, given):
    assert counts.of(given).shape[0] == len(given)


def test_nothing_is_frequent_enough():
    assert Words(2, 3, False).of(["one two", "two one"]).shape == (2, 0)
    assert Pieces(2, 4, 3).of(["one two", "two one"]).shape == (2, 0)


def test_counts_are_as_small_as_they_can_be():
    assert Words(1, 1, False).of(["many"]).dtype == np.uint8
    found = Words(2, 1, False).of(["many " * 70_000, "few " * 300])
    assert found.dtype == np.uint32 and found.max() == 70_000
    assert Pieces(2, 2, 1).of(["few " * 300]).dtype == np.uint16


def test_the_number_of_processes_changes_nothing(monkeypatch):
    monkeypatch.setattr(word_stream, "PART", 500)
    given = texts()
    for counts in (Words(2, 2, False), Pieces(2, 4, 2)):
        alone = counts.of(given, processes=1)
        for processes in (2, 3):
            found = counts.of(given, processes=processes)
            assert_same(found, alone)
            assert found.dtype == alone.dtype


def test_parts_change_nothing(monkeypatch):
    given = texts()
    whole = read(given, "words")
    for part in (1, 300, 10**9):
        monkeypatch.setattr(word_stream, "PART", part)
        cut = read(given, "words")
        np.testing.assert_array_equal(cut.ids, whole.ids)
        np.testing.assert_array_equal(cut.lengths, whole.lengths)
        assert cut.words == whole.words


def test_a_large_corpus_is_read_by_several_processes_and_a_small_one_is_not(monkeypatch):
    import joblib

    monkeypatch.setattr(word_stream, "PART", 500)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    here = os.getpid()

    def ids_of(parts, kind):
        return np.full(len(parts), os.getpid() != here, np.int32), np.ones(len(parts), np.int64), ["0", "1"]

    monkeypatch.setattr(word_stream, "_read", ids_of)
    given = texts()
    assert not read(given, "words").ids.any()
    monkeypatch.setattr(word_stream, "FEW", 1000)
    assert read(given, "words").ids.all()


def test_a_process_that_dies_gives_one_sentence(monkeypatch):
    monkeypatch.setattr(word_stream, "PART", 500)
    given, whole = texts(), read(texts(), "words")

    def killed(parts, kind):
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(word_stream, "_read", killed)
        with pytest.raises(Unavailable, match="ended from outside, perhaps for lack of memory"):
            read(given, "words", 2)
    np.testing.assert_array_equal(read(given, "words", 2).ids, whole.ids)


SCRIPT = """
from al_core.features import word_stream
word_stream.PART = 4
print(word_stream.read(["a cat", "the cat", "a dog"], "words", 2).words)
"""


@pytest.mark.parametrize("start", ["file", "stdin"])
def test_a_script_without_a_guard_may_read_in_processes(start, tmp_path):
    """A process that was forked, or that ran the script again, would hang or start others."""
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, *([str(tmp_path / "script.py")] if start == "file" else ["-"])]
    here = os.environ | {"PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, env=here, input=SCRIPT, capture_output=True, text=True, timeout=120)
    assert done.stdout == "['cat', 'dog', 'the']\n", done.stderr


LONG = """
from al_core.features import word_stream
word_stream.PART = 1_000_000
print("begun", flush=True)
word_stream.read(["some words here and there " * 400] * 20_000, "words", 2)
"""


@pytest.mark.skipif(os.name != "posix", reason="tells the processes apart by how they are started there")
def test_no_process_outlives_a_parent_that_is_killed():
    here = os.environ | {"PYTHONPATH": str(Path.cwd())}
    parent = subprocess.Popen(
        [sys.executable, "-c", LONG], env=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert parent.stdout is not None and parent.stdout.readline() == b"begun\n"
    deadline, children = time.monotonic() + 60, []
    while sum("LokyProcess" in " ".join(child.cmdline()) for child in children) < 2:
        assert parent.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
        children = psutil.Process(parent.pid).children()
    time.sleep(1)
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
