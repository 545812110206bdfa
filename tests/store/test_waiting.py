"""Whose turn it is in the queue."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from al_core.presets import PRESETS
from al_core.store import lifecycle, runs, sweeps, waiting
from al_core.store.records import Process

BASE = PRESETS["demo"].config
ME = Process("here", 1, 1.0)


def cells(start, count):
    return [
        (BASE.model_copy(update={"name": f"{n}", "seed": n}), "demo-1") for n in range(start, start + count)
    ]


@pytest.fixture
def sweep(store):
    """Return a maker of sweeps of seeds, which gives their runs' ids."""

    def make(start, count):
        sweep_id = sweeps.create(store, "S", {}, cells(start, count))
        return [run.id for run, _ in sweeps.runs_of(store, sweep_id)]

    return make


def serve(store, slot=0):
    """Start the next run, and return its id."""
    run_id = waiting.next_queued(store)
    assert run_id and lifecycle.take_slot(store, run_id, "here", slot)
    return run_id


def finish(store, run_id):
    assert lifecycle.claim(store, run_id, ME) and lifecycle.end(store, run_id, ME, "finished", "")


def test_what_a_person_started_goes_before_a_sweep(store, sweep, new_run):
    large = sweep(0, 5)
    first, second = new_run("First"), new_run("Second")
    order = []
    for _ in range(4):
        order.append(serve(store))
        finish(store, order[-1])
    assert order == [first, second, *large[:2]]


def test_a_run_that_a_sweep_only_reuses_stays_a_persons(store, sweep):
    mine = runs.create_run(store, *cells(3, 1)[0])
    large = sweep(0, 5)
    assert mine == large[3] and serve(store) == mine
    finish(store, mine)
    assert serve(store) == large[0]


def test_sweeps_take_turns_on_one_slot(store, sweep):
    large, small = sweep(0, 6), sweep(10, 2)
    order = []
    for _ in range(6):
        order.append(serve(store))
        finish(store, order[-1])
        time.sleep(0.002)
    assert order == [large[0], small[0], large[1], small[1], large[2], large[3]]


def test_sweeps_share_the_slots(store, sweep):
    large, small = sweep(0, 6), sweep(10, 3)
    at_work = [serve(store, slot) for slot in range(4)]
    assert sorted(at_work) == sorted([*large[:2], *small[:2]])
    # The sweep with less at work gets the slot, whoever was served last.
    finish(store, small[0])
    assert serve(store, at_work.index(small[0])) == small[2]


def test_a_sweep_that_went_on_takes_its_turn_too(store, sweep):
    large, small = sweep(0, 3), sweep(10, 3)
    for run_id in (serve(store), serve(store, 1)):
        assert lifecycle.claim(store, run_id, ME)
        assert lifecycle.end(store, run_id, ME, "interrupted", "")
        lifecycle.want(store, run_id, "running")
    order = []
    for _ in range(4):
        order.append(serve(store))
        finish(store, order[-1])
        time.sleep(0.002)
    assert order == [large[0], small[0], large[1], small[1]]


def test_how_many_go_before(store, sweep, new_run):
    large, small = sweep(0, 4), sweep(10, 2)
    assert [waiting.ahead(store, each, "here") for each in (*large, *small)] == [0, 2, 4, 5, 1, 3]
    mine, other = new_run("Mine"), new_run("Other")
    assert [waiting.ahead(store, each, "here") for each in (mine, other, large[0], small[0])] == [0, 1, 2, 3]
    runs.create_run(store, *cells(20, 1)[0], owner=ME)
    assert [waiting.ahead(store, each, "here") for each in (mine, large[0])] == [1, 3]
    assert waiting.ahead(store, mine, "elsewhere") == 0, "it waits for a slot of its own machine"
    told = {each: waiting.ahead(store, each, "here") for each in (*large, *small, mine, other)}
    order = []
    while run_id := waiting.next_queued(store):
        order.append(serve(store))
        finish(store, run_id)
        time.sleep(0.002)
    assert order == sorted(told, key=lambda each: told[each])
    assert [waiting.ahead(store, each, "here") for each in (mine, "nope")] == [0, 0]


def test_a_run_that_is_started_while_it_is_looked_for_has_none_before_it(store, sweep, monkeypatch):
    run_id = sweep(0, 2)[1]
    monkeypatch.setattr(waiting, "_turns", lambda connection: [])  # as on PostgreSQL, a moment later
    assert waiting.ahead(store, run_id, "here") == 0


def test_the_next_of_a_sweep_is_its_own_else_one_that_was_there(store, sweep):
    mine = runs.create_run(store, *cells(0, 1)[0])
    ids = sweep(0, 2)
    sweep_id = sweeps.list_sweeps(store)[0].id
    assert ids[0] == mine and waiting.first_of(store, sweep_id) == ids[1]
    lifecycle.want(store, ids[1], "cancelled")
    assert waiting.first_of(store, sweep_id) == mine


def test_two_who_look_at_once_start_each_run_once(store, sweep, new_run):
    ids = [*sweep(0, 6), *sweep(10, 6), *(new_run(f"{n}") for n in range(4))]

    def start(slot):
        won = []
        for _ in range(3 * len(ids)):
            run_id = waiting.next_queued(store)
            if run_id is None:
                break
            if lifecycle.take_slot(store, run_id, "here", slot):
                won.append(run_id)
                finish(store, run_id)
        return won

    with ThreadPoolExecutor(4) as pool:
        won = [run_id for mine in pool.map(start, range(4)) for run_id in mine]
    assert sorted(won) == sorted(ids)


@pytest.mark.alone
def test_a_long_queue_is_looked_at_in_a_moment(store, sweep, new_run):
    sweep(0, 4000)
    last = sweep(5000, 1000)[-1]
    started = time.perf_counter()
    assert waiting.next_queued(store)
    assert waiting.ahead(store, last, "here") == 1999
    assert time.perf_counter() - started < 2  # 0.05 s on an idle machine
