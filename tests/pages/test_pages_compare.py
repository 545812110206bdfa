"""The Compare page, from an empty store to a sweep."""

from __future__ import annotations

import numpy as np
import pytest

from al_core.classifiers.base import Epoch
from al_core.config import Component
from al_core.evaluation.metrics import Bin, Metrics
from al_core.loop import Asked, Round
from al_core.presets import PRESETS
from al_core.store import history, lifecycle, sweeps
from al_core.worker import process

TABS = ("Learning", "Errors", "What was asked", "Map of the pool")


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
    at = shell.open("compare", show=tab, sweep=three[0])
    assert "3 runs in 2 groups" in shell.words()
    charts = {"Learning": 2, "Errors": 3, "What was asked": 4, "Map of the pool": 1}
    assert len(at.get("plotly_chart")) == charts[tab]


def test_the_newest_sweep_comes_first_and_one_seed_is_said_to_be_too_few(shell, three):
    at = shell.open("compare")
    assert at.selectbox(key="compare-sweep").value == three[0]
    assert "No verdict on Margin and Random" in shell.words()
    assert "on 1 seed," in shell.words()
    table = at.dataframe[0].value.set_index("group")
    assert table.loc["Random", "seeds"] == 2 and "not reached" in table.loc["Margin", "reached"]


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
