"""Decide: criteria of one's own and of the run, the threshold in the address, errors by their classes."""

from __future__ import annotations

import pytest
from small_run import SMALL

from al_core import paths
from al_core.config import Component, RunConfig, StopSettings
from al_core.workbench import Workbench
from al_core.worker.run import run

STOP = StopSettings(
    criteria=(
        Component(name="accuracy_at_least", params={"value": 0.4}),
        Component(name="labels_at_most", params={"value": 5000}),
    ),
    combine="all",
)


@pytest.fixture
def bench(home):
    found = Workbench()
    yield found
    found.store.close()


@pytest.fixture
def carried_out(bench):
    def make(config: RunConfig = SMALL) -> str:
        run_id = bench.create(config)
        assert run(bench.store, run_id) == "finished"
        return run_id

    return make


def test_errors_are_named_by_their_classes(shell, carried_out):
    shell.open("run", run=carried_out(), show="Decide")
    told = "Positive class: positive. False negative: positive taken for negative. False positive: negative"
    assert told in shell.words()


def test_a_chosen_threshold_and_round_survive_other_tabs_and_a_reload(shell, bench, carried_out):
    run_id = carried_out()
    at = shell.open("run", run=run_id, show="Decide")
    assert "threshold" not in at.query_params and "round" not in at.query_params
    at.selectbox(key=f"decide-round-{run_id}").set_value(0)
    shell.run()
    at.toggle(key=f"cheapest-{run_id}-0").set_value(False)
    shell.run()
    at.slider(key=f"threshold-{run_id}-0").set_value(0.25)
    shell.run()
    assert (at.query_params["threshold"], at.query_params["round"]) == ("0.250", "0")
    there = {"run": run_id, "threshold": "0.250", "round": "0"}
    shell.open("run", **there, show="Learning")
    for again in (shell, type(shell)()):
        at = again.open("run", **there, show="Decide")
        assert at.slider(key=f"threshold-{run_id}-0").value == 0.25
        assert not at.toggle(key=f"cheapest-{run_id}-0").value
        assert "Decides at the threshold 0.250" in again.words()
    at.toggle(key=f"cheapest-{run_id}-0").set_value(True)
    again.run()
    assert "threshold" not in at.query_params
    at.selectbox(key=f"decide-round-{run_id}").set_value("best")
    again.run()
    assert "round" not in at.query_params


@pytest.mark.parametrize("wrong", ["", "x", "nan", "-0.1", "7"])
def test_a_threshold_that_is_none_is_passed_over(shell, bench, carried_out, wrong):
    run_id = carried_out()
    at = shell.open("run", run=run_id, show="Decide", threshold=wrong, round="99")
    assert at.toggle(key=f"cheapest-{run_id}-{bench.models.best_round(run_id)}").value


def test_criteria_say_at_once_which_rounds_meet_them(shell, carried_out):
    run_id = carried_out()
    at = shell.open("run", run=run_id, show="Decide", threshold="1.000", round="1")
    assert "Set any of them" in shell.words() and not at.dataframe
    at.number_input(key="fp-rate-at-most").set_value(0.0)
    shell.run()
    words = shell.words()
    assert "Round 1 meets your criteria" in words
    assert "Met in 3 of 3 rounds, first with 40 labels (initial labels)" in words
    assert "all rounds at the threshold 1.000" in words
    at.number_input(key="fn-rate-at-most").set_value(0.5)
    shell.run()
    assert "Round 1 does not meet your criteria" in shell.words()
    assert "Met in none of 3 rounds" in shell.words()
    (found,) = at.dataframe
    assert found.value["round"].tolist() == ["Round 2", "Round 1", "Initial labels"]
    assert found.value["labels"].tolist() == [80, 60, 40]
    assert found.value["check-0"].tolist() == ["✗ 100.0%"] * 3
    assert found.value["check-1"].tolist() == ["✓ 0.0%"] * 3
    assert found.value["met"].tolist() == ["✗ No"] * 3 and found.value["model"].tolist() == ["kept"] * 3


def test_at_the_cheapest_threshold_each_round_has_its_own(shell, carried_out):
    run_id = carried_out()
    address = {"fn-price": "0", "fp-price": "5", "cost-at-most": "0"}
    at = shell.open("run", run=run_id, show="Decide", **address)
    assert "Met in 3 of 3 rounds" in shell.words()
    assert "each round at its own cheapest threshold" in shell.words()
    assert at.number_input(key="cost-at-most").value == 0


def test_a_run_names_its_own_criteria_by_round(shell, carried_out):
    run_id = carried_out(SMALL.model_copy(update={"stop": STOP}))
    (paths.models_of(run_id) / "round-1.model.npz").unlink()
    at = shell.open("run", run=run_id, show="Decide")
    assert "Stopping criteria of this run, all of them: met in none of 3 rounds." in shell.words()
    assert "by the likelier class, whatever the threshold" in shell.words()
    (found,) = at.dataframe
    assert [each.startswith("✓ ") for each in found.value["check-0"]] == [True] * 3
    assert found.value["check-1"].tolist() == ["✗ 80", "✗ 60", "✗ 40"]
    assert found.value["model"].tolist() == ["kept", "not kept", "kept"]
    columns = found.proto.columns
    assert "Accuracy at least 40.0%" in columns and "Budget of labels: 5,000" in columns


def test_a_run_that_kept_no_model_still_tells_its_criteria(shell, run_in):
    at = shell.open("run", run=run_in("finished", stopping=True), show="Decide")
    assert "No model of this run" in shell.words() and "met in none of 2 rounds" in shell.words()
    (found,) = at.dataframe
    assert found.value["check-1"].tolist() == ["✗ unknown"] * 2
    assert found.value["model"].tolist() == ["not kept"] * 2


def test_with_more_classes_accuracy_alone_is_asked_for(shell, bench, carried_out):
    rows = "".join(f"text {'abc'[i % 3]} of word{i},{'abc'[i % 3]}\n" for i in range(400))
    key = bench.add(
        bench.draft(bench.read_upload("3.csv", b"text,label\n" + rows.encode()), "text", "label"), "3"
    )
    run_id = carried_out(SMALL.model_copy(update={"corpus": Component(name="table", params={"table": key})}))
    at = shell.open("run", run=run_id, show="Decide")
    assert {each.key for each in at.number_input} == {"accuracy-at-least"}
    at.number_input(key="accuracy-at-least").set_value(0.1)
    shell.run()
    assert "Met in 3 of 3 rounds" in shell.words() and "by the likeliest class" in shell.words()
    assert "Positive class" not in shell.words()
