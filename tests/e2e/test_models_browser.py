"""A model on its way out of the house, in a real browser: decided, promoted, tried, downloaded, and run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile

import pytest
from playwright.sync_api import Page, expect

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.labelling import models, sessions
from al_core.labelling.settings import LabelSettings
from al_core.worker import prepare, simulate
from al_core.worker.run import run

pytestmark = pytest.mark.xdist_group("e2e")

CONFIG = RunConfig(
    name="Reviews to promote",
    corpus=Component(name="demo", params={"rows": 600}),
    split=SplitSettings(initial=60, validation=120, test=120),
    features=Component(name="words_and_topics", params={"components": 20}),
    classifier=Component(name="logistic"),
    strategy=Component(name="margin"),
    cycle=CycleSettings(rounds=1, batch_size=40, carry="fresh", baseline=False),
)


@pytest.fixture
def finished(server, monkeypatch) -> str:
    """Return a finished run of the server's store, carried out here."""
    monkeypatch.setenv("AL_HOME", str(server.home))
    monkeypatch.delenv("AL_STORE_URL", raising=False)
    bench = server.bench()
    run_id = bench.create(CONFIG)
    assert run(bench.store, run_id) == "finished"
    bench.store.close()
    return run_id


@pytest.fixture
def session(server, monkeypatch) -> str:
    """Return a labelling session of the server's store, labelled by an oracle; paused, so that it stays."""
    monkeypatch.setenv("AL_HOME", str(server.home))
    monkeypatch.delenv("AL_STORE_URL", raising=False)
    bench = server.bench()
    corpus = Component(name="demo", params={"rows": 400})
    key = bench.corpus_key(corpus)
    prepare.register(bench.store, corpus, lambda words, share: None)
    given = LabelSettings(
        classes=("negative", "positive"),
        features=Component(name="tfidf"),
        validation=40,
        random_share=0.5,
        retrain_every=40,
    )
    made = bench.labelling.create("Mails: <b>own</b> ones", key, given)
    assert len(list(simulate.simulate(bench.store, made, 120))) >= 2
    bench.labelling.pause(made)
    bench.store.close()
    return made


def fits(page: Page) -> None:
    wide = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(each => each.scrollWidth - each.clientWidth)"
    )
    assert wide == [0, 0]


def _moves_the_threshold(page: Page) -> None:
    """Move it by the keys, quicker than the page answers; it stays there on other tabs and over a reload."""
    page.get_by_text("Take the threshold that costs least").click()
    slider = page.get_by_role("slider", name="Threshold")
    expect(slider).to_be_enabled()
    goal = f"{float(slider.input_value()) + 0.012:.3f}"
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    there = re.compile(f"threshold={goal}")
    expect(page).to_have_url(there)
    page.get_by_role("tab", name="Errors").click()
    expect(slider).to_be_hidden()
    page.get_by_role("tab", name="Decide").click()
    for again in (False, True):
        if again:
            page.reload()
        expect(slider).to_have_value(re.compile(f"^{goal.rstrip('0')}0*$"))
        expect(page).to_have_url(there)
    expect(page.locator(".js-plotly-plot").filter(visible=True)).to_have_count(4)


@pytest.mark.alone  # the export is prepared by a process that gives way to all others
def test_promote_try_and_take_away(watched, finished, tmp_path):
    page = watched.page
    page.goto(f"/run?run={finished}&show=Decide")
    expect(page.locator(".js-plotly-plot").filter(visible=True)).to_have_count(4)
    _moves_the_threshold(page)
    page.get_by_role("button", name="Confirm on test").click()
    expect(page.get_by_text("was looked at once")).to_be_visible()
    expect(page.get_by_text(re.compile(r"On \d+ test texts"))).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page)
    page.set_viewport_size({"width": 1400, "height": 900})
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_text("reviews-to-promote, version 1: ready")).to_be_visible()

    page.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    expect(page.get_by_text("reviews-to-promote, version 1 is in use")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    taken = tmp_path / coming.value.suggested_filename
    coming.value.save_as(taken)
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page)

    page.get_by_test_id("stMain").get_by_role("link", name="Try it").click()
    expect(page.get_by_role("heading", name="Try it")).to_be_visible()
    page.get_by_role("textbox", name="Text").fill("A wonderful, gripping film <img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Words that weighed")).to_be_visible()
    expect(page.get_by_text("Nearest labelled examples")).to_be_visible()
    expect(page.locator("[data-testid=stMain] img")).to_have_count(0)
    fits(page)

    with zipfile.ZipFile(taken) as packed:
        packed.extractall(tmp_path / "away")
    (folder,) = (tmp_path / "away").iterdir()
    environment = {**os.environ, "PYTHONPATH": ""}
    told = subprocess.run(
        [sys.executable, "example.py"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert "positive" in told.stdout or "negative" in told.stdout


def test_a_session_s_model_is_decided_promoted_tried_and_told_better(watched, server, session):
    page, bench = watched.page, server.bench()
    newest = models.latest(bench.store, session)
    assert newest is not None
    page.goto(f"/session?session={session}&show=Use&as=Ada")
    expect(page.get_by_text(f"Model {newest.version}, measured on")).to_be_visible()
    expect(page.locator(".js-plotly-plot").filter(visible=True)).to_have_count(4)
    missed = page.get_by_label("Price of a false negative")
    missed.fill("5")
    missed.press("Enter")
    expect(page).to_have_url(re.compile("fn-price=5"))
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page)
    page.set_viewport_size({"width": 1400, "height": 900})
    expect(page.get_by_label("Your name")).to_have_value("Ada")
    page.get_by_role("button", name="Promote").click()
    # Prepared by a process that gives way to all others.
    expect(page.get_by_text("mails-b-own-b-ones, version 1: ready")).to_be_visible(timeout=180_000)

    page.get_by_role("link", name="Open").click()
    expect(page.get_by_text("mails-b-own-b-ones, version 1 is in use")).to_be_visible()
    expect(page.get_by_text("prices 5 (FN) and 1 (FP)")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Try it").click()
    expect(page.get_by_role("heading", name="Try it")).to_be_visible()

    found = bench.labelling.session(session)
    known = {each.item for each in bench.labelling.opinions(session)}
    drawn = set(sessions.validation(bench.store, found).tolist())
    item = max(set(range(found.rows)) - known - drawn)
    page.get_by_role("textbox", name="Text").fill(bench.labelling.text(found, item))
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Words that weighed")).to_be_visible()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("has this text already: it is asked about next")).to_be_visible()
    bench.labelling.resume(session)
    assert bench.labelling.offered(bench.labelling.session(session), "Ada")[0].item == item
    bench.labelling.pause(session)
    bench.store.close()
