"""One run from claim to end, in this process, with a real network."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import update

from al_core import experiment, paths
from al_core.config import SplitSettings
from al_core.errors import BadInput
from al_core.evaluation.metrics import Metrics
from al_core.loop import Asked, Round
from al_core.store import corpora, frames, history, lifecycle, runs, schema
from al_core.worker import prepare, process
from al_core.worker import run as worker_run
from al_core.worker.monitor import RunMonitor
from al_core.worker.run import run

pytestmark = pytest.mark.xdist_group("keras")  # one process pays for TensorFlow


def log(run_id):
    return (paths.run(run_id) / "log.txt").read_text(encoding="utf-8")


def asking(store, run_id, wanted, when="Round 1, epoch 2:"):
    """Return an echo that asks once, and gives the heartbeat time to hear it."""

    def echo(line):
        if line.startswith(when):
            lifecycle.want(store, run_id, wanted)
            time.sleep(0.3)

    return echo


@pytest.fixture
def attentive(monkeypatch):
    """Read wishes more often than twice a second."""
    monkeypatch.setattr(worker_run, "HEARTBEAT", 0.05)


def test_a_run_leaves_everything_behind(store, queue):
    run_id, lines = queue(rounds=2), []
    assert run(store, run_id, echo=lines.append) == "finished"
    found = runs.run(store, run_id)
    assert (found.state, found.message, found.slot) == ("finished", "All rounds are done", None)
    assert (found.rounds_done, found.labels) == (2, 80) and found.test_accuracy is not None
    assert found.progress["fraction"] == 1.0 and found.progress["seconds_left"] == 0.0
    assert found.device["kind"] in ("CPU", "GPU") and found.device["backend"]
    assert frames.round_frame(store, run_id)["round"].tolist() == [-1, 0, 1, 2]
    epochs = frames.epoch_frame(store, run_id)
    assert set(epochs["round"]) == {-1, 0, 1, 2} and epochs["epoch"].max() <= 4
    assert frames.query_page(store, run_id).total == 40
    assert any(line.startswith("Round 2: 80 labels, test accuracy 0.") for line in lines)
    assert all(line in log(run_id) for line in lines)
    assert not (paths.run(run_id) / "checkpoint.npz").exists()
    known = corpora.corpus(store, found.corpus_key)
    assert (known.state, known.rows, sum(known.class_counts)) == ("ready", 400, 400)
    with pytest.raises(BadInput, match=f"Run {run_id} is finished"):
        run(store, run_id)


def test_pause_and_resume_change_no_number(store, queue, attentive):
    whole, broken = queue(baseline=False, rounds=1), queue(baseline=False, rounds=1)
    assert run(store, whole) == "finished"
    assert run(store, broken, echo=asking(store, broken, "paused")) == "paused"
    paused = runs.run(store, broken)
    assert (paused.slot, paused.message) == (None, "Paused") and paused.progress["fraction"] < 1
    assert (paths.run(broken) / "checkpoint.npz").exists()
    lifecycle.want(store, broken, "running")
    assert run(store, broken) == "finished"
    assert "Going on in: Round 1" in log(broken) and "came out differently" not in log(broken)
    for one, other in zip(history.done_rounds(store, whole), history.done_rounds(store, broken), strict=True):
        assert history.differences(one, other) == []


def test_cancel(store, queue, attentive):
    run_id = queue()
    assert run(store, run_id, echo=asking(store, run_id, "cancelled", "Splitting")) == "cancelled"
    assert runs.run(store, run_id).message == "Cancelled"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM to send")
def test_a_signal_interrupts_in_good_order(store, queue):
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread alone")
    run_id = queue()
    before = signal.getsignal(signal.SIGTERM)

    def echo(line):
        if line.startswith("Splitting"):
            os.kill(os.getpid(), signal.SIGTERM)

    assert run(store, run_id, echo=echo) == "interrupted"
    assert "asked to end" in runs.run(store, run_id).message
    assert signal.getsignal(signal.SIGTERM) == before


def test_bad_input_fails_the_run_in_its_own_words(store, queue, tiny_config):
    made = tiny_config().model_copy(update={"split": SplitSettings(initial=9000, validation=60, test=60)})
    run_id = queue(made)
    assert run(store, run_id) == "failed"
    found = runs.run(store, run_id)
    assert "9,120 texts" in found.message and found.slot is None
    assert "Traceback" in log(run_id)


def test_the_unexpected_fails_the_run_in_one_sentence(store, queue, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("inner words")

    monkeypatch.setattr(experiment, "build", broken)
    run_id = queue()
    assert run(store, run_id) == "failed"
    message = runs.run(store, run_id).message
    assert message == "Stopped by an unexpected error: ZeroDivisionError; the log has the details."
    assert "inner words" in log(run_id)
    lifecycle.want(store, run_id, "running")


def test_a_round_that_comes_out_differently_stays_and_is_told(store, queue, caplog):
    run_id = queue()
    metrics = Metrics(2, 0.5, 0.7, 1, 0, ((1, 0), (1, 0)))
    first = Round(0, 40, Asked.nothing(), metrics, metrics, (), {"fit": 1.0})
    monitor = RunMonitor(store, run_id, process.this(), None)
    worker_run._commit(store, run_id, first, [], monitor)
    worker_run._commit(store, run_id, replace(first, seconds={"fit": 2.0}), [first], monitor)
    assert "differently" not in caplog.text
    other = replace(first, test=replace(metrics, loss=0.8))
    worker_run._commit(store, run_id, other, [first], monitor)
    assert "Initial fit came out differently when it was computed again (test)" in caplog.text
    assert history.differences(history.done_rounds(store, run_id)[0], first) == []


def test_the_foreground_waits_for_a_slot(store, queue, corpus, monkeypatch, tiny_config):
    monkeypatch.setenv("AL_SLOTS", "1")
    other, me = queue(), process.this()
    assert lifecycle.take_slot(store, other, me.host, 0) and lifecycle.claim(store, other, me)
    run_id = runs.create_run(store, tiny_config(baseline=False, rounds=0), corpus.key, me)
    seen = []

    def free():
        time.sleep(1.5)
        seen.append(runs.run(store, run_id).progress["detail"])
        lifecycle.end(store, other, me, "cancelled", "")

    helper = threading.Thread(target=free)
    helper.start()
    assert run(store, run_id) == "finished"
    helper.join()
    assert seen == ["Waiting for a free slot"]


def test_a_run_that_somebody_took_is_left_alone(store, queue, attentive):
    run_id = queue()

    def echo(line):
        if line.startswith("Splitting"):
            with store.write() as connection:
                values = {"host": "elsewhere", "pid": 1, "pid_created": 1.0}
                connection.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(**values))
            time.sleep(0.3)

    run(store, run_id, echo=echo)
    found = runs.run(store, run_id)
    assert (found.state, found.host) == ("running", "elsewhere")


def test_prepare_records_what_a_corpus_holds(store, corpus, tiny_config):
    component = tiny_config().corpus
    corpora.begin(store, corpus.key, component, "Your own table")
    assert prepare.prepare(store, corpus.key) == "ready"
    found = corpora.corpus(store, corpus.key)
    counts = np.bincount(corpus.labels).tolist()
    assert (found.rows, found.labelled, found.classes, found.class_counts) == (
        400,
        400,
        ["bad", "good"],
        counts,
    )
    assert found.synthetic and found.title == "For tests"
    with pytest.raises(BadInput, match="nobody asked"):
        prepare.prepare(store, corpus.key)


def test_prepare_records_why_it_failed(store, tiny_config):
    component = tiny_config().corpus
    corpora.begin(store, "table-for-tests", component, "Your own table")
    assert prepare.prepare(store, "table-for-tests") == "failed"
    assert "is not here" in corpora.corpus(store, "table-for-tests").message
