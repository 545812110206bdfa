"""kill -9 at five moments: the run is seen as interrupted, goes on, and no number differs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import al_core
from al_core import paths
from al_core.store import corpora, frames, history, lifecycle, runs
from al_core.worker import reaper, slots, starter

pytestmark = [
    pytest.mark.xdist_group("kill"),
    pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL"),
]

MOMENTS = ("preparing", "epoch", "commit", "between", "checkpoint")
PATIENCE = 120


def wait_for(store, run_id, *states):
    """Tend the store as a page does, until the run is in one of the states."""
    last = time.monotonic() + PATIENCE
    while (state := runs.run(store, run_id).state) not in states:
        assert time.monotonic() < last, f"{run_id} is still {state}"
        reaper.tend(store)
        time.sleep(0.1)
    return state


def finishes(store, run_id):
    state = wait_for(store, run_id, "finished", "failed", "interrupted")
    log = (paths.run(run_id) / "log.txt").read_text(encoding="utf-8")
    assert state == "finished", log[-3000:]
    return log


def killed_at(store, run_id, moment):
    """Run the worker that dies at this moment; return the seconds until that was seen."""
    assert slots.take_slot(store, run_id) is not None
    root = str(Path(al_core.__file__).parents[1])
    command = [sys.executable, str(Path(__file__).with_name("killed_worker.py")), run_id, moment]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": root}, timeout=PATIENCE, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    died = time.monotonic()
    assert wait_for(store, run_id, "interrupted") == "interrupted"
    return time.monotonic() - died


def test_killed_five_times_the_history_is_the_same(store, queue):
    whole, broken = queue(rounds=2), queue(rounds=2)
    assert starter.start(store, whole)  # runs beside, as a real worker
    for moment in MOMENTS:
        if moment != MOMENTS[0]:
            lifecycle.want(store, broken, "running")
        seen_after = killed_at(store, broken, moment)
        assert seen_after < 5, f"{moment}: seen after {seen_after:.1f} s"
        committed = [each.number for each in history.done_rounds(store, broken)]
        expected = {"preparing": [], "epoch": [-1], "commit": [-1, 0], "between": [-1, 0, 1]}
        assert committed == expected.get(moment, [-1, 0, 1]), moment
    lifecycle.want(store, broken, "running")
    for run_id in (whole, broken):
        log = finishes(store, run_id)

    one, other = history.done_rounds(store, whole), history.done_rounds(store, broken)
    assert [each.number for each in one] == [each.number for each in other] == [-1, 0, 1, 2]
    for expected, found in zip(one, other, strict=True):
        assert history.differences(expected, found) == [], f"round {found.number}"
    epochs = [frames.epoch_frame(store, run_id).drop(columns="seconds") for run_id in (whole, broken)]
    assert epochs[0].equals(epochs[1])
    queries = [frames.query_page(store, run_id, limit=1000).frame for run_id in (whole, broken)]
    assert len(queries[0]) == 40 and queries[0].equals(queries[1])
    assert "came out differently" not in log and "Going on in: Round 2" in log


def test_a_real_worker_killed_from_outside_goes_on(store, queue):
    run_id = queue(rounds=1, baseline=False)
    reaper.tend(store)
    wait_for(store, run_id, "running")
    while frames.epoch_frame(store, run_id).empty:
        assert runs.run(store, run_id).state == "running", runs.run(store, run_id).message
        time.sleep(0.05)
    os.kill(runs.run(store, run_id).pid, signal.SIGKILL)
    died = time.monotonic()
    wait_for(store, run_id, "interrupted")
    assert time.monotonic() - died < 5
    lifecycle.want(store, run_id, "running")
    finishes(store, run_id)
    found = runs.run(store, run_id)
    assert found.rounds_done == 1 and found.device and runs.active(store) == []


def test_a_corpus_is_read_by_a_process_of_its_own(store, corpus, tiny_config):
    key = starter.start_preparing(store, tiny_config().corpus)
    assert starter.start_preparing(store, tiny_config().corpus) == key == corpus.key
    last = time.monotonic() + PATIENCE
    while (found := corpora.corpus(store, key)).state == "preparing":
        assert time.monotonic() < last, found
        time.sleep(0.1)
    assert (found.state, found.rows, found.message) == ("ready", 400, "")
    assert not corpora.preparing(store)
