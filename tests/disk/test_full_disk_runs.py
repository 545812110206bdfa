"""Runs, trainers' files and exports on a disk that fills up meanwhile, for real."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from game import Game, corpus

from al_core import catalogue, paths
from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus import Corpus, cache
from al_core.deploy import finding
from al_core.errors import Unavailable
from al_core.labelling import models as models_of_sessions
from al_core.labelling import trainers
from al_core.store import corpora, history, lifecycle, models, open_store, runs
from al_core.store.models import Origin
from al_core.worker import checkpoints, promote, train
from al_core.worker import run as worker_run
from al_core.worker.run import run

WORDS = ("dull", "weak", "slow", "fine", "warm", "bright")
LINEAR = RunConfig(
    name="Tiny",
    seed=5,
    corpus=Component(name="table", params={"table": "table-for-disks"}),
    split=SplitSettings(initial=40, validation=60, test=60),
    features=Component(name="tfidf"),
    classifier=Component(name="logistic"),
    strategy=Component(name="least_confidence"),
    cycle=CycleSettings(rounds=1, batch_size=20, baseline=False),
)


@pytest.fixture
def disk(small_disk, monkeypatch) -> Path:
    """Move the data folder, the store included, to a disk of 8 MB; with a corpus."""
    place = small_disk(8)
    monkeypatch.setenv("AL_HOME", str(place / "home"))
    monkeypatch.setenv("AL_SLOTS", "2")
    monkeypatch.setattr(worker_run, "HEARTBEAT", 0.05)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400).astype(np.int32)
    ids = rng.integers(0, 3, (400, 6)) + 3 * np.where(rng.random((400, 6)) < 0.8, labels[:, None], 0)
    texts = [" ".join(WORDS[i] for i in row) + f" {n}" for n, row in enumerate(ids)]
    cache.save(Corpus("table-for-disks", "For tests", texts, labels, ("bad", "good"), synthetic=True))
    return place


@pytest.fixture
def store(disk, tmp_path):
    """Open a store on another disk, so that what fills this one is known to the byte."""
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


def unfinished(disk: Path) -> list[str]:
    return [path.name for path in disk.rglob("*") if ".part" in path.name or ".tmp" in path.name]


def filling(disk, fill, when, left=0):
    """Return an echo that fills the disk once."""
    kept = []

    def echo(line):
        if line.startswith(when) and not kept:
            kept.append(fill(disk, left))

    return echo


SENTENCE = "There is no room left on the disk of {}; make some (python -m al_core clean helps), then {}."


@pytest.mark.parametrize("when", ["Preparing features", "Computing on", "Round 1, epoch 1:"])
def test_a_run_says_so_and_goes_on_to_the_same_numbers(store, disk, fill, monkeypatch, when):
    monkeypatch.setattr(checkpoints, "REST", 0.0)  # each epoch is saved
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)
    broken = runs.create_run(store, LINEAR, "table-for-disks")
    assert run(store, broken, echo=filling(disk, fill, when)) == "failed"
    assert runs.run(store, broken).message == SENTENCE.format(paths.home(), "resume the run")
    assert unfinished(disk) == []
    (disk / "ballast").unlink()
    lifecycle.want(store, broken, "running")
    assert run(store, broken) == "finished"
    whole = runs.create_run(store, LINEAR, "table-for-disks")
    assert run(store, whole) == "finished"
    pairs = zip(history.done_rounds(store, whole), history.done_rounds(store, broken), strict=True)
    assert [history.differences(one, other) for one, other in pairs] == [[], []]


def test_a_run_is_paused_also_where_its_last_point_cannot_be_kept(store, disk, fill, monkeypatch):
    monkeypatch.setattr(checkpoints, "REST", 3600.0)  # the second point is left to the end
    run_id, said = runs.create_run(store, LINEAR, "table-for-disks"), []
    full = filling(disk, fill, "Round 1, epoch 1:")

    def echo(line):
        said.append(line)
        full(line)
        if line.startswith("Round 1, epoch 1:"):
            lifecycle.want(store, run_id, "paused")
            time.sleep(0.3)

    assert run(store, run_id, echo=echo) == "paused"
    found = runs.run(store, run_id)
    assert (found.state, found.slot) == ("paused", None)
    assert "The last checkpoint was not kept: No space left on device." in said
    assert unfinished(disk) == []
    (disk / "ballast").unlink()
    lifecycle.want(store, run_id, "running")
    assert run(store, run_id) == "finished"


def test_a_model_that_finds_no_room_costs_the_model_alone(store, disk, fill):
    run_id, said = runs.create_run(store, LINEAR, "table-for-disks"), []
    full = filling(disk, fill, "Initial fit: ")

    def echo(line):
        said.append(line)
        full(line)

    assert run(store, run_id, echo=echo) == "finished"
    assert any("initial fit was not kept: No space left" in line for line in said)
    assert unfinished(disk) == [] and not list(paths.models_of(run_id).glob("round-0.model*"))


def test_an_export_is_there_whole_or_not_at_all(store, disk, fill):
    run_id = runs.create_run(store, LINEAR, "table-for-disks")
    assert run(store, run_id) == "finished"
    fill(disk, 4096)
    with pytest.raises(Unavailable, match=r"cannot be made in the data folder .*: No space left"):
        finding.find(store, run_id, lambda *_: None)
    assert unfinished(disk) == [] and not list(paths.run(run_id).glob("*export*"))
    (disk / "ballast").unlink()
    assert (finding.find(store, run_id, lambda *_: None).folder / "model.json").is_file()


def test_a_promotion_says_so(store, disk, fill):
    run_id = runs.create_run(store, LINEAR, "table-for-disks")
    assert run(store, run_id) == "finished"
    origin = Origin(run_id=run_id, round=1)
    models.create(store, "spam", origin, threshold=0.5, fn_price=1, fp_price=1, note="", promoted_by="Ada")
    folder = paths.models("spam", 1)
    (folder / promote.MODEL).write_bytes((paths.models_of(run_id) / "round-1.model.npz").read_bytes())
    fill(disk, 4096)
    assert promote.promote(store, "spam", 1) == "failed"
    message = models.model(store, "spam", 1).message
    assert message == SENTENCE.format(paths.home(), "promote the model again")
    assert unfinished(disk) == [] and not (folder / promote.EXPORT).exists()


def test_a_model_that_cannot_be_copied_is_not_half_there(store, disk, fill):
    from al_core.deploy.face import ModelBench, Promotion

    run_id = runs.create_run(store, LINEAR, "table-for-disks")
    assert run(store, run_id) == "finished"
    paths.models("spam", 1)
    fill(disk)
    with pytest.raises(Unavailable, match=r"could not be copied: No space left"):
        ModelBench(store).promote(Origin(run_id=run_id, round=1), Promotion("spam", by="Ada"))
    assert list(paths.models("spam", 1).iterdir()) == []


def test_a_store_on_the_full_disk_is_told_once_there_is_room(disk, fill):
    store = open_store()
    run_id = runs.create_run(store, LINEAR, "table-for-disks")
    full = filling(disk, fill, "Computing on")
    waiting = []

    def echo(line):
        full(line)
        if line.startswith("Failed: "):
            waiting.append(threading.Timer(1.0, (disk / "ballast").unlink))
            waiting[0].start()

    assert run(store, run_id, echo=echo) == "failed"
    waiting[0].join()
    assert "disk" in runs.run(store, run_id).message
    lifecycle.want(store, run_id, "running")
    assert run(store, run_id) == "finished"
    store.close()


def test_a_corpus_says_so(store, disk, fill):
    component = catalogue.complete(Component(name="demo"), catalogue.REGISTRIES["corpora"])
    config = LINEAR.model_copy(update={"corpus": component})
    key = catalogue.REGISTRIES["corpora"]["demo"].create(config.corpus.params).key()
    run_id = runs.create_run(store, config, key)
    fill(disk, 20_000)
    assert run(store, run_id) == "failed"
    sentence = SENTENCE.format(paths.home(), "read the corpus again")
    assert runs.run(store, run_id).message == corpora.corpus(store, key).message == sentence
    assert unfinished(disk) == [] and not cache.exists(key)


def test_a_trainer_says_so(store, disk, fill, monkeypatch):
    monkeypatch.setattr(train, "LOOK", 0.02)
    game = Game(store, corpus(60), validation=5)
    game.learner.begin()
    game.label(15)
    fill(disk)
    assert train.train(store, game.id, 5.0) is False
    found = trainers.trainer(store, game.id)
    assert found is not None and found.state == "failed"
    assert found.message == SENTENCE.format(paths.home(), "train again")
    assert unfinished(disk) == [] and not list(paths.labelling(game.id).glob("*.np*"))
    (disk / "ballast").unlink()
    trainers.ask(store, game.id)
    assert train.train(store, game.id, 0.5) is True
    assert models_of_sessions.latest(store, game.id) is not None
