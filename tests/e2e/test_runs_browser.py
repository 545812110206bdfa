"""The list of runs in a real browser: what the address keeps, by every way back, and the way to Compare."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from al_core.config import Component
from al_core.presets import PRESETS
from al_core.store import lifecycle, runs

pytestmark = pytest.mark.xdist_group("e2e")

COUNT = 24
WORD = "kept in the address"


@pytest.fixture(scope="module")
def listed(server):
    """Give the server runs whose name has a word of their own; none of them is to be carried out."""
    bench, base = server.bench(), PRESETS["demo"].config
    for number in range(COUNT):
        name = f"{WORD} {number:02d}"
        config = base.model_copy(update={"name": name, "strategy": Component(name="random"), "seed": number})
        lifecycle.want(bench.store, runs.create_run(bench.store, config, "demo"), "cancelled")


def names(page: Page) -> list[str]:
    settled = '[data-testid="stApp"][data-test-script-state="notRunning"]'
    page.wait_for_selector(settled)
    expect(page.locator('[data-stale="true"]')).to_have_count(0)
    return [each for each in page.get_by_role("link").all_inner_texts() if each.startswith(WORD)]


def test_the_list_is_as_it_was_after_a_reload_and_by_every_way_back(watched, listed):
    page = watched.page
    page.goto("/runs")
    page.get_by_role("textbox", name="Search").fill(WORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{COUNT} runs")).to_be_visible()
    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="By name").click()
    expect(page.get_by_role("link", name=f"{WORD} 00")).to_be_visible()
    page.get_by_test_id("stPaginationNext").click()
    last = page.get_by_role("link", name=f"{WORD} {COUNT - 1}")
    expect(last).to_be_visible()
    before = names(page)
    assert before == [f"{WORD} {number:02d}" for number in range(20, COUNT)]

    page.reload()
    expect(last).to_be_visible()
    assert names(page) == before
    for back in (lambda: page.get_by_role("link", name="All runs").click(), page.go_back, page.go_back):
        last.click()
        page.wait_for_url(re.compile(r"/run\?run="))
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{WORD} {COUNT - 1}")
        back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
        expect(last).to_be_visible()
        assert names(page) == before
        expect(page).to_have_url(re.compile(r"list-page=2"))


def test_ticked_runs_lead_to_compare(watched, listed):
    page = watched.page
    page.goto(f"/runs?ticking=true&search={WORD.replace(' ', '+')}")
    page.get_by_text(f"Compare {WORD} 23").locator("xpath=ancestor::label").click()
    expect(page.get_by_role("button", name="Compare 1 ticked")).to_be_disabled()
    page.get_by_text(f"Compare {WORD} 21").locator("xpath=ancestor::label").click()
    page.get_by_role("button", name="Compare 2 ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page).to_have_url(re.compile(r"/compare\?runs=\w+(,|%2C)\w+$"))
    expect(page.get_by_text(f"{WORD} 21, seed 21")).to_be_visible()
