"""Sweeps as pages and the command line order them; one of them carried out."""

from __future__ import annotations

import numpy as np
import pytest

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus import Corpus, cache
from al_core.errors import BadInput
from al_core.store import lifecycle
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


def test_the_rest_takes_as_long_as_what_is_done(bench):
    sweep_id, owner = bench.sweeps.create(tiny(seeds=range(3))), process.this()
    assert bench.sweeps.seconds_left(sweep_id) is None
    run_id = bench.sweeps.runs(sweep_id)[0][0].id
    assert lifecycle.take_slot(bench.store, run_id, owner.host, 0)
    assert lifecycle.claim(bench.store, run_id, owner)
    assert lifecycle.end(bench.store, run_id, owner, "finished", "")
    left, run = bench.sweeps.seconds_left(sweep_id), bench.run(run_id)
    assert left == pytest.approx((run.finished_at - run.started_at).total_seconds() * 5 / 2)


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
