"""Features on disk: whole or not at all, and never those of other settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random

from al_core import paths
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.features import cache
from al_core.features.cache import cached

SETTINGS = Component(name="tfidf", params={"longest": 2})
ROWS = np.array([0, 2])
CORPUS = Corpus("toy-1", "Toy", ["a", "b", "c"], np.zeros(3, np.int32), ("a", "b"))
DENSE = np.arange(12, dtype=np.float32).reshape(3, 4)
SPARSE = csr_matrix(random(3, 50, 0.2, random_state=0, dtype=np.float32))
BOTH = pytest.mark.parametrize("x", [DENSE, SPARSE], ids=["dense", "csr"])


class Fixed:
    """Features that give what they were made with, and count how often."""

    def __init__(self, x) -> None:
        self.x, self.computed = x, 0

    def fit_transform(self, texts, rows):
        self.computed += 1
        return self.x


def values(x):
    return x if isinstance(x, np.ndarray) else x.toarray()


def arrays(x):
    return [x] if isinstance(x, np.ndarray) else [x.data, x.indices, x.indptr]


def entries():
    return sorted(path.name for path in paths.features().iterdir())


@BOTH
def test_a_round_trip_is_computed_once_mapped_and_read_only(x):
    features = Fixed(x)
    for _ in range(2):
        found = cached(features, SETTINGS, CORPUS, ROWS)
        assert type(found) is (np.memmap if x is DENSE else csr_matrix)
        np.testing.assert_array_equal(values(found), values(x))
        assert values(found).dtype == x.dtype
        for array in arrays(found):
            assert not array.flags.writeable
            while array.base is not None and not isinstance(array, np.memmap):
                array = array.base
            assert isinstance(array, np.memmap), "nothing was copied into memory"
        np.testing.assert_array_equal(values(found[np.array([2, 0])]), values(x)[[2, 0]])
    assert features.computed == 1 and len(entries()) == 1


def test_the_key_follows_settings_rows_and_corpus():
    features = Fixed(DENSE)
    other = Corpus("toy-2", "Toy", CORPUS.texts, CORPUS.labels, CORPUS.classes)
    cached(features, SETTINGS, CORPUS, ROWS)
    cached(features, Component(name="tfidf", params={"longest": 3}), CORPUS, ROWS)
    cached(features, Component(name="tokens", params={"longest": 2}), CORPUS, ROWS)
    cached(features, SETTINGS, CORPUS, ROWS[:1])
    cached(features, SETTINGS, other, ROWS)
    assert features.computed == len(entries()) == 5


KILLED = """
import os, sys
import numpy as np
from al_core.features import cache
from test_feature_cache import CORPUS, DENSE, ROWS, SETTINGS, SPARSE, Fixed

save, left = np.save, int(sys.argv[2])
def stop(file, array, **words):
    global left
    save(file, array, **words)
    left -= 1
    if left == 0:
        file.truncate(file.tell() // 2)
        file.flush()
        os._exit(9)
np.save = stop
cache.cached(Fixed(SPARSE if sys.argv[1] == "csr" else DENSE), SETTINGS, CORPUS, ROWS)
"""


@pytest.mark.parametrize(("kind", "files"), [("dense", 1), ("csr", 2), ("csr", 4)])
def test_a_kill_in_the_middle_leaves_nothing_that_is_served(kind, files):
    command = [sys.executable, "-c", KILLED, kind, str(files)]
    here = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(Path(__file__).parent)])}
    assert subprocess.run(command, env=here).returncode == 9
    assert [name.endswith(cache.UNFINISHED) for name in entries()] == [True]
    features = Fixed(SPARSE if kind == "csr" else DENSE)
    np.testing.assert_array_equal(values(cached(features, SETTINGS, CORPUS, ROWS)), values(features.x))
    assert features.computed == 1


@BOTH
def test_a_damaged_entry_is_computed_again(x):
    features = Fixed(x)
    cached(features, SETTINGS, CORPUS, ROWS)
    largest = max(paths.features().glob("*/*.npy"), key=lambda path: path.stat().st_size)
    for size in (0, 20, largest.stat().st_size - 1):
        os.truncate(largest, size)
        np.testing.assert_array_equal(values(cached(features, SETTINGS, CORPUS, ROWS)), values(x))
    assert features.computed == 4 and len(entries()) == 1


@BOTH
def test_two_runs_may_compute_the_same_at_once(x):
    class Slow(Fixed):
        def fit_transform(self, texts, rows):
            cached(Fixed(x), SETTINGS, CORPUS, ROWS)  # the other run is done first
            return super().fit_transform(texts, rows)

    np.testing.assert_array_equal(values(cached(Slow(x), SETTINGS, CORPUS, ROWS)), values(x))
    assert len(entries()) == 1


def test_what_a_killed_process_left_is_removed_a_day_later():
    left = paths.features() / f"old{cache.UNFINISHED}"
    left.mkdir()
    (left / "dense.npy").write_bytes(b"half")
    cached(Fixed(DENSE), SETTINGS, CORPUS, ROWS)
    assert left.exists(), "it may still be at work"
    long_ago = time.time() - cache.FORGOTTEN_SECONDS - 10
    os.utime(left, (long_ago, long_ago))
    cached(Fixed(DENSE), SETTINGS, CORPUS, ROWS[:1])
    assert not left.exists()


def test_sparse_features_without_a_single_value():
    features = Fixed(csr_matrix((3, 7), dtype=np.float32))
    assert cached(features, SETTINGS, CORPUS, ROWS).shape == (3, 7)
