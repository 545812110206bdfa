"""A sweep in a real browser: from the form to a report that works without a network."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("e2e")

LONG = 180_000
"""Milliseconds that two small runs, each in a process of its own, may take beside other work."""
NOT_RUNNING = '[data-testid="stApp"][data-test-script-state="notRunning"]'
DRAWN = "svg.main-svg"


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def number(page: Page, label: str, value: int) -> None:
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    page.wait_for_selector(NOT_RUNNING)


def choose_instead(page: Page, label: str, name: str) -> None:
    """Leave nothing but one name in a choice of several."""
    box = page.get_by_test_id("stMultiSelect").filter(has_text=label)
    box.get_by_role("button", name="Clear all").click()
    page.wait_for_selector(NOT_RUNNING)
    box.get_by_role("combobox").fill(name)
    page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
    page.wait_for_selector(NOT_RUNNING)


def test_a_sweep_from_the_form_to_a_report_without_a_network(server, watched, chromium, tmp_path):
    began, page = time.monotonic(), watched.page
    page.goto("/sweeps?part=New+sweep&preset=demo")
    title(page, "Sweeps")
    page.wait_for_selector(NOT_RUNNING)
    choose_instead(page, "Models", "Logistic regression")
    number(page, "Sampling size", 20)
    number(page, "Rounds", 1)
    number(page, "Seeds", 1)
    page.get_by_role("textbox", name="Name of the sweep").fill("Small & <b>quick</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 runs, 2 groups x 1 seed")).to_be_visible()
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url(re.compile(r"/sweep\?sweep=\w+"))
    title(page, "Small & <b>quick</b>")
    expect(page.get_by_text("All runs are done")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("2 of 2 finished")).to_be_visible()
    print(f"\nfrom the form to a finished sweep: {time.monotonic() - began:.0f} s")

    page.get_by_role("link", name="Compare").last.click()
    page.wait_for_url(re.compile(r"/compare\?.*sweep=\w+"))
    title(page, "Compare")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Report as HTML").click()
    assert re.fullmatch(r"comparison-\w+\.html", saved.value.suggested_filename)
    report = tmp_path / "report.html"
    saved.value.save_as(report)

    for width in (1400, 390):
        context = chromium.new_context(viewport={"width": width, "height": 900}, offline=True)
        alone, asked, wrong = context.new_page(), [], []
        alone.on("request", lambda request, asked=asked: asked.append(request.url))
        alone.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        alone.on(
            "console",
            lambda message, wrong=wrong: wrong.append(message.text) if message.type == "error" else None,
        )
        alone.goto(report.as_uri())
        title(alone, "Comparison: Small & <b>quick</b>")
        charts = alone.locator("figure")
        expect(charts.locator(f"{DRAWN} >> nth=0").first).to_be_visible()
        assert charts.count() == alone.locator(f"figure:has({DRAWN})").count() >= 8
        for name in ("PNG", "SVG"):
            expect(charts.get_by_role("button", name=f"Save as {name}")).to_have_count(charts.count())
        assert alone.evaluate("document.documentElement.scrollWidth") <= width
        if width > 390:
            for name, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
                with alone.expect_download() as picture:
                    charts.first.get_by_role("button", name=f"Save as {name}").click()
                told = f"comparison-small-b-quick-b-learning-curves.{name.lower()}"
                assert picture.value.suggested_filename == told
                assert picture.value.path().read_bytes().startswith(start)
        # Pictures are made in the browser: nobody is asked.
        assert [each for each in asked if not each.startswith(("file:", "blob:", "data:"))] == [] == wrong
        context.close()


def test_a_phone_shows_the_pages_of_sweeps_without_scrolling_sideways(chromium, server):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, base_url=server.url, is_mobile=True
    )
    page = context.new_page()
    for path in ("/sweeps?part=New+sweep&preset=demo", "/sweeps?part=Sweeps"):
        page.goto(path)
        title(page, "Sweeps")
        page.wait_for_selector(NOT_RUNNING)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, path
    context.close()
