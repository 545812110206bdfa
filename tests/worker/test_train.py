"""The trainer as a process: it ends well, fails in one sentence, and is started again with patience."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from game import Game, corpus, unheard
from sqlalchemy import select

import al_core
from al_core import paths
from al_core.config import Component
from al_core.errors import BadInput, Unavailable
from al_core.labelling import claims, events, learning, models, rankings, sessions, trainers
from al_core.labelling.settings import LabelSettings
from al_core.store import open_store, schema
from al_core.store.records import Process
from al_core.worker import process, reaper, starter, train

PATIENCE = 90
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")


@pytest.fixture
def store(url, monkeypatch):
    monkeypatch.setenv("AL_STORE_URL", url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(train, "LOOK", 0.02)
    monkeypatch.setattr(train, "HEARTBEAT", 0.05)


@pytest.fixture
def clock(monkeypatch):
    def move(seconds):
        monkeypatch.setattr(trainers, "now", lambda: schema.now() + timedelta(seconds=seconds))

    return move


def known(store, session_id):
    found = trainers.trainer(store, session_id)
    assert found is not None
    return found


def until(true, what, seconds=PATIENCE):
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, what()
        time.sleep(0.03)


def log(session_id):
    return (paths.labelling(session_id) / "log.txt").read_text(encoding="utf-8")


class Beside:
    """A trainer in a thread of the test."""

    def __init__(self, store, session_id, idle=300.0):
        self.well = None
        self._thread = threading.Thread(target=self._go, args=(store, session_id, idle), daemon=True)
        self._thread.start()

    def _go(self, *of):
        self.well = train.train(*of)

    def ends(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.well


def ready(store, game):
    until(lambda: game.session.ranking_id is not None, lambda: trainers.trainer(store, game.id))


def learned(store, game, version):
    """Wait for a version, and for the closer look behind it."""

    def done():
        newest = models.latest(store, game.id)
        return newest is not None and newest.version == version and "paying" in newest.details

    until(done, lambda: (trainers.trainer(store, game.id), models.latest(store, game.id)))


# A trainer at work


def test_it_begins_learns_and_ends_when_nothing_happens(store, quick, monkeypatch):
    game = Game(store, corpus(100), validation=10)
    beside = Beside(store, game.id, idle=3.0)
    ready(store, game)
    game.label(15)
    learned(store, game, 1)
    with monkeypatch.context() as another:
        another.setattr(train.process, "this", lambda: Process(process.host(), 1, 1.0))
        with pytest.raises(BadInput, match="The session A game has a trainer already"):
            train.train(store, game.id)
    ranking = rankings.current(store, game.id)
    assert ranking and (ranking.strategy, ranking.model_version) == ("margin", "v1")
    assert beside.ends() is True
    found = known(store, game.id)
    assert (found.state, found.message, found.failures, found.progress) == ("idle", "", 0, None)
    assert "Fitting a model to" in log(game.id)
    assert trainers.wanted(store) == [], "nothing is due"


@pytest.mark.parametrize("turn", [sessions.pause, sessions.archive])
def test_a_session_that_is_put_down_lets_its_trainer_go(store, quick, turn):
    game = Game(store, corpus(60), validation=5)
    beside = Beside(store, game.id)
    ready(store, game)
    turn(store, game.id)
    assert beside.ends() is True and known(store, game.id).state == "idle"
    assert trainers.wanted(store) == []


def test_labels_of_one_class_are_waited_on_without_work(store, quick, monkeypatch):
    game = Game(store, corpus(80), validation=5, retrain_every=5)
    looks, learn = [], learning.Learner.learn

    def counted(self, tell):
        looks.append(1)
        return learn(self, tell)

    monkeypatch.setattr(learning.Learner, "learn", counted)
    beside = Beside(store, game.id)
    ready(store, game)
    game.label(8, says=lambda item: 0)
    until(lambda: known(store, game.id).message, lambda: known(store, game.id))
    assert known(store, game.id).message == "Waiting for labels of a second class."
    time.sleep(0.5)  # 25 looks
    before, written = len(looks), log(game.id).count("\n")
    time.sleep(0.5)
    assert len(looks) == before <= 8 and log(game.id).count("\n") == written, "no look without news"
    assert known(store, game.id).progress is None
    free = next(
        item for item in game.order if item not in {each.item for each in events.history(store, game.id)}
    )
    game.say(free, "ann", 1)
    learned(store, game, 1)
    until(lambda: not known(store, game.id).message, lambda: known(store, game.id))
    sessions.pause(store, game.id)
    beside.ends()


def test_whoever_asks_gets_a_model_now(store, quick):
    game = Game(store, corpus(80), validation=5, retrain_every=1000)
    beside = Beside(store, game.id)
    ready(store, game)
    game.label(12)
    time.sleep(0.3)
    assert models.latest(store, game.id) is None
    trainers.ask(store, game.id)
    learned(store, game, 1)
    until(lambda: known(store, game.id).asked == 0, lambda: known(store, game.id))
    sessions.pause(store, game.id)
    beside.ends()
    assert len(models.versions(store, game.id)) == 1, "asked once"


def test_it_leaves_when_another_one_has_taken_over(store, quick):
    game = Game(store, corpus(60), validation=5)
    beside = Beside(store, game.id)
    ready(store, game)
    trainers.fail(store, known(store, game.id), "Not heard of.")
    assert trainers.begin(store, game.id)
    assert trainers.own(store, game.id, Process("elsewhere", 1, 1.0))
    assert beside.ends() is True
    assert (known(store, game.id).state, known(store, game.id).host) == ("running", "elsewhere")


# What goes wrong


def test_a_corpus_that_is_gone_is_one_sentence(store, quick):
    session_id = sessions.create(store, "None", "gone", 50, LabelSettings(classes=("a", "b"), validation=5))
    assert train.train(store, session_id) is False
    found = known(store, session_id)
    assert (found.state, found.message, found.failures) == ("failed", "There is no corpus gone.", 1)


def test_a_cached_table_that_is_gone_is_one_sentence(store, quick):
    game = Game(store, corpus(60), validation=5)
    (paths.corpora() / f"{game.corpus.key}.parquet").unlink()
    assert train.train(store, game.id) is False
    message = known(store, game.id).message
    assert message.startswith("The table 'table-for-games' is not here") and message.count("\n") == 0


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Unavailable("The preset cannot be loaded; connect and try again."), "The preset cannot be loaded"),
        (ValueError("inside"), "Training stopped by an unexpected error (ValueError)."),
        (MemoryError(), "Training stopped by an unexpected error (MemoryError)."),
    ],
)
def test_broken_features_are_one_sentence_and_labels_go_on(store, quick, monkeypatch, error, message):
    game = Game(store, corpus(60), validation=5)

    def broken(*_):
        raise error

    monkeypatch.setattr(learning.experiment, "features_of", broken)
    assert train.train(store, game.id) is False
    found = known(store, game.id)
    assert found.state == "failed" and found.message.startswith(message) and found.failures == 1
    assert "Traceback" in log(game.id)
    assert len(game.label(10)) == 10


def test_who_fails_is_started_again_with_patience_and_not_for_ever(store, quick, monkeypatch, clock):
    """By `tend`, with a process that ends at once in place of each trainer."""
    game = Game(store, corpus(60), validation=5)
    started = []

    def dies(store, arguments, log, variables):
        started.append(arguments)
        made = subprocess.Popen([sys.executable, "-c", ""])
        made.wait()
        return made

    def of(pid):
        return Process(process.host(), pid, 1.0)

    monkeypatch.setattr(starter, "_spawn", dies)
    monkeypatch.setattr(starter.process, "of", of)
    moment = 0.0
    for times, wait in ((1, 5), (2, 10), (3, 1000)):
        reaper.tend(store)
        assert started == [["train", game.id]] * times
        reaper.tend(store)  # sees that it has died
        found = known(store, game.id)
        assert (found.state, found.failures) == ("failed", times)
        assert found.message == "Its process ended without a word."
        clock(moment + wait - 1)
        reaper.tend(store)
        assert len(started) == times
        moment += wait + 1
        clock(moment)
        assert len(game.label(2)) == 2, "labels are saved all the while"
    reaper.tend(store)
    assert len(started) == 3
    trainers.ask(store, game.id)
    reaper.tend(store)
    assert len(started) == 4


def test_success_forgives_what_failed_before(store, quick, monkeypatch):
    game = Game(store, corpus(60), validation=5)
    learn, broken = learning.Learner.learn, [True, True]

    def sometimes(self, tell):
        if broken:
            broken.pop()
            raise RuntimeError
        return learn(self, tell)

    monkeypatch.setattr(learning.Learner, "learn", sometimes)
    game.learner.begin()
    game.label(15)
    for failures in (1, 2):
        assert train.train(store, game.id) is False and known(store, game.id).failures == failures
    assert train.train(store, game.id, idle_seconds=0.2) is True
    assert (known(store, game.id).failures, known(store, game.id).message) == (0, "")


@posix
def test_killed_in_an_order_it_leaves_the_old_one_and_the_next_counts_on(store):
    game = Game(store, corpus(100), validation=10)
    game.learner.begin()
    game.label(15)
    game.must_learn()
    game.label(12)
    before = rankings.current(store, game.id)
    assert before
    root, here = Path(al_core.__file__).parents[1], Path(__file__)
    done = subprocess.run(
        [sys.executable, str(here.with_name("killed_trainer.py")), game.id],
        env=os.environ | {"PYTHONPATH": str(root)},
        timeout=PATIENCE,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    assert rankings.current(store, game.id) == before
    assert [each.version for each in models.versions(store, game.id)] == [1]
    held = claims.take(store, game.id, "bob")
    assert held and held[0].model_version in ("v1", None)
    reaper.reap(store)
    assert (known(store, game.id).state, known(store, game.id).failures) == ("failed", 1)
    trainers.ask(store, game.id)
    assert train.train(store, game.id, idle_seconds=0.2) is True
    assert [each.version for each in models.versions(store, game.id)] == [1, 2]
    after = rankings.current(store, game.id)
    assert after and after.model_version == "v2" and after.id != before.id
    mine = select(schema.rankings).where(schema.rankings.c.session_id == game.id)
    with store.read() as connection:
        named = [row.model_version for row in connection.execute(mine)]
    assert sorted(map(str, named)) == ["None", "None", "v1", "v2"], "nothing is left of the one that died"


def test_the_real_process_is_started_and_ends_when_asked(store):
    """From a session that nobody has touched to a model, as a page would see it."""
    game = Game(store, corpus(100), validation=10)
    reaper.tend(store)
    assert known(store, game.id).state in ("starting", "running")
    assert not starter.start_training(store, game.id), "one is enough"
    ready(store, game)
    game.label(15)
    learned(store, game, 1)
    pid = known(store, game.id).pid
    assert pid and pid != os.getpid()
    sessions.pause(store, game.id)
    until(lambda: known(store, game.id).state == "idle", lambda: known(store, game.id))
    until(lambda: not (starter.collect() or process.of(pid)), lambda: pid)


# Nobody waits


@pytest.mark.alone
def test_a_label_does_not_wait_for_a_long_order(store):
    session_id = sessions.create(
        store, "Long", "gone", 40_000, LabelSettings(classes=("a", "b"), validation=10)
    )
    over = threading.Event()

    def publishes():
        for turn in range(4):
            order = np.roll(np.arange(40_000), turn)
            rankings.publish(store, session_id, order, None, strategy="margin", model_version=f"v{turn}")
        over.set()

    Game.say_to(store, session_id, 0, "ann", 1)
    writer = threading.Thread(target=publishes)
    writer.start()
    waited, item = [], 1
    while not over.is_set() or len(waited) < 5:
        started = time.perf_counter()
        Game.say_to(store, session_id, item, "ann", 1)
        waited.append(time.perf_counter() - started)
        item += 1
        time.sleep(0.01)
    writer.join()
    assert np.median(waited) < 0.5, waited  # measured: 0.02 s, and 0.15 s where it met an order
    assert max(waited) < 3, "on two busy cores; on an idle machine 0.2 s"


def test_a_reader_that_stays_blocks_nobody(store):
    game = Game(store, corpus(60), validation=5)
    game.learner.begin()
    with store.read() as reader:
        first = reader.execute(
            select(schema.label_sessions.c.ranking_id).where(schema.label_sessions.c.id == game.id)
        ).scalar_one()
        started = time.monotonic()
        game.label(12)
        game.must_learn()
        game.label(3)
        game.must_learn()
        assert time.monotonic() - started < 20, "the busy timeout is 30 s"
        rows = select(schema.ranking_items.c.item).where(schema.ranking_items.c.ranking_id == first)
        assert len(reader.execute(rows).all()) >= (1 if store.engine.dialect.name == "sqlite" else 0)
    assert [each.version for each in models.versions(store, game.id)] == [1, 2]


def test_step_does_one_thing_at_a_time(store):
    game = Game(store, corpus(60), validation=5, retrain_every=10, features=Component(name="tfidf"))
    assert train.step(store, game.id, game.learner, unheard), "an order to begin with"
    assert not train.step(store, game.id, game.learner, unheard)
    game.label(10)
    assert train.step(store, game.id, game.learner, unheard)
    assert not train.step(store, game.id, game.learner, unheard)
    assert models.seen(store, game.id) == events.latest(store, game.id)
