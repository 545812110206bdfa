"""Sweeps in the store: what they make, what they take over, and whose runs they stop."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from al_core.code_version import code_version
from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.store import Store, lifecycle, open_store, runs, sweeps, waiting
from al_core.store import sweeps as module
from al_core.worker import process

BASE = PRESETS["demo"].config
SETTINGS = {"any": "thing"}


def grid(seeds, strategies=("random", "margin")):
    return [
        (
            BASE.model_copy(
                update={
                    "name": f"{name} {seed}",
                    "seed": seed,
                    "strategy": BASE.strategy.model_copy(update={"name": name}),
                }
            ),
            "demo-1",
        )
        for seed in seeds
        for name in strategies
    ]


@pytest.fixture
def make(store: Store) -> Callable[..., str]:
    def create(seeds=(0, 1), **grid_of) -> str:
        return sweeps.create(store, "S", SETTINGS, grid(seeds, **grid_of))

    return create


def all_runs(store):
    return runs.list_runs(store, 10_000, order="oldest").runs


def state(store, run_id):
    found = runs.run(store, run_id)
    return found.state, found.wanted


def finish(store, run_id, how="finished", slot=0):
    owner = process.this()
    assert lifecycle.take_slot(store, run_id, owner.host, slot)
    assert lifecycle.claim(store, run_id, owner)
    assert how == "running" or lifecycle.end(store, run_id, owner, how, "")


def test_it_queues_its_runs_in_their_order(store, make):
    sweep_id = make()
    found = sweeps.runs_of(store, sweep_id)
    names = ["random 0", "margin 0", "random 1", "margin 1"]
    assert [run.name for run, _ in found] == names and not any(reused for _, reused in found)
    assert [run.name for run in all_runs(store)] == names
    assert waiting.next_queued(store) == found[0][0].id
    assert [run.name for run, _ in sweeps.runs_of(store, sweep_id, 2, 1)] == names[1:3]
    assert sweeps.states(store, [sweep_id]) == {sweep_id: {"queued": 4}}
    record = sweeps.sweep(store, sweep_id)
    assert (record.name, record.settings, record.wanted, record.note) == ("S", SETTINGS, "running", "")


def test_what_is_in_the_store_is_not_made_again(store, make):
    first = runs.create_run(store, *grid([0])[0])
    finish(store, first)
    waiting = runs.create_run(store, *grid([0])[1])
    keys = [config.key() for config, _ in grid([0, 1])]
    assert sweeps.reusable(store, grid([0, 1])) == set(keys[:2])
    found = sweeps.runs_of(store, make())
    assert [(run.id, reused) for run, reused in found][:2] == [(first, True), (waiting, True)]
    assert [reused for _, reused in found[2:]] == [False, False]
    make()
    assert len(all_runs(store)) == 4


def test_what_read_other_texts_or_ran_by_other_code_is_not_reused(store, make, monkeypatch):
    (config, _), *_ = grid([0])
    finish(store, runs.create_run(store, config, "demo-2"))
    for version in ("0.1.0", f"0.1.0, {code_version()}"):
        finish(store, run_id := runs.create_run(store, config, "demo-1"))
        lifecycle.set_code(store, run_id, version)
    assert sweeps.reusable(store, grid([0])) == set()
    found = sweeps.runs_of(store, make([0], strategies=("random",)))
    assert [reused for _, reused in found] == [False]
    finish(store, found[0][0].id)
    assert sweeps.reusable(store, grid([0])) == {config.key()}
    monkeypatch.setattr(module, "code_version", lambda: "0.1.0+changed")
    assert sweeps.reusable(store, grid([0])) == set()


def fitting(cells, baseline):
    return [(config.with_baseline(baseline), key) for config, key in cells]


def test_a_run_with_a_baseline_serves_where_none_is_asked_for_but_not_the_other_way_round(store):
    (with_one, key), (margin, _) = fitting(grid([0]), True)
    finish(store, without := runs.create_run(store, with_one.with_baseline(False), key))
    finish(store, more := runs.create_run(store, margin, key))
    cells = [(with_one, key), (margin.with_baseline(False), key)]
    assert sweeps.reusable(store, cells) == {margin.with_baseline(False).key()}
    sweep_id = sweeps.create(store, "S", SETTINGS, cells)
    found = sweeps.runs_of(store, sweep_id)
    assert [(run.id == more, reused) for run, reused in found] == [(False, False), (True, True)]
    assert found[0][0].id != without and found[0][0].config["cycle"]["baseline"]
    assert sweeps.extend(store, sweep_id, SETTINGS, SETTINGS, cells) == 0, "both are there"


def test_each_of_two_runs_of_a_sweep_that_differ_by_the_baseline_has_its_own(store):
    cells = [cell for each in (True, False) for cell in fitting(grid([0], ("random",)), each)]
    finish(store, runs.create_run(store, *cells[0]))
    found = sweeps.runs_of(store, sweeps.create(store, "S", SETTINGS, cells))
    assert [reused for _, reused in found] == [True, False]


def test_in_place_of_a_run_with_a_baseline_comes_one_without(store):
    cells = fitting(grid([0], ("margin",)), False)
    given_up = runs.create_run(store, *fitting(cells, True)[0])
    sweep_id = sweeps.create(store, "S", SETTINGS, cells)
    assert [(run.id, reused) for run, reused in sweeps.runs_of(store, sweep_id)] == [(given_up, True)]
    lifecycle.want(store, given_up, "cancelled")
    assert sweeps.want(store, sweep_id, "running") == 1
    ((run, reused),) = sweeps.runs_of(store, sweep_id)
    assert not reused and run.config_key == cells[0][0].key()


def test_what_would_read_other_texts_by_now_is_not_extended(store, make):
    sweep_id = make([0])
    changed = [(config, "demo-2") for config, _ in grid([0, 1])]
    with pytest.raises(BadInput, match="texts have changed since this sweep was made"):
        sweeps.extend(store, sweep_id, SETTINGS, {"wider": 1}, changed)
    assert sweeps.sweep(store, sweep_id).settings == SETTINGS and len(all_runs(store)) == 2


@pytest.mark.parametrize("ended", ["failed", "paused", "cancelled", "archived"])
def test_what_will_not_go_on_is_not_reused(store, make, ended):
    run_id = runs.create_run(store, *grid([0])[0])
    if ended == "archived":
        lifecycle.archive(store, run_id)
    elif ended == "failed":
        finish(store, run_id, "failed")
    else:
        lifecycle.want(store, run_id, ended)
    found = sweeps.runs_of(store, make([0]))
    assert run_id not in [run.id for run, _ in found] and len(found) == 2


def test_a_run_that_is_about_to_stop_is_not_reused(store, make):
    run_id = runs.create_run(store, *grid([0])[0])
    finish(store, run_id, "running")
    lifecycle.want(store, run_id, "paused")
    assert run_id not in [run.id for run, _ in sweeps.runs_of(store, make([0]))]


def test_a_finished_run_is_taken_before_one_that_waits(store, make):
    runs.create_run(store, *grid([0])[0])
    done = runs.create_run(store, *grid([0])[0])
    finish(store, done)
    assert sweeps.runs_of(store, make([0]))[0][0].id == done


def test_extending_adds_only_what_lacks_at_the_end(store, make):
    sweep_id = make([5, 6])
    before = [run.id for run, _ in sweeps.runs_of(store, sweep_id)]
    wider = {"wider": True}
    # In whatever order the wider sweep lists its runs, what is there keeps its place.
    assert sweeps.extend(store, sweep_id, SETTINGS, wider, grid([1, 5, 6])) == 2
    assert sweeps.extend(store, sweep_id, wider, wider, grid([1, 5, 6])) == 0
    assert sweeps.extend(store, sweep_id, wider, wider, grid([0, 1, 5, 6])) == 2
    found = [run for run, _ in sweeps.runs_of(store, sweep_id)]
    assert [run.id for run in found][:4] == before
    assert [run.seed for run in found] == [5, 5, 6, 6, 1, 1, 0, 0]
    assert sweeps.sweep(store, sweep_id).settings == wider and len(all_runs(store)) == 8


def test_who_extends_what_has_changed_is_told(store, make):
    sweep_id = make([0])
    assert sweeps.extend(store, sweep_id, SETTINGS, {"wider": 1}, grid([0, 1])) == 2
    assert sweeps.extend(store, sweep_id, SETTINGS, {"wider": 2}, grid([0, 2])) is None
    assert sweeps.sweep(store, sweep_id).settings == {"wider": 1} and len(all_runs(store)) == 4


def test_pause_resume_and_cancel_touch_only_own_runs(store, make):
    stranger = runs.create_run(store, *grid([9])[0])
    reused = runs.create_run(store, *grid([0])[0])
    other, sweep_id = make([3]), make([0, 1])
    own = [run.id for run, mine in sweeps.runs_of(store, sweep_id) if not mine]
    finish(store, own[0])
    finish(store, own[1], "running")
    assert sweeps.want(store, sweep_id, "paused") == 2
    assert state(store, own[0])[0] == "finished"
    assert state(store, own[1]) == ("running", "paused") and state(store, own[2]) == ("paused", "paused")
    assert sweeps.want(store, sweep_id, "paused") == 0
    assert sweeps.want(store, sweep_id, "running") == 2
    assert state(store, own[1]) == ("running", "running") and state(store, own[2]) == ("queued", "running")
    assert sweeps.want(store, sweep_id, "cancelled") == 2
    assert state(store, own[1]) == ("running", "cancelled")
    assert state(store, own[2]) == ("cancelled", "cancelled")
    for untouched in (stranger, reused, *(run.id for run, _ in sweeps.runs_of(store, other))):
        assert state(store, untouched) == ("queued", "running")


def test_resuming_takes_up_failed_and_interrupted_runs(store, make):
    sweep_id = make([0])
    failed, interrupted = [run.id for run, _ in sweeps.runs_of(store, sweep_id)]
    finish(store, failed, "failed")
    finish(store, interrupted, "interrupted")
    assert sweeps.want(store, sweep_id, "running") == 2
    assert sweeps.states(store, [sweep_id])[sweep_id] == {"queued": 2}
    assert runs.run(store, failed).finished_at is None


def test_a_reused_run_that_was_given_up_gets_one_of_its_own(store, make):
    first = make([0])
    second = make([0])
    sweeps.want(store, first, "cancelled")
    assert sweeps.want(store, second, "running") == 2
    found = sweeps.runs_of(store, second)
    assert [(run.name, run.state, reused) for run, reused in found] == [
        ("random 0", "queued", False), ("margin 0", "queued", False)
    ]  # fmt: skip
    assert sweeps.states(store, [first])[first] == {"cancelled": 2}


def test_deleted_runs_are_out_of_it_until_they_are_restored(store, make):
    sweep_id = make([0])
    run_id = sweeps.runs_of(store, sweep_id)[0][0].id
    lifecycle.archive(store, run_id)
    sweeps.want(store, sweep_id, "running")
    assert runs.run(store, run_id).archived_at is not None
    assert sweeps.states(store, [sweep_id])[sweep_id] == {"queued": 1}
    assert [run.name for run, _ in sweeps.runs_of(store, sweep_id)] == ["margin 0"]
    assert sweeps.extend(store, sweep_id, SETTINGS, SETTINGS, grid([0])) == 0
    lifecycle.unarchive(store, run_id)
    assert len(sweeps.runs_of(store, sweep_id)) == 2


@pytest.mark.parametrize("wanted", ["paused", "cancelled"])
def test_what_is_added_stands_as_the_sweep_does(store, make, wanted):
    sweep_id = make([0])
    sweeps.want(store, sweep_id, wanted)
    sweeps.extend(store, sweep_id, SETTINGS, SETTINGS, grid([0, 1]))
    assert sweeps.states(store, [sweep_id])[sweep_id] == {wanted: 4}
    assert sweeps.want(store, sweep_id, "running") == 4


def test_ids_of_one_second_differ(store, make, monkeypatch):
    ids = iter(["same", "same", "same", "other", "a", "b", "c", "d", "e"])
    monkeypatch.setattr(module, "new_id", lambda: next(ids))
    sweep_id = sweeps.create(store, "S", SETTINGS, grid([0]))
    assert sweep_id == "same"
    assert [run.id for run, _ in sweeps.runs_of(store, sweep_id)] == ["same", "other"]


@pytest.mark.alone
def test_a_thousand_runs_take_a_few_seconds(store, make):
    started = time.perf_counter()
    sweep_id = make(range(500))
    assert time.perf_counter() - started < 10  # 0.5 s on an idle machine
    started = time.perf_counter()
    assert sweeps.states(store, [sweep_id]) == {sweep_id: {"queued": 1000}}
    assert sweeps.want(store, sweep_id, "paused") == 1000
    assert len(sweeps.runs_of(store, make(range(500)))) == 1000
    assert time.perf_counter() - started < 10


def test_it_survives_reopening(store, make):
    sweep_id = make()
    sweeps.write_note(store, sweep_id, " A *note* ")
    sweeps.want(store, sweep_id, "paused")
    again = open_store(store.url)
    try:
        assert sweeps.sweep(again, sweep_id).note == "A *note*"
        assert sweeps.sweep(again, sweep_id).wanted == "paused"
        assert sweeps.runs_of(again, sweep_id) == sweeps.runs_of(store, sweep_id)
    finally:
        again.close()


def test_archived_ones_are_listed_apart(store, make):
    first, second = make([0]), make([1])
    assert {each.id for each in sweeps.list_sweeps(store)} == {first, second}
    sweeps.archive(store, first)
    assert [each.id for each in sweeps.list_sweeps(store)] == [second]
    assert [each.id for each in sweeps.list_sweeps(store, archived=True)] == [first]
    assert sweeps.states(store, [first])[first] == {"queued": 2}
    sweeps.unarchive(store, first)
    assert len(sweeps.list_sweeps(store)) == 2


def test_an_unknown_sweep_is_one_sentence(store, make):
    for call in (
        lambda: sweeps.sweep(store, "nope"),
        lambda: sweeps.want(store, "nope", "paused"),
        lambda: sweeps.extend(store, "nope", {}, {}, []),
        lambda: sweeps.archive(store, "nope"),
        lambda: sweeps.write_note(store, "nope", ""),
    ):
        with pytest.raises(BadInput, match="no sweep nope"):
            call()
    with pytest.raises(BadInput, match="10,000 characters"):
        sweeps.write_note(store, make(), "n" * 10_001)


def test_a_sweep_is_there_whole_or_not_at_all(store):
    broken = [*grid([0]), (BASE, None)]
    with pytest.raises(Exception, match=r"(?i)null"):
        sweeps.create(store, "S", SETTINGS, broken)
    assert not sweeps.list_sweeps(store) and not all_runs(store)
