"""What has died is seen, what waits is started, and what lives is left alone."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from al_core.config import Component
from al_core.store import corpora, lifecycle, runs, schema
from al_core.store.records import Process
from al_core.worker import process, reaper, slots, starter

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
WHAT = Component(name="table", params={"table": "t"})


@pytest.fixture
def child():
    made = subprocess.Popen(SLEEP)
    yield made
    made.kill()
    made.wait()


def working(store, run_id, owner, slot=0):
    assert lifecycle.take_slot(store, run_id, owner.host, slot)
    assert lifecycle.claim(store, run_id, owner)


def age(store, run_id, seconds):
    with store.write() as connection:
        when = schema.now() - timedelta(seconds=seconds)
        connection.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(heartbeat_at=when))


@pytest.mark.alone
def test_a_killed_process_is_seen_at_the_next_look(store, queue, child):
    run_id = queue()
    owner = process.of(child.pid)
    working(store, run_id, owner)
    assert reaper.reap(store) == [] and runs.run(store, run_id).state == "running"
    child.kill()  # and not waited for: a zombie
    time.sleep(0.1)
    started = time.perf_counter()
    assert reaper.reap(store) == [run_id]
    assert time.perf_counter() - started < 1
    found = runs.run(store, run_id)
    assert (found.state, found.slot) == ("interrupted", None)
    assert found.message == "Its process ended without a word; resume it to go on from where it stood."
    assert reaper.reap(store) == []
    lifecycle.want(store, run_id, "running")


def test_a_killed_run_that_was_to_be_cancelled_is_cancelled(store, queue, child):
    run_id = queue()
    working(store, run_id, process.of(child.pid))
    lifecycle.want(store, run_id, "cancelled")
    child.kill()
    child.wait()
    reaper.reap(store)
    assert runs.run(store, run_id).state == "cancelled"


def test_a_reused_number_is_another_process(store, queue):
    run_id, me = queue(), process.this()
    working(store, run_id, Process(me.host, me.pid, me.created - 100))
    assert reaper.reap(store) == [run_id]


def test_another_host_is_judged_by_its_heartbeat(store, queue):
    run_id = queue()
    working(store, run_id, Process("elsewhere", 1, 1.0))
    age(store, run_id, 20)
    assert reaper.reap(store) == []
    age(store, run_id, 31)
    assert reaper.reap(store) == [run_id]
    assert "elsewhere has not been heard of for 31 s" in runs.run(store, run_id).message


def test_a_process_that_never_came_is_given_up_after_a_minute(store, queue):
    run_id = queue()
    lifecycle.take_slot(store, run_id, process.host(), 0)
    age(store, run_id, 55)
    assert reaper.reap(store) == []
    age(store, run_id, 65)
    assert reaper.reap(store) == [run_id]


def test_a_run_taken_over_meanwhile_is_left_alone(store, queue, child):
    run_id, me = queue(), process.this()
    working(store, run_id, process.of(child.pid))
    stale = runs.run(store, run_id)
    child.kill()
    child.wait()
    reaper.reap(store)
    lifecycle.want(store, run_id, "running")
    working(store, run_id, me)
    assert not lifecycle.bury(store, stale, "Gone.")
    assert runs.run(store, run_id).state == "running"


def test_a_killed_reading_fails_and_can_begin_again(store, child):
    corpora.begin(store, "t", WHAT, "A table")
    corpora.own(store, "t", process.of(child.pid))
    reaper.reap(store)
    assert corpora.corpus(store, "t").state == "preparing"
    child.kill()
    child.wait()
    reaper.reap(store)
    assert corpora.corpus(store, "t").state == "failed"
    assert "start the preparation again" in corpora.corpus(store, "t").message
    assert corpora.begin(store, "t", WHAT, "A table")


def test_the_oldest_are_started_while_slots_are_free(store, queue, monkeypatch, child):
    spawned = []

    def stand_in(store, arguments, log, variables):
        spawned.append(arguments)
        return child

    monkeypatch.setattr(starter, "_spawn", stand_in)
    ids = [queue() for _ in range(4)]
    lifecycle.archive(store, ids[0])
    reaper.tend(store)
    assert spawned == [["worker", ids[1]], ["worker", ids[2]]], "two slots"
    reaper.tend(store)
    assert len(spawned) == 2
    child.kill()
    child.wait()
    monkeypatch.setattr(starter, "_spawn", lambda *_: subprocess.Popen([*SLEEP[:1], "-c", ""]))
    reaper.tend(store)
    assert runs.run(store, ids[1]).state == "interrupted" and runs.run(store, ids[3]).state == "starting"


def test_a_process_that_cannot_be_started_fails_the_run(store, queue, monkeypatch):
    run_id = queue()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert not starter.start(store, run_id)
    found = runs.run(store, run_id)
    assert (found.state, found.slot) == ("failed", None) and "could not be started" in found.message


@pytest.mark.alone
def test_looking_is_cheap(store, queue):
    for slot in range(4):
        working(store, queue(), process.this(), slot)
    started = time.perf_counter()
    for _ in range(20):
        reaper.tend(store)
    taken = (time.perf_counter() - started) / 20
    assert taken < 0.1, f"{taken * 1000:.1f} ms"  # measured: 4 ms on an idle machine


def test_a_run_of_the_foreground_gets_the_next_slot(store, queue, corpus, tiny_config, monkeypatch, child):
    """Its process looks twice a second; who ends a run starts the next one at once."""
    spawned = []

    def stand_in(store, arguments, log, variables):
        spawned.append(arguments[1])
        return child

    monkeypatch.setattr(starter, "_spawn", stand_in)
    monkeypatch.setenv("AL_SLOTS", "1")
    waits = runs.create_run(store, tiny_config(), corpus.key, owner=process.this())
    queued = queue()
    reaper.tend(store)
    assert spawned == [] and slots.take_slot(store, waits) == 0
    assert lifecycle.claim(store, waits, process.this())
    assert lifecycle.end(store, waits, process.this(), "finished", "")
    reaper.tend(store)
    assert spawned == [queued]
