"""A disk that is full, for real: one sentence, nothing half-written, and it goes on once there is room."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest

from al_core import archive, keeping, paths
from al_core.__main__ import main
from al_core.classifiers import saved
from al_core.classifiers.base import Examples, FitHooks
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.disk import room
from al_core.errors import Unavailable
from al_core.features import eviction
from al_core.features.cache import cached
from al_core.labelling import models as session_models
from al_core.labelling.consensus import Labels
from al_core.loop import Predictions
from al_core.store import open_store

CORPUS = Corpus("toy-1", "Toy", ["a", "b", "c"], np.zeros(3, np.int32), ("a", "b"))
SETTINGS = Component(name="tfidf")
BIG = np.arange(400_000, dtype=np.float64)  # 3.2 MB


class Given:
    """Features that give one array."""

    def fit_transform(self, texts, rows):
        return BIG.reshape(4, -1)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def disk(small_disk, monkeypatch) -> Path:
    """Move the data folder to a disk of 4 MB."""
    place = small_disk(4)
    monkeypatch.setenv("AL_HOME", str(place / "home"))
    return place


def test_an_archive_is_written_whole_or_leaves_what_was_there(disk, fill):
    path = disk / "checkpoint.npz"
    archive.write(path, {"round": 1}, {"state": {"w": BIG[:1000]}})
    fill(disk, 100_000)
    with pytest.raises(OSError) as caught:
        archive.write(path, {"round": 2}, {"state": {"w": BIG}})
    assert room.is_full(caught.value)
    assert names(disk) == ["ballast", "checkpoint.npz"]
    assert archive.read(path)[0]["round"] == 1


def test_what_numpy_says_of_a_full_disk_is_understood(disk, fill):
    fill(disk, 100_000)
    with (disk / "array.npy").open("wb") as file, pytest.raises(OSError) as caught:
        np.save(file, BIG)
    assert room.is_full(caught.value)
    assert not room.is_full(OSError("features cannot be read back"))
    assert not room.is_full(PermissionError(errno.EACCES, "Permission denied"))


def test_features_leave_nothing_half_written_and_fit_once_there_is_room(disk, fill):
    ballast = fill(disk, 1_000_000)
    with pytest.raises(Unavailable) as caught, room.told("resume the run"):
        cached(Given(), SETTINGS, CORPUS, np.array([0]))
    assert str(caught.value) == (
        f"There is no room left on the disk of {paths.home()}; make some (python -m al_core clean helps), "
        "then resume the run."
    )
    assert names(paths.features()) == [] and list(paths.features().iterdir()) == []
    ballast.unlink()
    np.testing.assert_array_equal(cached(Given(), SETTINGS, CORPUS, np.array([0])), BIG.reshape(4, -1))


def test_features_that_nobody_uses_make_room_for_new_ones(disk, monkeypatch):
    cached(Given(), SETTINGS, CORPUS, np.array([0]))
    monkeypatch.setattr(eviction, "IN_USE_SECONDS", 0)
    found = cached(Given(), SETTINGS, CORPUS, np.array([1]))
    np.testing.assert_array_equal(found, BIG.reshape(4, -1))
    assert len(list(paths.features().iterdir())) == 1


def test_features_in_use_do_not_make_room(disk):
    first = cached(Given(), SETTINGS, CORPUS, np.array([0]))
    with pytest.raises(Unavailable), room.told("resume the run"):
        cached(Given(), SETTINGS, CORPUS, np.array([1]))
    np.testing.assert_array_equal(first, BIG.reshape(4, -1))
    assert len(list(paths.features().iterdir())) == 1


def test_a_store_that_finds_no_room_to_be_opened_is_cleaned_all_the_same(disk, fill, monkeypatch, capsys):
    open_store().close()
    cached(Given(), SETTINGS, CORPUS, np.array([0]))
    monkeypatch.setattr(eviction, "IN_USE_SECONDS", 0)
    fill(disk)
    assert main(["clean", "--dry-run"]) == 1 and "cannot be opened" in capsys.readouterr().err
    assert len(list(paths.features().iterdir())) == 1
    assert main(["clean"]) == 0
    assert "of features went first: without room the store could not be opened" in capsys.readouterr().out
    assert list(paths.features().iterdir()) == []


def test_the_model_of_a_round_is_there_whole_or_not_at_all(disk, fill):
    recipe = saved.Recipe(Component(name="logistic"), width=20_000, n_classes=2, vocabulary=50)
    model, rng = saved.clone(recipe, 0), np.random.default_rng(0)
    found = Examples(rng.normal(size=(20, 20_000)).astype(np.float32), np.arange(20, dtype=np.int32) % 2)
    model.fit(
        found,
        found,
        lambda *_: 0,
        FitHooks(lambda _: None, lambda _: None),
        keep_best=False,
        resume=False,
    )
    shares = model.predict_proba(found.x)
    predictions = Predictions(shares, found.y, shares, found.y)
    folder = paths.models_of("r1")
    keeping.keep(folder, 0, recipe, model, predictions, 0.5)
    before = names(folder)
    fill(disk, 30_000)
    with pytest.raises(OSError) as caught:
        keeping.keep(folder, 1, recipe, model, predictions, 0.4)
    assert room.is_full(caught.value)
    assert names(folder) == before and keeping.rounds(folder) == [0]
    saved.load(keeping.model(folder, 0))


def test_what_a_session_keeps_is_there_whole_or_not_at_all(disk, fill):
    folder = paths.labelling("s1")
    items = np.arange(200_000)
    fill(disk, 100_000)
    for keep in (
        lambda: session_models.keep_predictions("s1", 1, BIG.reshape(-1, 2)),
        lambda: session_models.keep_learned("s1", 1, Labels(items, items.astype(np.int32))),
    ):
        with pytest.raises(OSError) as caught:
            keep()
        assert room.is_full(caught.value)
    assert names(folder) == []


def test_the_free_space_is_that_of_the_disk(disk, fill):
    fill(disk, 500_000)
    assert shutil.disk_usage(paths.home()).free < 600_000
    assert room.warning(shutil.disk_usage(paths.home()).free).startswith("Only 0.")
