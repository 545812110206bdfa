"""The Compare page in a real browser: its tabs, a click on a point, the map's slider; wide and on a phone."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from al_core.classifiers.base import Epoch
from al_core.config import Component
from al_core.evaluation.metrics import Bin, Metrics
from al_core.loop import Asked, Round
from al_core.presets import PRESETS
from al_core.store import history, lifecycle, sweeps
from al_core.worker import process, reaper

pytestmark = pytest.mark.xdist_group("e2e")

NOT_RUNNING = '[data-testid="stApp"][data-test-script-state="notRunning"]'
CHARTS = {"Learning": 2, "Errors": 3, "What was asked": 5, "Settings": 1, "Map of the pool": 1}
PLACE = """(plot, [group, at]) => {
    const line = plot.data.findIndex(trace => trace.meta === group);
    const {xaxis, yaxis} = plot._fullLayout, point = plot.calcdata[line][at];
    const frame = plot.getBoundingClientRect();
    return [frame.x + xaxis._offset + xaxis.l2p(point.x), frame.y + yaxis._offset + yaxis.l2p(point.y)];
}"""
"""Where on the screen a point of a group is."""
SHOWN = "plot => [plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range].flat()"


def done(number: int, accuracy: float) -> Round:
    wrong = round(600 * (1 - accuracy))
    matrix = ((300 - wrong // 2, wrong // 2), (wrong - wrong // 2, 300 - wrong + wrong // 2))
    metrics = Metrics(
        600, 1 - wrong / 600, 0.4, wrong - wrong // 2, wrong // 2, matrix, 0.1, (Bin(600, 0.9, 0.8),)
    )
    asked = Asked.nothing()
    if number > 0:
        rows = np.arange(number * 40, number * 40 + 20, dtype=np.int64)
        asked = Asked(rows, (rows % 2).astype(np.int32), rows / 1000, np.zeros(len(rows), np.int32))
    epochs, seconds = (Epoch(1, 0.6, 0.7, 0.7, 0.6, 0.5),), {"fit": 1.5, "score": 0.1, "select": 0.1}
    labels = 2000 if number < 0 else 100 * (number + 1)
    return Round(number, labels, asked, metrics, metrics, epochs, seconds, (), "", 0.0, uncalibrated=metrics)


@pytest.fixture
def sweep(server, monkeypatch):
    """Return a finished sweep of two ways to ask with two seeds each, and the run of margin with seed 1."""
    monkeypatch.setenv("AL_HOME", str(server.home))
    monkeypatch.delenv("AL_STORE_URL", raising=False)
    monkeypatch.setattr(reaper, "tend", lambda store: None)
    bench, base, owner = server.bench(), PRESETS["demo"].config, process.this()
    bench.prepare(base.corpus)
    ids = []
    for name, best in (("random", 0.75), ("margin", 0.9)):
        for seed in (0, 1):
            config = base.model_copy(
                update={"name": f"{name} {seed}", "seed": seed, "strategy": Component(name=name)}
            )
            ids.append(run_id := bench.create(config))
            assert lifecycle.adopt(bench.store, run_id, owner)
            assert lifecycle.take_slot(bench.store, run_id, owner.host, 0)
            assert lifecycle.claim(bench.store, run_id, owner)
            for number, accuracy in enumerate((0.95, 0.6, (0.6 + best) / 2, best, best + 0.02), start=-1):
                assert history.commit_round(bench.store, run_id, done(number, accuracy + seed / 300))
            assert lifecycle.end(bench.store, run_id, owner, "finished", "All rounds are done")
    key = bench.corpus_key(base.corpus)
    configs = [(bench.run(each).run_config(), key) for each in ids]
    made = sweeps.create(bench.store, "To be compared", {}, configs)
    # A sweep takes what the store has already: the runs of the test before.
    found = {run.name: run.id for run, _ in bench.sweeps.runs(made)}
    return made, found["margin 1"]


def settled(page: Page) -> None:
    page.wait_for_selector(NOT_RUNNING)
    expect(page.locator('[data-stale="true"]')).to_have_count(0)


def fits(page: Page) -> None:
    wide = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(each => each.scrollWidth - each.clientWidth)"
    )
    assert wide == [0, 0]


@pytest.mark.parametrize("width", [1440, 390])
def test_every_tab_and_a_click_on_a_point_that_leads_to_its_texts(watched, sweep, width):
    page, (sweep_id, run_id) = watched.page, sweep
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/compare?sweep={sweep_id}&view=Settings")
    expect(page.get_by_role("tab", name="Settings")).to_have_attribute("aria-selected", "true")
    plots = page.locator(".js-plotly-plot").filter(visible=True)
    expect(plots).to_have_count(1)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    for tab, count in list(CHARTS.items())[::-1]:
        page.get_by_role("tab", name=tab).click()
        expect(plots).to_have_count(count)
        settled(page)
        fits(page)

    # The last tab is the first: the curves.
    plot = page.locator(".st-key-compare-curves-frame .js-plotly-plot")
    frame = page.locator(".st-key-compare-curves-frame")
    expect(frame.get_by_text("Click a point to see the texts behind it.")).to_be_visible()
    plot.scroll_into_view_if_needed()
    before = plot.evaluate(SHOWN)
    page.mouse.move(*plot.evaluate(PLACE, [1, 1]))
    page.mouse.click(*plot.evaluate(PLACE, [1, 1]))
    expect(frame.get_by_text("Margin, round 1 (200 labels):")).to_be_visible()
    page.mouse.click(*plot.evaluate(PLACE, [1, 2]))
    expect(frame.get_by_text("Margin, round 2 (300 labels):")).to_be_visible()
    settled(page)
    assert plot.evaluate(SHOWN) == before
    fits(page)
    frame.get_by_role("link", name="seed 1").click()
    page.wait_for_url(re.compile(rf"/run\?run={run_id}"))
    expect(page.get_by_role("tab", name="Queried texts")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("combobox", name=re.compile("Round"))).to_have_value("Round 2")
    expect(page.get_by_text("20 texts")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page).to_have_url(re.compile(f"sweep={sweep_id}"))


def test_the_slider_replays_the_rounds_on_the_map(watched, sweep):
    page = watched.page
    page.goto(f"/compare?sweep={sweep[0]}&view=Map+of+the+pool")
    legend = page.locator(".js-plotly-plot .legendtext")
    expect(legend.filter(has_text="Asked in round 3")).to_be_visible()
    settled(page)
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(legend.filter(has_text="Asked in round 2")).to_be_visible()
