"""Sweeps on their pages: set up, begun once, followed, stopped, extended."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable

import pytest

from al_core.config import Component
from al_core.presets import PRESETS
from al_core.store import lifecycle
from al_core.sweeps.settings import validated
from al_core.workbench import Workbench
from al_core.worker import process
from pages.parts.sweeps import sweep_begin

pytestmark = pytest.mark.usefixtures("no_workers")

BASE = PRESETS["demo"].config


@pytest.fixture
def begin(bench: Workbench) -> Callable[..., str]:
    def make(*strategies: str, name: str = "My *own* sweep", seeds=(0, 1)) -> str:
        asking = [{"strategy": {"name": each}} for each in strategies or ("margin",)]
        given = {"name": name, "base": BASE, "asking": asking, "seeds": seeds}
        return bench.sweeps.create(validated(given))

    return make


def end(bench, sweep_id, place, state, message=""):
    run = bench.sweeps.runs(sweep_id)[place][0]
    owner = dataclasses.replace(process.this(), created=time.time())  # of a process that came up for it
    assert lifecycle.take_slot(bench.store, run.id, owner.host, 0)
    assert lifecycle.claim(bench.store, run.id, owner)
    assert state == "running" or lifecycle.end(bench.store, run.id, owner, state, message)
    return run.id


def metrics(at) -> dict[str, str]:
    return {each.label: each.value for each in at.metric}


def progress(at) -> str:
    return at.get("progress")[0].proto.text.replace("\\", "")


def actions(at) -> set[str]:
    names = ("Pause", "Resume", "Cancel", "Archive", "Restore")
    return {each.label for each in at.button if each.label in names}


def test_without_a_sweep_the_page_is_the_form(shell):
    at = shell.open("sweeps")
    assert at.button(key="begin-sweep").label == "Begin"


def test_without_a_sweep_the_list_says_what_to_do(shell):
    shell.open("sweeps", part="Sweeps")
    assert "No sweep yet. Set one up under New sweep." in shell.words()


def test_the_outlook_follows_the_form(shell, begin):
    begin("least_confidence", seeds=(0,))
    at = shell.open("sweeps", part="New sweep", preset="demo")
    found = metrics(at)
    assert (found["Runs"], found["There already"], found["Groups"], found["Seeds"]) == ("6", "2", "2", "3")
    at.multiselect(key="sweep-demo-strategies").set_value(["least_confidence", "entropy", "margin"])
    at.multiselect(key="sweep-demo-models").set_value(["bilstm", "logistic"])
    at.number_input(key="sweep-demo-seeds").set_value(5)
    at = shell.run()
    assert metrics(at)["Runs"] == "40"
    assert "40 runs (2 there already), 8 groups x 5 seeds, about " in shell.words()
    at.toggle(key="sweep-demo-control").set_value(False)
    assert metrics(shell.run())["Runs"] == "30"


def test_begin_begins_one_sweep_however_often_it_is_clicked(shell, bench, monkeypatch):
    at = shell.open("sweeps", part="New sweep", preset="demo")
    at.multiselect(key="sweep-demo-strategies").set_value(["entropy"])
    at.multiselect(key="sweep-demo-models").set_value(["logistic", "text_cnn"])
    at.number_input(key="sweep-demo-rounds").set_value(2)
    at.toggle(key="sweep-demo-baseline").set_value(False)
    at.text_input(key="sweep-demo-name").set_value("Mine")
    with monkeypatch.context() as patch:
        # A click that comes before the page has changed; what was typed last counts already.
        patch.setattr(sweep_begin, "_open", lambda _: None)
        shell.click("begin-sweep")
    at = shell.click("begin-sweep")
    found = bench.sweeps.sweeps()
    assert [each.name for each in found] == ["Mine"] and at.title[0].value == "Mine"
    assert at.query_params["sweep"]
    settings = bench.sweeps.settings(found[0].id)
    assert settings.base.cycle.rounds == 2 and not settings.baseline
    assert settings.seeds == (0, 1, 2)
    # Each model reads in its usual way, or as the preset does where it can.
    assert [each.features.name for each in settings.models][1] == "tokens"
    assert settings.models[1].features.params["length"] == 40
    assert settings.models[0].features.name != "tokens"
    assert bench.count_runs() == 12
    # Another view of the form begins another one.
    shell.open("sweeps", part="New sweep", preset="demo")
    shell.click("begin-sweep")
    assert len(bench.sweeps.sweeps()) == 2


def test_several_corpora_and_what_stands_around_a_strategy(shell, bench):
    demo = Component(name="demo", params={"rows": 2500})
    keys = [bench.prepare(BASE.corpus), bench.prepare(demo)]
    at = shell.open("sweeps", part="New sweep", preset="demo")
    corpora = at.multiselect(key=f"sweep-demo-corpora-{keys[0]}")
    assert corpora.value == [keys[0]] and len(corpora.options) == 2
    corpora.set_value(keys)
    at.multiselect(key="sweep-demo-around").set_value(["epsilon_random"])
    at = shell.run()
    found = metrics(at)
    # Two corpora, random and one strategy by itself and with something around it, three seeds.
    assert (found["Runs"], found["Groups"]) == ("18", "6")
    assert at.text_input(key="sweep-demo-name").placeholder == "Sweep on 2 corpora"
    at.number_input(key="sweep-demo-around-epsilon_random-epsilon").set_value(0.5)
    shell.run()
    shell.click("begin-sweep")
    settings = bench.sweeps.settings(bench.sweeps.sweeps()[0].id)
    assert [each.corpus.params["rows"] for each in settings.data] == [3000, 2500]
    ways = [[one.params["epsilon"] for one in each.wrappers] for each in settings.asking]
    assert ways == [[], [0.5]]
    # A corpus that has too few texts for the split is a sentence.
    small = bench.prepare(Component(name="demo", params={"rows": 300}))
    at = shell.open("sweeps", part="New sweep", preset="demo")
    at.multiselect(key=f"sweep-demo-corpora-{keys[0]}").set_value([keys[0], small])
    at = shell.run()
    assert len(at.error) == 1 and at.button(key="begin-sweep").disabled


def test_a_settings_file_is_begun_as_it_stands(shell, bench):
    given = {
        "name": "From a *file*",
        "base": BASE,
        "asking": [{"strategy": {"name": "margin"}}],
        "seeds": (4, 7),
    }
    settings = validated(given)
    at = shell.open("sweeps", part="New sweep", preset="demo")
    data = settings.model_dump_json(exclude_none=True).encode()
    at.file_uploader(key="sweep-file").set_value(("sweep.json", data, "application/json"))
    at = shell.run()
    words = shell.words()
    assert "From a *file*" in words and "**Seeds:** 4; 7" in words and "Random; Margin" in words
    assert metrics(at)["Runs"] == "4" and not at.multiselect
    shell.click("begin-sweep")
    assert bench.sweeps.settings(bench.sweeps.sweeps()[0].id) == settings


def test_a_wrong_settings_file_is_one_sentence_and_no_begin(shell):
    at = shell.open("sweeps", part="New sweep", preset="demo")
    at.file_uploader(key="sweep-file").set_value(("sweep.toml", b"name = ", "application/toml"))
    at = shell.run()
    assert len(at.error) == 1 and "sweep.toml is not valid TOML" in shell.words()
    assert "begin-sweep" not in {each.key for each in at.button}


def test_what_cannot_run_gets_one_sentence_and_no_begin(shell, bench):
    at = shell.open("sweeps", part="New sweep", preset="demo")
    at.number_input(key="sweep-demo-split-test").set_value(1_000_000.0)
    at = shell.run()
    assert len(at.error) == 1 and at.button(key="begin-sweep").disabled
    at.number_input(key="sweep-demo-split-test").set_value(600.0)
    at.multiselect(key="sweep-demo-models").set_value([])
    at = shell.run()
    assert [each.value for each in at.error] == ["Choose a model\\."]
    at.multiselect(key="sweep-demo-models").set_value(["bilstm"])
    at.multiselect(key="sweep-demo-strategies").set_value([])
    assert metrics(shell.run())["Runs"] == "3"
    at.toggle(key="sweep-demo-control").set_value(False)
    at = shell.run()
    assert len(at.error) == 1 and "Choose a query strategy" in shell.words()
    assert not bench.sweeps.sweeps()


def test_a_corpus_that_nobody_has_read_has_no_time_yet(shell):
    at = shell.open("sweeps", part="New sweep", preset="few-labels")
    assert "About" not in metrics(at) and not at.button(key="begin-sweep").disabled
    assert "has not been read yet" in shell.words()


def test_the_list_tells_how_far_each_is(shell, bench, begin):
    sweep_id = begin()
    end(bench, sweep_id, 0, "finished")
    end(bench, sweep_id, 1, "running")
    shell.open("sweeps")
    assert "1 of 4 finished, 1 running, 2 waiting · just now" in shell.words()
    bench.sweeps.archive(sweep_id)
    shell.open("sweeps", part="Sweeps")
    assert "No sweep yet" in shell.words()
    shell.at.toggle(key="archived-sweeps").set_value(True)
    shell.run()
    assert "1 of 4 finished" in shell.words()


def test_a_sweep_shows_its_runs_and_what_was_there_before(shell, bench, begin):
    first = begin(seeds=(0,))
    end(bench, first, 0, "failed", "The disk is *full*.")
    sweep_id = begin(seeds=(0, 1))
    at = shell.open("sweep", sweep=sweep_id)
    assert at.title[0].value.replace("\\", "") == "My *own* sweep"
    words = shell.words()
    assert "0 of 4 finished, 4 waiting" in words and "there before" in words
    assert actions(at) == {"Pause", "Cancel"}
    links = [each.proto.label for each in at.get("page_link")]
    assert sum("seed 0" in each for each in links) == sum("seed 1" in each for each in links) == 2
    assert "Story" not in links, "nothing to tell yet"
    shell.open("sweep", sweep=first)
    assert "1 failed" in shell.words() and "The disk is *full*." in shell.words()


def test_actions_fit_and_may_come_twice(shell, bench, begin):
    sweep_id = begin()
    at = shell.open("sweep", sweep=sweep_id)
    at = shell.click(f"Pause-{sweep_id}")
    assert actions(at) == {"Resume", "Cancel", "Archive"} and "4 paused" in shell.words()
    assert actions(shell.click(f"Resume-{sweep_id}")) == {"Pause", "Cancel"}
    at = shell.click(f"Cancel-{sweep_id}")
    assert actions(at) == {"Resume", "Archive"} and at.button(key="add-seeds").disabled
    at = shell.click(f"Archive-{sweep_id}")
    assert actions(at) == {"Restore"} and "This sweep is archived" in shell.words()
    shell.click(f"Restore-{sweep_id}")
    at = shell.click(f"Resume-{sweep_id}")
    assert bench.sweeps.standing([sweep_id])[sweep_id].states == {"queued": 4}
    for _ in range(2):
        bench.sweeps.resume(sweep_id)
        bench.sweeps.archive(sweep_id)


def test_seeds_are_added_as_the_field_holds_them_now(shell, bench, begin):
    sweep_id = begin()
    at = shell.open("sweep", sweep=sweep_id)
    at.number_input(key="more-seeds").set_value(3)
    shell.click("add-seeds")
    assert bench.sweeps.settings(sweep_id).seeds == (0, 1, 2, 3, 4)
    assert "0 of 10 finished" in shell.words() and "5 seeds so far" in shell.words()


def test_who_goes_first_and_what_broke_off_is_told(shell, bench, begin):
    sweep_id = begin(seeds=range(3))
    mine = bench.create(BASE.model_copy(update={"seed": 77}))
    shell.open("sweep", sweep=sweep_id)
    assert "0 of 6 runs are done. Waiting for a free slot; 1 other run goes first" in progress(shell.at)
    first = bench.sweeps.runs(sweep_id)[0][0].id
    shell.open("run", run=first)
    assert progress(shell.at) == "Waiting for a free slot; 1 other run goes first"
    shell.open("run", run=mine)
    assert progress(shell.at) == "Waiting for a free slot"
    shell.open("run", run=bench.sweeps.runs(sweep_id)[5][0].id)
    assert progress(shell.at) == "Waiting for a free slot; 6 other runs go first"
    end(bench, sweep_id, 0, "finished")
    end(bench, sweep_id, 1, "interrupted")
    end(bench, sweep_id, 2, "running")
    shell.open("sweep", sweep=sweep_id)
    words = progress(shell.at)
    assert words.startswith("1 of 6 runs are done, about ")
    assert words.endswith(" left with the 1 interrupted run, which Resume lets go on")


def test_a_note_stays(shell, bench, begin):
    sweep_id = begin()
    at = shell.open("sweep", sweep=sweep_id)
    at.text_area(key=f"note-{sweep_id}").set_value("What **came** of it")
    shell.run()
    assert bench.sweeps.sweep(sweep_id).note == "What **came** of it"
    at = shell.open("sweep", sweep=sweep_id)
    assert at.text_area(key=f"note-{sweep_id}").value == "What **came** of it"


def test_many_runs_are_paged_and_all_done_is_said(shell, bench, begin):
    sweep_id = begin("margin", "entropy", seeds=range(10))
    at = shell.open("sweep", sweep=sweep_id)
    links = [each.proto.label for each in at.get("page_link") if "seed" in each.proto.label]
    assert len(links) == 20
    short = begin("margin", seeds=(99,))
    for place in (0, 1):
        end(bench, short, place, "finished")
    at = shell.open("sweep", sweep=short)
    assert "2 of 2 finished" in shell.words() and actions(at) == {"Archive"}


def test_deleted_runs_leave_a_word(shell, bench, begin):
    sweep_id = begin(seeds=(0,))
    for run, _ in bench.sweeps.runs(sweep_id):
        bench.delete(run.id)
    shell.open("sweep", sweep=sweep_id)
    assert "0 of 0 finished" in shell.words()


def test_the_settings_can_be_taken_away(shell, bench, begin):
    sweep_id = begin()
    at = shell.open("sweep", sweep=sweep_id)
    assert "sweep-settings" in {each.key for each in at.get("download_button")}
    text = bench.sweeps.settings(sweep_id).model_dump_json(exclude_none=True)
    assert validated(json.loads(text)) == bench.sweeps.settings(sweep_id)


def test_without_a_sweep_the_page_is_the_list_and_an_unknown_one_is_a_sentence(shell, bench):
    assert shell.open("sweep").title[0].value == "Sweeps"
    at = shell.open("sweep", sweep="nope")
    assert [each.value for each in at.error] == ["There is no sweep nope\\."]
