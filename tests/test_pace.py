"""What a plan is corrected by, on runs that took a known time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from al_core import catalogue, workbench
from al_core.classifiers.base import Epoch
from al_core.config import Component
from al_core.evaluation.metrics import Metrics
from al_core.loop import Asked, Round
from al_core.pace import Pace, pace
from al_core.planning import BIRTH, Sizes, plan
from al_core.presets import PRESETS
from al_core.store import finished, history, lifecycle, runs, schema
from al_core.store.records import Process
from al_core.store.schema import now
from al_core.workbench import Workbench

CONFIG = catalogue.validated(
    PRESETS["demo"].config.model_copy(
        update={"features": Component(name="tfidf"), "classifier": Component(name="logistic")}
    )
)
PER_TEXT = 2e-4
"""The rule of thumb of linear models."""


def a_round(number, labels, fit):
    metrics = Metrics(300, 0.9, 0.3, 15, 15, ((135, 15), (15, 135)), 0.1, ())
    epochs = (Epoch(1, 0.5, 0.8, 0.5, 0.8, fit),)
    seconds = {"fit": fit, "score": 0.0, "select": 0.0}
    return Round(number, labels, Asked.nothing(), metrics, metrics, epochs, seconds, (), "", 0.0)


@pytest.fixture
def carried_out(store):
    """Return a maker of finished runs: seconds until they ran, and of each fit."""

    def make(birth, fits, config=CONFIG, went_on=False, corpus_key="demo", foreground=False):
        run_id, owner = runs.create_run(store, config, corpus_key), Process("here", 1, 1.0)
        assert lifecycle.take_slot(store, run_id, "here", 0) and lifecycle.claim(store, run_id, owner)
        for number, fit in enumerate(fits):
            assert history.commit_round(store, run_id, a_round(number, 900, fit))
        assert lifecycle.end(store, run_id, owner, "finished", "")
        # By the clock of the test: it began as its process came up, and ended at once.
        began = now()
        times = {"started_at": began, "finished_at": began, "pid_created": began.timestamp() - birth}
        times["created_at"] = began - timedelta(seconds=birth + (-2 if foreground else 1))
        if went_on:
            times["started_at"] = began - timedelta(hours=1)
        with store.write() as connection:
            connection.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(**times))

    return make


def test_nothing_is_measured_in_an_empty_store(store):
    assert pace(store, CONFIG, "demo") == Pace(1.0, None)
    sizes = Sizes(100, 200, 600, 2100)
    assert plan(CONFIG, sizes).seconds > BIRTH + 2
    assert plan(CONFIG, sizes, start=30.0).seconds == pytest.approx(plan(CONFIG, sizes).seconds + 20)


def test_speed_is_that_of_later_fits_and_loading_libraries_is_part_of_the_start(store, carried_out):
    # 900 labels, and 300 validation texts that are predicted: 1,000 texts, 0.2 s by rule of thumb.
    carried_out(12.0, [3.0, 0.4, 0.4])
    found = pace(store, CONFIG, "demo")
    assert found.speed == pytest.approx(2.0)
    # 12 s of which 3.8 s were fits; 2.6 s of the first one no text explains, measuring takes 0.24 s.
    assert found.start == pytest.approx(12.0 - 3.8 + 2.6 - 3 * 2 * PER_TEXT * 200, abs=0.01)


def test_one_fit_alone_is_better_than_none(store, carried_out):
    carried_out(9.0, [0.4])
    assert pace(store, CONFIG, "demo").speed == pytest.approx(2.0)


def test_the_median_of_the_latest_runs_counts(store, carried_out):
    for birth in (200.0, 7.0, 60.0, 8.0, 9.0, 10.0):
        carried_out(birth, [0.2, 0.2])
    assert pace(store, CONFIG, "demo").start == pytest.approx(9.0 - 0.4 - 0.16, abs=0.1)


def test_a_run_that_went_on_says_nothing_about_the_start(store, carried_out):
    carried_out(50.0, [0.2, 0.4], went_on=True)
    assert pace(store, CONFIG, "demo") == Pace(pytest.approx(2.0), None)
    carried_out(7.0, [0.2, 0.4])
    assert pace(store, CONFIG, "demo").start == pytest.approx(7.0 - 0.6 - 0.16, abs=0.2)


def test_runs_on_the_same_corpus_count_before_others(store, carried_out):
    carried_out(12.0, [0.2, 0.2])
    for _ in range(6):
        carried_out(60.0, [0.2, 0.2], corpus_key="large")
    assert pace(store, CONFIG, "demo").start == pytest.approx(12.0 - 0.4 - 0.16, abs=0.1)
    assert pace(store, CONFIG, "new").start == pytest.approx(60.0 - 0.4 - 0.16, abs=0.1)


def test_a_run_of_the_foreground_says_nothing_about_the_start(store, carried_out):
    carried_out(200.0, [0.2, 0.4], foreground=True)
    assert pace(store, CONFIG, "demo") == Pace(pytest.approx(2.0), None)


def test_a_process_may_seem_a_second_older_than_it_is():
    """Created at once after its run; what the system tells is cut to the second of its boot."""
    created = now()
    started, seems = created + timedelta(seconds=5), created.timestamp() + 0.1
    assert finished.birth(created, started, seems - 0.99) == pytest.approx(5.9, abs=0.01)
    assert finished.birth(created, started, seems - 1.2) is None


def test_many_plans_of_a_moment_measure_once(store, carried_out, monkeypatch, home):
    bench, asked = Workbench(), []
    monkeypatch.setattr(workbench, "pace", lambda *given: asked.append(given) or Pace())
    paces = {}
    for seed in range(3):
        assert bench.plan(CONFIG.model_copy(update={"seed": seed}), paces)
    assert len(asked) == 1
    assert bench.plan(PRESETS["demo"].config, paces) and len(asked) == 2


def test_another_model_lends_what_its_process_took_to_come_up(store, carried_out):
    carried_out(11.0, [0.2, 0.4], config=catalogue.validated(PRESETS["demo"].config))
    assert pace(store, CONFIG, "demo") == Pace(1.0, pytest.approx(11.0 + 2.0, abs=0.01))
