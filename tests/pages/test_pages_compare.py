"""The Compare page, from an empty store to a sweep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from al_core.classifiers.base import Epoch
from al_core.config import Component
from al_core.evaluation.metrics import Bin, Metrics
from al_core.loop import Asked, Round
from al_core.presets import PRESETS
from al_core.store import history, lifecycle, sweeps
from al_core.worker import process
from pages.parts import clicks

TABS = ("Learning", "Errors", "What was asked", "Settings", "Map of the pool")


def done_round(number, labels, rows):
    bins = (Bin(200, 0.6, 0.55), Bin(400, 0.9, 0.95))
    metrics = Metrics(600, 0.5 + labels / 4000, 0.4, 30, 20, ((280, 20), (30, 270)), 0.2, bins)
    asked = Asked.nothing()
    if number > 0:
        asked = Asked(rows, (rows % 2).astype(np.int32), rows / 1000, np.zeros(len(rows), np.int32))
    seconds = {"fit": 1.5, "score": 0.1, "select": 0.1}
    epochs = (Epoch(1, 0.6, 0.7, 0.7, 0.6, 0.5),)
    return Round(number, labels, asked, metrics, metrics, epochs, seconds, (), "", 0.0, uncalibrated=metrics)


@pytest.fixture
def three(bench, no_workers):
    """Two seeds of random and one of margin, of which the last still runs; as a sweep and as runs."""
    base, store, owner = PRESETS["demo"].config, bench.store, process.this()
    bench.prepare(base.corpus)
    ids = []
    for name, seed in (("random", 0), ("random", 1), ("margin", 0)):
        config = base.model_copy(update={"name": "*x* <b>", "seed": seed, "strategy": Component(name=name)})
        run_id = bench.create(config)
        assert lifecycle.adopt(store, run_id, owner)
        assert lifecycle.take_slot(store, run_id, owner.host, 0)
        assert lifecycle.claim(store, run_id, owner)
        for number, labels in ((-1, 2000), (0, 100), (1, 200)):
            done = done_round(number, labels, np.arange(seed, 40, dtype=np.int64))
            assert history.commit_round(store, run_id, done)
        if name == "random":
            assert lifecycle.end(store, run_id, owner, "finished", "All rounds are done")
        ids.append(run_id)
    key = bench.corpus_key(base.corpus)
    made = sweeps.create(store, "*Sweep*", {}, [(bench.run(each).run_config(), key) for each in ids])
    return made, ids


def test_an_empty_store_says_what_to_do_next(shell):
    shell.open("compare")
    assert "Run a sweep" in shell.words()


def test_runs_without_a_sweep_are_asked_for(shell, run_in):
    run_in("finished")
    run_in("finished")
    shell.open("compare")
    assert "Choose at least two runs" in shell.words()


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_sweep_has_its_charts(shell, three, tab):
    at = shell.open("compare", view=tab, sweep=three[0])
    assert "3 runs in 2 groups" in shell.words()
    charts = {"Learning": 2, "Errors": 3, "What was asked": 5, "Settings": 1, "Map of the pool": 1}
    assert len(at.get("plotly_chart")) == charts[tab]


def test_the_newest_sweep_comes_first_and_one_seed_is_said_to_be_too_few(shell, three):
    at = shell.open("compare")
    assert at.selectbox(key="compare-sweep").value == three[0]
    assert "No verdict on Margin and Random" in shell.words()
    assert "on 1 seed," in shell.words()
    table = at.dataframe[0].value.set_index("group")
    assert table.loc["Random", "seeds"] == 2 and "not reached" in table.loc["Margin", "reached"]


def test_a_group_that_steers_on_test_is_marked(shell, bench, no_workers):
    base = PRESETS["demo"].config
    bench.prepare(base.corpus)
    names = ("random", "ratio_published")
    ids = [bench.create(base.model_copy(update={"strategy": Component(name=name)})) for name in names]
    at = shell.open("compare", runs=",".join(ids))
    (warning,) = at.warning
    assert "as published: Steers on the test split" in warning.value.replace("\\", "")


def test_what_is_not_finished_is_told_of(shell, three, bench):
    shell.open("compare", sweep=three[0])
    assert "3 runs in 2 groups: 2 of 3 finished, 1 running. What is not finished counts" in shell.words()
    shell.open("compare", runs=",".join(three[1][:2]))
    assert "2 runs in 1 group. Everything here is measured on test." in shell.words()


def test_a_report_is_offered_beside_the_table_it_holds(shell, three):
    at = shell.open("compare", sweep=three[0])
    labels = [each.proto.label for each in at.get("download_button")]
    assert labels[-2:] == ["Report as HTML", "Everything as ZIP"]


def test_prices_show_for_the_cost_alone(shell, three):
    at = shell.open("compare", sweep=three[0])
    assert not at.number_input
    at.selectbox(key="metric").set_value("Cost of errors")
    shell.run()
    at.number_input(key="price-fn").set_value(10.0)
    shell.run()
    assert "What the errors in 1,000 texts cost" in shell.words()


def test_prices_stand_in_the_address(shell, three):
    at = shell.open("compare", sweep=three[0], metric="Cost of errors", **{"price-fn": "7", "price-fp": "2"})
    assert [at.number_input(key=each).value for each in ("price-fn", "price-fp")] == [7, 2]


def test_runs_are_chosen_by_hand_and_stand_in_the_address(shell, three):
    _, ids = three
    at = shell.open("compare", sweep=three[0])
    at.get("button_group")[0].set_value("runs")
    shell.run()
    assert "Choose at least two runs" in shell.words()
    at.multiselect(key="compare-runs").set_value([ids[0], ids[2]])
    shell.run()
    assert "2 runs in 2 groups" in shell.words()
    found = at.query_params["runs"]
    assert (found[0] if isinstance(found, list) else found) == f"{ids[0]},{ids[2]}"


@pytest.mark.parametrize(
    ("query", "sentence"), [("runs", "There is no run nope."), ("sweep", "There is no sweep nope.")]
)
def test_what_is_not_there_gets_one_sentence(shell, query, sentence):
    at = shell.open("compare", **{query: "nope"})
    assert [each.value.replace("\\", "") for each in at.error] == [sentence]


def test_the_result_of_each_run_stands_beside_the_settings_that_vary(shell, three):
    at = shell.open("compare", view="Settings", sweep=three[0])
    assert list(at.dataframe[0].value) == ["Query strategy", "Seed", "Accuracy (%)", "Run"]
    at.get("button_group")[1].set_value("Labels to target")
    shell.run()
    assert at.dataframe[0].value["Labels to target"].isna().all()


def test_the_comparison_is_still_there_when_the_address_has_lost_it(shell, three):
    at = shell.open("compare", runs=",".join(three[1][:2]))
    shell.open("compare")
    assert at.multiselect(key="compare-runs").value == three[1][:2]


@pytest.mark.parametrize(
    "sent",
    [None, "x", {}, {"chart": "b", "line": 1, "x": 2}, {"chart": "a", "line": "1", "x": 2}]
    + [{"chart": "a", "line": 1, "x": x} for x in (None, "2", float("nan"), float("inf"))],
)
def test_what_is_no_click_on_this_chart_is_none(sent):
    assert clicks._point(sent, "a") is None
    assert clicks._point({"chart": "a", "line": 1, "x": 200}, "a") == clicks.Point(1, 200.0)


@pytest.fixture
def again(bench, no_workers):
    """Four seeds of random, margin and entropy, of which margin is ahead; one more run was cancelled soon."""
    base, store, owner = PRESETS["demo"].config, bench.store, process.this()
    bench.prepare(base.corpus)
    ids = []
    for name, seed in [(name, seed) for name in ("random", "margin", "entropy") for seed in range(5)]:
        cut = (name, seed) == ("random", 4)
        config = base.model_copy(update={"seed": seed, "strategy": Component(name=name)})
        run_id = bench.create(config)
        assert lifecycle.adopt(store, run_id, owner)
        assert lifecycle.take_slot(store, run_id, owner.host, 0)
        assert lifecycle.claim(store, run_id, owner)
        for number in range(-1, 1 if cut else 6):
            labels = 2000 if number < 0 else 100 * (number + 1)
            done = done_round(number, labels, np.arange(seed, 40, dtype=np.int64))
            ahead = 0.15 + 0.03 * seed if name == "margin" and number > 0 else 0.0
            better = replace(done.test, accuracy=done.test.accuracy + ahead)
            assert history.commit_round(store, run_id, replace(done, test=better))
        assert lifecycle.end(store, run_id, owner, "cancelled" if cut else "finished", "Over")
        ids.append(run_id)
    return ",".join(ids)


def test_a_comparison_appears_with_the_first_fit(shell, bench, no_workers):
    base, store, owner = PRESETS["demo"].config, bench.store, process.this()
    bench.prepare(base.corpus)
    ids = [bench.create(base.model_copy(update={"seed": seed})) for seed in (0, 1)]
    at = shell.open("compare", runs=",".join(ids))
    assert "Appears after the first fit" in shell.words()
    for run_id in ids:
        assert lifecycle.adopt(store, run_id, owner)
        assert lifecycle.take_slot(store, run_id, owner.host, 0)
        assert lifecycle.claim(store, run_id, owner)
        for number, labels in ((-1, 2000), (0, 100)):
            done = done_round(number, labels, np.arange(40, dtype=np.int64))
            assert history.commit_round(store, run_id, done)
        assert lifecycle.end(store, run_id, owner, "finished", "All rounds are done")
    shell.run()
    assert "Appears after the first fit" not in shell.words()
    assert at.dataframe[0].value["seeds"].tolist() == [2]


def test_the_sentence_on_labels_the_figures_and_any_two(shell, again):
    at = shell.open("compare", runs=again)
    words = shell.words()
    assert "1 run is in no verdict, area or number of labels to target" in words
    assert "Margin is better than Random between 100 and 600 labels" in words
    assert "Neither Margin nor Random reaches 0.95 with the labels that both spent, 4 seeds." in words
    assert "Validation labels come on top: 600 a run." in words
    folded = [each.label for each in at.expander]
    assert folded.count("The figures behind these sentences") == 2
    figures, _, table, _ = (each.value for each in at.dataframe)
    figures, table = figures.set_index("Group"), table.set_index("group")
    assert figures.loc["Margin", "Seeds that agree"] == "4 of 4"
    assert figures.loc["Margin", "Difference"].endswith(" points")
    assert "Entropy is worse than Margin" in words and "Corrected for all such pairs" in words
    assert table["over"].tolist() == ["100 to 600"] * 3
    at.slider(key="target-share").set_value(50)
    shell.run()
    assert "Margin needs 275 labels for 0.75, Random at least 600; 4 of 4 seeds agree." in shell.words()


def test_the_target_follows_the_metric_in_the_address(shell, again):
    at = shell.open("compare", runs=again, metric="False negative rate")
    assert "Target: false negative rate of at most 20.0%." in shell.words()
    at.slider(key="target-fn_rate").set_value(0.05)
    shell.run()
    assert "Target: false negative rate of at most 5.0%." in shell.words()
    for title, told in (
        ("Loss", "Target: loss of at most 0.5."),
        ("Macro F1", "Target: macro F1 of at least"),
        ("Imbalance of errors", "Target: imbalance of errors of at most 20 per 1,000 texts."),
        ("Balance of errors", "there is no target to reach"),
        ("Accuracy", "Target: accuracy of at least"),
    ):
        at.selectbox(key="metric").set_value(title)
        shell.run()
        assert told in shell.words(), title
