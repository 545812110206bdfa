"""The Story page in a real browser: its first paint, the rounds that play, the file that it leaves as."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from serving import serving

pytestmark = pytest.mark.xdist_group("e2e")

NOT_RUNNING = '[data-testid="stApp"][data-test-script-state="notRunning"]'
CHART = ".js-plotly-plot .main-svg"
HEADS = ".js-plotly-plot .textpoint text"
ROOT = Path(__file__).parents[2]
BARE = "import plotly.graph_objects as go, streamlit as st\nst.plotly_chart(go.Figure(go.Bar(y=[1, 2])))\n"
MORE_THAN_BARE = 1.3
STEPS = {
    "1": "What labels cost",
    "2": "Label at random",
    "3": "Let the model ask",
    "4": "The two kinds of error",
    "5": "What is saved",
}


def elsewhere(page: Page, allowed: str) -> list[str]:
    """Return where the page asks besides one host; the list grows with each request."""
    found: list[str] = []

    def seen(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "file") and parts.netloc != allowed:
            found.append(request.url)

    page.on("request", seen)
    return found


def replays(page: Page, place: str) -> None:
    """Let the rounds play, and see that the curves begin anew, stand still, and end where they were."""
    heads, buttons = page.locator(f"{place} .textpoint text"), page.locator(f"{place} .updatemenu-button")
    whole = heads.all_text_contents()
    assert whole == ["82%", "85%"]
    buttons.get_by_text("Replay").click()
    expect(heads.nth(1)).not_to_have_text(whole[1])
    buttons.get_by_text("Pause").click()
    page.wait_for_timeout(200)
    stopped = page.locator(f"{place} .slider-label").first.text_content(), heads.all_text_contents()
    page.wait_for_timeout(300)
    assert (page.locator(f"{place} .slider-label").first.text_content(), heads.all_text_contents()) == stopped
    assert stopped[1] != whole
    buttons.get_by_text("Replay").click()
    expect(page.locator(f"{place} .slider-label").first).to_have_text("1,220 labels")
    assert heads.all_text_contents() == whole


def seconds_to(chromium: Browser, address: str, what: str, wrong: list[str]) -> float:
    """Return how long a browser without a cache takes until something is there."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    found = elsewhere(page, urlsplit(address).netloc)
    began = time.monotonic()
    page.goto(address)
    page.wait_for_selector(what)
    seconds = time.monotonic() - began
    page.wait_for_selector(NOT_RUNNING)
    wrong += found
    context.close()
    return seconds


@pytest.mark.alone
def test_the_first_request_paints_a_chart_within_seconds_and_asks_nobody_else(chromium, tmp_path: Path):
    """Or nearly as soon as the least that Streamlit can do, where a slow machine takes longer for that."""
    bare, wrong = tmp_path / "bare.py", []
    bare.write_text(BARE)
    cold, warm, least = [], [], []
    with serving(bare, tmp_path, tmp_path / "bare.log") as reference:
        seconds_to(chromium, reference, CHART, [])
        for attempt in range(3):
            home = str(tmp_path / f"home {attempt}")
            with serving(ROOT / "app.py", tmp_path, tmp_path / f"{attempt}.log", AL_HOME=home) as address:
                cold.append(seconds_to(chromium, f"{address}/story", CHART, wrong))
                least.append(seconds_to(chromium, reference, CHART, []))
                warm.append(seconds_to(chromium, f"{address}/story", CHART, wrong))
            if min(cold) < max(3, MORE_THAN_BARE * min(least)):
                break
    print(f"\nfirst paint of the story, s: {cold}, then {warm}; of a bare page with a chart: {least}")
    assert min(cold) < max(3, MORE_THAN_BARE * min(least))
    assert not wrong


def test_it_leads_through_five_steps_by_button_and_by_key(watched):
    page = watched.page
    page.goto("/story")
    for step, title in STEPS.items():
        expect(page.get_by_role("heading", level=2)).to_have_text(title)
        page.wait_for_selector(NOT_RUNNING)
        expect(page.locator(CHART).first).to_be_visible()
        if step == "2":
            page.keyboard.press("ArrowRight")
        elif step != "5":
            page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/story?step=5")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("spinbutton", name="Wage an hour").fill("60")
    page.keyboard.press("Enter")
    page.wait_for_url("**wage=60**")
    page.reload()
    expect(page.get_by_role("heading", level=2)).to_have_text(STEPS["5"])
    expect(page.get_by_role("spinbutton", name="Wage an hour")).to_have_value("60")


def test_the_rounds_play_and_the_file_plays_them_without_a_network(watched, chromium, tmp_path: Path):
    page = watched.page
    page.goto("/story?step=3")
    page.wait_for_selector(HEADS)
    page.wait_for_selector(NOT_RUNNING)
    replays(page, ".js-plotly-plot")
    # Plotly rejects, with nothing, the promise of rounds that were playing when somebody pressed Pause.
    watched.wrong = [each for each in watched.wrong if each != "uncaught: undefined"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Story as HTML").click()
    assert download.value.suggested_filename == "story.html"
    file = tmp_path / "story.html"
    download.value.save_as(file)
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 844})
    alone = context.new_page()
    wrong = elsewhere(alone, "")
    alone.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    alone.on("pageerror", lambda error: wrong.append(str(error)))
    alone.goto(file.as_uri())
    expect(alone.locator(".js-plotly-plot .main-svg:first-child")).to_have_count(5)
    replays(alone, "#chart-3")
    assert alone.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
    assert not wrong


def test_a_phone_shows_every_step_without_scrolling_sideways(chromium, server):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, base_url=server.url, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    for step, title in STEPS.items():
        page.goto(f"/story?step={step}")
        expect(page.get_by_role("heading", level=2)).to_have_text(title)
        page.wait_for_selector(CHART)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390, step
    context.close()


def test_home_leads_to_it(watched):
    watched.page.goto("/")
    watched.page.get_by_role("link", name="See the story").click()
    expect(watched.page.get_by_role("heading", level=2)).to_have_text(STEPS["1"])
