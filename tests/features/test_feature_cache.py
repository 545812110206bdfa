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

from al_core import catalogue, paths
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.features import REGISTRY, cache, counting
from al_core.features.cache import cached
from al_core.matrix import SideBySide

SETTINGS = Component(name="tfidf", params={"longest": 2})
ROWS = np.array([0, 2])
CORPUS = Corpus("toy-1", "Toy", ["a", "b", "c"], np.zeros(3, np.int32), ("a", "b"))
DENSE = np.arange(12, dtype=np.float32).reshape(3, 4)
SPARSE = csr_matrix(random(3, 50, 0.2, random_state=0, dtype=np.float32))
BESIDE = SideBySide(SPARSE, DENSE)
KINDS = {"dense": DENSE, "csr": SPARSE, "side by side": BESIDE}
EVERY = pytest.mark.parametrize("x", KINDS.values(), ids=KINDS)


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
    if isinstance(x, SideBySide):
        return [*arrays(x.words), x.dense]
    return [x] if isinstance(x, np.ndarray) else [x.data, x.indices, x.indptr]


def entries():
    return sorted(path.name for path in paths.features().iterdir())


@EVERY
def test_a_round_trip_is_computed_once_mapped_and_read_only(x):
    features = Fixed(x)
    for _ in range(2):
        found = cached(features, SETTINGS, CORPUS, ROWS)
        assert type(found) is (np.memmap if x is DENSE else type(x))
        np.testing.assert_array_equal(values(found), values(x))
        assert values(found).dtype == found.dtype == x.dtype
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


def beside_this_file():
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(Path(__file__).parent)])}


KILLED = """
import os, sys
import numpy as np
from al_core.features import cache
from test_feature_cache import CORPUS, KINDS, ROWS, SETTINGS, Fixed

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
cache.cached(Fixed(KINDS[sys.argv[1]]), SETTINGS, CORPUS, ROWS)
"""


@pytest.mark.parametrize(
    ("kind", "files"), [("dense", 1), ("csr", 2), ("csr", 4), ("side by side", 2), ("side by side", 5)]
)
def test_a_kill_in_the_middle_leaves_nothing_that_is_served(kind, files):
    command = [sys.executable, "-c", KILLED, kind, str(files)]
    assert subprocess.run(command, env=beside_this_file()).returncode == 9
    assert [name.endswith(cache.UNFINISHED) for name in entries()] == [True]
    features = Fixed(KINDS[kind])
    np.testing.assert_array_equal(values(cached(features, SETTINGS, CORPUS, ROWS)), values(features.x))
    assert features.computed == 1


@EVERY
def test_a_damaged_entry_is_computed_again(x):
    features = Fixed(x)
    cached(features, SETTINGS, CORPUS, ROWS)
    largest = max(paths.features().glob("*/*.npy"), key=lambda path: path.stat().st_size)
    for size in (0, 20, largest.stat().st_size - 1):
        os.truncate(largest, size)
        np.testing.assert_array_equal(values(cached(features, SETTINGS, CORPUS, ROWS)), values(x))
    assert features.computed == 4 and len(entries()) == 1


@EVERY
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


WORDY = Corpus(
    "wordy-1",
    "Wordy",
    [" ".join(f"w{i}" for i in np.random.default_rng(n).zipf(1.5, 30) if i < 300) for n in range(80)],
    np.zeros(80, np.int32),
    ("a", "b"),
)
SPLITS = [np.delete(np.arange(80), slice(start, start + 20)) for start in (0, 20, 40)]


def made(name, rows, corpus=WORDY, **settings):
    component = catalogue.complete(Component(name=name, params=settings), REGISTRY)
    features = REGISTRY[name].create(component.params)
    return cached(features, component, corpus, rows), features


@pytest.fixture
def counted(monkeypatch):
    """Every count that is made, by its settings."""
    found, of = [], counting.Words.of

    def told(self, texts, processes=None):
        found.append(self)
        return of(self, texts, processes)

    monkeypatch.setattr(counting.Words, "of", told)
    return found


def test_words_are_counted_once_for_all_splits_and_kinds_of_features(counted):
    for rows in SPLITS:
        for name, own in (
            ("tfidf", {}),
            ("tfidf_svd", {"components": 7}),
            ("words_and_topics", {"components": 7}),
            ("tfidf", {"vocabulary": 30}),
        ):
            found, features = made(name, rows, **own)
            alone = features.fit_transform(WORDY.texts, rows)
            np.testing.assert_array_equal(values(found), values(alone))
    assert counted[0] == counting.Words(2, 2, False)
    assert len(entries()) == 1 + 4 * len(SPLITS)
    before = len(counted)
    made("tfidf", SPLITS[0][:50])
    assert len(counted) == before, "counted by the first, and by what was compared with the cache"


def test_other_counts_for_other_settings_and_another_corpus(counted):
    made("tfidf", SPLITS[0])
    made("tfidf", SPLITS[0], longest=1)
    made("tfidf", SPLITS[0], rarest=3)
    made("tfidf", SPLITS[0], stop_words=True)
    other = Corpus("wordy-2", "Wordy", WORDY.texts[::-1], WORDY.labels, WORDY.classes)
    found, features = made("tfidf", SPLITS[0], other)
    assert len(counted) == 5 and len(entries()) == 10
    np.testing.assert_array_equal(values(found), values(features.fit_transform(other.texts, SPLITS[0])))


def test_damaged_counts_are_counted_again(counted):
    made("tfidf", SPLITS[0])
    counts = next(place for place in paths.features().iterdir() if cache._read(place).dtype == np.uint8)
    for rows, name in zip(SPLITS[1:], ("indices.npy", "data.npy"), strict=True):
        os.truncate(counts / name, (counts / name).stat().st_size - 1)
        before = len(counted)
        found, features = made("tfidf", rows)
        assert len(counted) == before + 1
        np.testing.assert_array_equal(values(found), values(features.fit_transform(WORDY.texts, rows)))
    assert len(entries()) == 4


STOPPED = """
import sys, time
import numpy as np
from test_feature_cache import SPLITS, made

save, left = np.save, int(sys.argv[1])
def stop(file, array, **words):
    global left
    save(file, array, **words)
    left -= 1
    if left == 0:
        file.truncate(file.tell() // 2)
        file.flush()
        print("half", flush=True)
        time.sleep(600)
np.save = stop
made("words_and_topics", SPLITS[0], components=7)
print("done", flush=True)
"""


@pytest.mark.parametrize("files", [1, 3, 4, 5, 7, 9])
def test_a_process_that_is_killed_while_it_writes_leaves_nothing_that_is_served(files, counted):
    """Four files of counts come first, then five of features."""
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(files)], env=beside_this_file(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "half\n"
    process.kill()
    process.communicate()
    whole = [name for name in entries() if not name.endswith(cache.UNFINISHED)]
    assert len(whole) == (files > 4) and len(entries()) == len(whole) + 1
    found, features = made("words_and_topics", SPLITS[0], components=7)
    assert len(counted) == (files <= 4), "whole counts are used, half ones are not"
    np.testing.assert_array_equal(values(found), values(features.fit_transform(WORDY.texts, SPLITS[0])))


def test_two_processes_at_once_both_get_what_either_would():
    program = (
        "import sys, numpy as np; from test_feature_cache import SPLITS, made, values; sys.stdin.readline(); "
        "print(float(np.abs(values(made('words_and_topics', SPLITS[0], components=7)[0])).sum()))"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=beside_this_file(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for each in both:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.communicate()[0] for each in both]
    found, _ = made("words_and_topics", SPLITS[0], components=7)
    assert said == [f"{float(np.abs(values(found)).sum())}\n"] * 2
    assert len(entries()) == 2, "one of counts, one of features, and no rest"
