"""The budget of the features cache: the last used stay, and nobody ever gets a wrong array."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_feature_cache import BESIDE, CORPUS, DENSE, ROWS, SETTINGS, Fixed, beside_this_file, values

from al_core import paths
from al_core.config import Component
from al_core.errors import BadInput
from al_core.features import cache, eviction
from al_core.features.cache import cached

DAY = 24 * 3600


def put(number: int, age: float = DAY) -> Path:
    """Compute an entry of 128 + 48 bytes, used so many seconds ago; return its folder."""
    before = set(paths.features().iterdir())
    cached(Fixed(DENSE), Component(name="tfidf", params={"longest": number}), CORPUS, ROWS)
    (place,) = set(paths.features().iterdir()) - before
    then = time.time() - age
    os.utime(place, (then, then))
    return place


SIZE = 128 + DENSE.nbytes


def names() -> set[str]:
    return {path.name for path in paths.features().iterdir()}


@pytest.fixture
def no_rest(monkeypatch):
    """Let an entry go as soon as it was used."""
    monkeypatch.setattr(eviction, "IN_USE_SECONDS", 0)


@pytest.mark.parametrize(("given_as", "wanted"), [("", 10e9), ("2.5", 2.5e9), ("0", 0)])
def test_the_budget_is_a_setting(monkeypatch, given_as, wanted):
    monkeypatch.setenv("AL_CACHE_GB", given_as)
    assert eviction.budget() == wanted


@pytest.mark.parametrize("given_as", ["ten", "-1", "nan", "inf"])
def test_a_wrong_budget_is_told_before_anything_is_computed(monkeypatch, given_as):
    monkeypatch.setenv("AL_CACHE_GB", given_as)
    features = Fixed(DENSE)
    with pytest.raises(BadInput, match=f"AL_CACHE_GB is a number of gigabytes from 0, not '{given_as}'"):
        cached(features, SETTINGS, CORPUS, ROWS)
    assert features.computed == 0


def test_those_used_longest_ago_go_first(monkeypatch):
    places = [put(number, DAY * (9 - number)) for number in range(4)]
    cached(Fixed(DENSE), Component(name="tfidf", params={"longest": 0}), CORPUS, ROWS)  # the oldest is used
    monkeypatch.setenv("AL_CACHE_GB", str(3 * SIZE / 1e9))
    fifth = put(5)
    assert names() == {places[0].name, places[3].name, fifth.name}


def test_all_stay_within_the_budget():
    places = [put(number) for number in range(4)]
    assert names() == {place.name for place in places}


def test_what_was_just_used_stays_whatever_the_budget(monkeypatch):
    monkeypatch.setenv("AL_CACHE_GB", "0")
    places = [put(number, age=eviction.IN_USE_SECONDS / 2) for number in range(3)]
    old = put(9)
    assert old.exists()
    last = put(10)
    assert names() == {*(place.name for place in places), last.name}


def test_an_array_that_is_in_use_stays_whole_when_its_entry_goes(no_rest):
    found = cached(Fixed(BESIDE), SETTINGS, CORPUS, ROWS)
    assert eviction.evict(paths.features(), 0) > 0 and names() == set()
    np.testing.assert_array_equal(values(found), values(BESIDE))


def test_an_entry_that_is_open_on_windows_stays_and_the_next_goes(monkeypatch):
    places = [put(number, DAY * (9 - number)) for number in range(3)]
    rename = Path.rename

    def refuse(self, target):
        if self == places[0]:
            raise PermissionError(13, "The process cannot access the file", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert eviction.evict(paths.features(), 2 * SIZE) == SIZE
    assert names() == {places[0].name, places[2].name}
    np.testing.assert_array_equal(cache._read(places[0]), DENSE)


def test_an_entry_that_is_used_between_the_look_and_the_removal_stays():
    place = put(0)
    (entry,) = eviction.entries(paths.features())
    eviction.use(place)
    assert not eviction.removed(entry) and place.exists()


def test_what_is_not_an_entry_is_left_alone(no_rest):
    other = paths.features() / "mine"
    other.mkdir()
    (other / "dense.npy").write_bytes(b"x")
    (paths.features() / "notes.txt").write_text("x")
    eviction.evict(paths.features(), 0)
    assert names() == {"mine", "notes.txt"}


def test_dense_columns_are_never_served_without_the_words_beside_them():
    """As they were by a reader that came while `rmtree` took a damaged entry away, file by file."""
    features = Fixed(BESIDE)
    cached(features, SETTINGS, CORPUS, ROWS)
    next(paths.features().glob("*/indptr.npy")).unlink()
    np.testing.assert_array_equal(values(cached(features, SETTINGS, CORPUS, ROWS)), values(BESIDE))
    assert features.computed == 2


def test_an_entry_of_an_earlier_version_is_computed_again():
    features = Fixed(BESIDE)
    cached(features, SETTINGS, CORPUS, ROWS)
    beside = next(paths.features().glob("*/beside.npy"))
    beside.rename(beside.with_name("dense.npy"))
    np.testing.assert_array_equal(values(cached(features, SETTINGS, CORPUS, ROWS)), values(BESIDE))
    assert features.computed == 2 and len(names()) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    ages=st.lists(st.integers(700, 10**6), min_size=1, max_size=8, unique=True),
    most=st.integers(0, 9 * SIZE),
)
def test_what_stays_is_the_last_used_that_fit(tmp_path, ages, most):
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    for number, age in enumerate(ages):
        place = folder / f"{number:032x}"
        place.mkdir(parents=True)
        (place / "dense.npy").write_bytes(b"x" * SIZE)
        then = time.time() - age
        os.utime(place, (then, then))
    freed = eviction.evict(folder, most)
    stay = min(len(ages), most // SIZE)
    last = sorted(range(len(ages)), key=lambda number: ages[number])[:stay]
    assert {path.name for path in folder.iterdir()} == {f"{number:032x}" for number in last}
    assert freed == (len(ages) - stay) * SIZE


AT_ONCE = """
import os, sys, time
import numpy as np
from scipy.sparse import csr_matrix, random
from al_core import paths
from al_core.config import Component
from al_core.features import cache, eviction
from al_core.matrix import SideBySide
from test_feature_cache import CORPUS, ROWS, Fixed, values

eviction.IN_USE_SECONDS = 0.0
me, last = int(sys.argv[1]), time.time() + float(sys.argv[2])
rng = np.random.default_rng(me)
def made(number):
    dense = np.full((50, 3), number, np.float32)
    words = csr_matrix(random(50, 40, 0.3, random_state=number, dtype=np.float32))
    return (dense, words, SideBySide(words, dense))[number % 3]
wanted = [made(number) for number in range(9)]
held, looks, computed = [], 0, 0
while time.time() < last:
    number = int(rng.integers(9))
    features = Fixed(wanted[number])
    try:
        found = cache.cached(features, Component(name="tfidf", params={"longest": number}), CORPUS, ROWS)
    except OSError as error:
        # With no rest at all, an entry may go before its own writer has opened it.
        assert "cannot be read back" in str(error), error
        continue
    looks, computed = looks + 1, computed + features.computed
    held = [*held[-5:], (number, found)]
    if rng.random() < 0.3:
        eviction.evict(paths.features(), int(rng.integers(20_000)))
    for number, found in held:
        assert type(found) is not np.ndarray and found.shape == wanted[number].shape, number
        np.testing.assert_array_equal(values(found), values(wanted[number]))
print(looks, computed, flush=True)
"""


def test_many_processes_read_write_evict_and_are_killed_and_none_gets_a_wrong_array():
    seconds, env = 8.0, beside_this_file() | {"AL_CACHE_GB": str(2e-5)}
    numbers = iter(range(1000))

    def begin():
        command = [sys.executable, "-c", AT_ONCE, str(next(numbers)), str(seconds)]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    staying, killed = [begin() for _ in range(3)], 0
    rng = random.Random(0)
    while any(process.poll() is None for process in staying):
        victim = begin()
        time.sleep(1.5 + rng.random())  # past its imports, in the middle of whatever it does
        if victim.poll() is None:
            victim.kill()
            killed += 1
        _, said = victim.communicate()
        assert "Error" not in said, said
    told = [process.communicate() for process in staying]
    assert [process.returncode for process in staying] == [0, 0, 0], told
    looks, computed = np.array([[int(word) for word in out.split()] for out, _ in told]).sum(axis=0)
    assert killed >= 3 and looks > 100 and 0 < computed < looks
    for entry in eviction.entries(paths.features()):
        assert cache._read(entry.place) is not None
