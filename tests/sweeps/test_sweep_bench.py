"""Sweeps as pages and the command line order them; one of them carried out."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import update

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus import Corpus, cache
from al_core.errors import BadInput
from al_core.store import lifecycle, schema, sweeps
from al_core.store.records import Process
from al_core.store.schema import now
from al_core.sweeps.left import seconds_left
from al_core.sweeps.settings import validated
from al_core.workbench import Workbench
from al_core.worker import process, reaper

TINY = RunConfig(
    name="Tiny",
    corpus=Component(name="demo", params={"rows": 300}),
    split=SplitSettings(initial=20, validation=40, test=60),
    features=Component(name="tfidf"),
    classifier=Component(name="logistic"),
    strategy=Component(name="margin"),
    cycle=CycleSettings(rounds=1, batch_size=10, carry="fresh"),
)


@pytest.fixture
def bench(home, monkeypatch):
    monkeypatch.setattr(reaper, "tend", lambda store: None)
    monkeypatch.setenv("AL_SLOTS", "2")
    made = Workbench()
    yield made
    made.store.close()


def tiny(*strategies, **others):
    asking = [{"strategy": {"name": name}} for name in strategies or ("margin",)]
    return validated({"name": "Tiny", "base": TINY, "asking": asking, "seeds": (0, 1)} | others)


def test_an_outlook_begins_nothing(bench):
    found = bench.sweeps.outlook(tiny("margin", "entropy", seeds=(3, 4, 4)))
    assert (found.runs, found.reused, found.groups, found.seeds, found.slots) == (6, 0, 3, 2, 2)
    assert found.seconds > 0
    assert bench.count_runs() == 0 and not bench.sweeps.sweeps()
    bench.sweeps.create(tiny("margin"))
    again = bench.sweeps.outlook(tiny("margin", "entropy", seeds=(0, 1)))
    assert (again.runs, again.reused) == (6, 4)
    assert again.seconds < found.seconds
    done = bench.sweeps.outlook(tiny("margin"))
    assert (done.runs, done.reused, done.seconds) == (4, 4, 0)


def test_a_corpus_that_nobody_has_read_has_no_time_yet(bench):
    unread = Component(name="tfds", params={"dataset": "imdb_reviews", "split": "train+test"})
    settings = tiny(data=[{"corpus": unread}, {"corpus": TINY.corpus}])
    assert bench.sweeps.outlook(settings).seconds is None
    sweep_id = bench.sweeps.create(settings)
    found = [run for run, _ in bench.sweeps.runs(sweep_id)]
    assert {run.corpus_key for run in found} == {bench.corpus_key(unread), bench.corpus_key(TINY.corpus)}
    assert "imdb_reviews" in found[0].name and "Synthetic reviews" in found[2].name


def test_what_cannot_run_begins_nothing(bench):
    texts, labels = [f"text {i}" for i in range(300)], np.arange(300, dtype=np.int32) % 3
    three = Corpus("three", "Three", texts, labels, ("a", "b", "c"))
    cache.save(three)
    corpus = {"corpus": {"name": "table", "params": {"table": "three"}}}
    for wrong in (
        tiny("margin", "cost_weighted", data=[corpus]),
        tiny(base=TINY.model_copy(update={"split": TINY.split.model_copy(update={"test": 9999})})),
    ):
        for ask in (bench.sweeps.outlook, bench.sweeps.create):
            with pytest.raises(BadInput) as raised:
                ask(wrong)
            assert "\n" not in str(raised.value)
    assert bench.count_runs() == 0 and not bench.sweeps.sweeps()


def test_seeds_are_added_to_what_is_there(bench):
    sweep_id = bench.sweeps.create(tiny("margin", "entropy"))
    assert bench.sweeps.extend(sweep_id, [1, 2]) == 3
    assert bench.sweeps.extend(sweep_id, [1, 2]) == 0
    assert bench.sweeps.settings(sweep_id).seeds == (0, 1, 2)
    found = [run for run, _ in bench.sweeps.runs(sweep_id)]
    assert [run.seed for run in found] == [0] * 3 + [1] * 3 + [2] * 3
    assert sum(run.config["cycle"]["baseline"] for run in found) == 3
    with pytest.raises(BadInput):
        bench.sweeps.extend(sweep_id, [-1])
    assert bench.sweeps.standing([sweep_id])[sweep_id].runs == 9


def test_two_who_add_seeds_at_once_both_get_theirs(bench, monkeypatch):
    sweep_id = bench.sweeps.create(tiny())
    keyed = bench.sweeps._keyed

    def meanwhile(found):
        monkeypatch.setattr(bench.sweeps, "_keyed", keyed)
        bench.sweeps.extend(sweep_id, [7])
        return keyed(found)

    monkeypatch.setattr(bench.sweeps, "_keyed", meanwhile)
    assert bench.sweeps.extend(sweep_id, [5]) == 2
    assert bench.sweeps.settings(sweep_id).seeds == (0, 1, 7, 5)
    assert bench.sweeps.standing([sweep_id])[sweep_id].runs == 8


def test_standing_and_wishes(bench):
    sweep_id = bench.sweeps.create(tiny())

    def standing():
        return bench.sweeps.standing([sweep_id])[sweep_id]

    assert not standing().over and standing().states == {"queued": 4}
    bench.sweeps.pause(sweep_id)
    assert standing().over and bench.sweeps.sweep(sweep_id).wanted == "paused"
    bench.sweeps.resume(sweep_id)
    assert not standing().over
    bench.sweeps.cancel(sweep_id)
    assert standing().states == {"cancelled": 4} and standing().finished == 0
    bench.sweeps.archive(sweep_id)
    assert [each.id for each in bench.sweeps.sweeps(archived=True)] == [sweep_id]
    assert bench.sweeps.standing([]) == {} and bench.sweeps.seconds_left(sweep_id) is None


def carried_out(bench, run_id, how="finished", slot=0):
    """Let a process that was created eight seconds ago run it; return how long the slot was kept."""
    me = process.this()
    owner = Process(me.host, me.pid, time.time() - 8)
    with bench.store.write() as connection:
        before = update(schema.runs).where(schema.runs.c.id == run_id)
        connection.execute(before.values(created_at=now() - timedelta(seconds=9)))
    assert lifecycle.take_slot(bench.store, run_id, owner.host, slot)
    assert lifecycle.claim(bench.store, run_id, owner)
    assert how == "running" or lifecycle.end(bench.store, run_id, owner, how, "")
    run = bench.run(run_id)
    return run.finished_at.timestamp() - run.pid_created if run.finished_at else None


def test_each_kind_is_planned_once_whatever_its_plan_says():
    asked: list[str] = []

    def planned(run_id: str) -> float:
        asked.append(run_id)
        return 0.0  # its corpus was replaced

    done = sweeps.TimedRun("done", "finished", ("a", "c", "s"), 5.0, 1.0)
    rest = [sweeps.TimedRun(f"{n}", "queued", ("b", "c", "s"), None, 0.0) for n in range(20)]
    assert seconds_left([done, *rest], planned, 1) == 0.0
    assert asked == ["0"]


def test_the_rest_takes_as_long_as_what_is_done_with_the_start_of_each_process(bench):
    sweep_id = bench.sweeps.create(tiny(seeds=range(3)))
    assert bench.sweeps.seconds_left(sweep_id) is None
    kept = carried_out(bench, bench.sweeps.runs(sweep_id)[0][0].id)
    assert kept > 8
    assert bench.sweeps.seconds_left(sweep_id) == pytest.approx(kept * 5 / 2, abs=0.1)


def test_a_run_that_broke_off_is_still_to_be_done(bench):
    sweep_id = bench.sweeps.create(tiny(seeds=range(3)))
    first, second, third, *_ = [run.id for run, _ in bench.sweeps.runs(sweep_id)]
    kept = carried_out(bench, first)
    carried_out(bench, second, "interrupted")
    assert bench.sweeps.seconds_left(sweep_id) == pytest.approx(kept * 5 / 2, abs=0.1)
    carried_out(bench, third, "running")
    # What a run has done is not left, however many are at work.
    owner = Process(process.this().host, process.this().pid, bench.run(third).pid_created)
    lifecycle.heartbeat(bench.store, third, owner, {"fraction": 0.5})
    assert bench.sweeps.seconds_left(sweep_id) == pytest.approx(kept * 4.5 / 2, abs=0.1)
    # One that was stopped for good is left to nobody.
    lifecycle.want(bench.store, second, "cancelled")
    assert bench.sweeps.seconds_left(sweep_id) == pytest.approx(kept * 3.5 / 2, abs=0.1)


def test_a_model_of_which_nothing_is_done_takes_as_long_as_planned(bench):
    models = [{"features": {"name": each}, "classifier": {"name": name}}
              for each, name in (("tfidf", "logistic"), ("tokens", "bilstm"))]  # fmt: skip
    sweep_id = bench.sweeps.create(tiny(seeds=(0,), models=models))
    found = [run for run, _ in bench.sweeps.runs(sweep_id)]
    for run in found:
        if run.classifier == "logistic":
            kept = carried_out(bench, run.id)
    networks = [bench.plan(run.run_config()).seconds for run in found if run.classifier == "bilstm"]
    left = bench.sweeps.seconds_left(sweep_id)
    assert left == pytest.approx(max(sum(networks) / 2, *networks), rel=0.01) and left > kept


def test_who_goes_first_is_counted(bench):
    sweep_id = bench.sweeps.create(tiny())
    assert bench.sweeps.ahead(sweep_id) == 0
    bench.create(TINY.model_copy(update={"seed": 9}))
    assert bench.sweeps.ahead(sweep_id) == 1
    assert [bench.ahead(run.id) for run, _ in bench.sweeps.runs(sweep_id)] == [1, 2, 3, 4]
    bench.sweeps.cancel(sweep_id)
    assert bench.sweeps.ahead(sweep_id) == 0


def lines(word):
    return "text,class\n" + "".join(f"{'good' if i % 2 else 'dull'} {word} {i},{i % 2}\n" for i in range(300))


def test_another_file_at_the_same_path_is_another_corpus(bench, home):
    file = home / "data" / "lines.csv"
    file.parent.mkdir(parents=True)
    file.write_text(lines("film"))
    settings = tiny(data=[{"corpus": {"name": "csv", "params": {"path": "lines.csv"}}}])
    sweep_id = bench.sweeps.create(settings)
    carried_out(bench, bench.sweeps.runs(sweep_id)[0][0].id)
    assert bench.sweeps.outlook(settings).reused == 4
    left = bench.sweeps.seconds_left(sweep_id)
    assert left is not None and left > 0
    file.write_text(lines("book"))
    assert bench.sweeps.outlook(settings).reused == 0
    with pytest.raises(BadInput, match="texts have changed since this sweep was made"):
        bench.sweeps.extend(sweep_id, [7])
    again = bench.sweeps.create(settings)
    assert not any(reused for _, reused in bench.sweeps.runs(again))
    keys = {run.corpus_key for run, _ in bench.sweeps.runs(again)}
    assert keys == {bench.corpus_key(settings.data[0].corpus)}


def test_what_will_fail_for_its_texts_takes_no_time(bench, home):
    file = home / "data" / "lines.csv"
    file.parent.mkdir(parents=True)
    file.write_text(lines("film"))
    data = [{"corpus": {"name": "csv", "params": {"path": "lines.csv"}}}, {"corpus": TINY.corpus}]
    sweep_id = bench.sweeps.create(tiny(data=data))
    for run, _ in bench.sweeps.runs(sweep_id):
        if run.config["corpus"]["name"] == "demo":
            carried_out(bench, run.id)
    assert bench.sweeps.seconds_left(sweep_id) > 0
    file.write_text(lines("book"))
    assert bench.sweeps.seconds_left(sweep_id) == 0.0


def test_a_run_of_the_experiment_page_is_not_made_again_for_its_baseline(bench):
    settings = tiny("margin")
    carried_out(bench, bench.create(TINY.with_baseline(True)))
    assert bench.sweeps.outlook(settings).reused == 1
    found = bench.sweeps.runs(bench.sweeps.create(settings))
    assert [run.strategy for run, reused in found if reused] == ["margin"]
    assert [run.config["cycle"]["baseline"] for run, _ in found if run.strategy == "random"] == [True, True]


@pytest.mark.xdist_group("keras")
def test_a_small_sweep_is_carried_out_and_the_next_one_finds_it_there(bench):
    from al_core.worker.run import run as carry_out

    sweep_id = bench.sweeps.create(tiny("margin"))
    for run, _ in bench.sweeps.runs(sweep_id):
        assert carry_out(bench.store, run.id) == "finished"
    now = bench.sweeps.standing([sweep_id])[sweep_id]
    assert now.over and now.finished == now.runs == 4
    found = [run for run, _ in bench.sweeps.runs(sweep_id)]
    assert all(run.test_accuracy is not None and run.labels == 30 for run in found)
    baselines = [run.id for run in found if (bench.rounds(run.id)["round"] == -1).any()]
    assert baselines == [run.id for run in found if run.strategy == "random"]
    # The wider sweep runs only what it does not share with it.
    wider = bench.sweeps.create(tiny("margin", "entropy"))
    there = [(run.id, reused) for run, reused in bench.sweeps.runs(wider)]
    assert [run_id for run_id, reused in there if reused] == [run.id for run in found]
    assert bench.sweeps.standing([wider])[wider].states == {"finished": 4, "queued": 2}
