"""The desk in a real browser, over a store in memory that can be slow or fail."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.xdist_group("e2e")

HARNESS = Path(__file__).parent / "desk_harness.py"
HOLD = """
([key, most]) => {
    const repeat = {key, repeat: true, bubbles: true};
    return new Promise((done) => {
        let pressed = 0;
        const timer = setInterval(() => {
            document.dispatchEvent(new KeyboardEvent("keydown", repeat));
            if (++pressed >= most) { clearInterval(timer); done(pressed); }
        }, 5);
    });
}
"""
PAINTED = """
() => {
    const host = [...document.querySelectorAll("*")].find(e => e.shadowRoot?.querySelector(".desk"));
    const article = host.shadowRoot.querySelector("article");
    window.painted = [];
    const look = () => {
        if (window.painted.at(-1) !== article.textContent) window.painted.push(article.textContent);
        requestAnimationFrame(look);
    };
    look();
}
"""
"""Notes in the browser which text each frame shows."""


@dataclass
class Desk:
    """A desk in a page of its own, and what its store holds."""

    page: Page
    folder: Path
    name: str
    url: str
    requests: list[str]

    @property
    def kept(self) -> dict[str, Any]:
        place = self.folder / f"{self.name}.json"
        return json.loads(place.read_text()) if place.exists() else {"events": [], "received": 0}

    @property
    def events(self) -> list[tuple[str, int | None, int | None]]:
        return [(event["kind"], event["item"], event["label"]) for event in self.kept["events"]]

    def fail(self, now: bool) -> None:
        place = self.folder / f"{self.name}.failing"
        place.touch() if now else place.unlink()

    def saved(self) -> None:
        expect(self.page.locator(".saved")).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))

    def shows(self, words: str) -> None:
        """Wait until a text is on screen and may be answered."""
        expect(self.page.locator("article")).to_contain_text(words)
        self.page.wait_for_timeout(50)

    def press(self, key: str, then: str) -> None:
        self.page.keyboard.press(key)
        self.shows(then)


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("desk")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(HARNESS)]
    command += ["--server.headless", "true", "--server.port", str(port)]
    environment = os.environ | {"DESK_FOLDER": str(folder)}
    log = folder / "server.log"
    with log.open("wb") as out:  # from the root, where the app's settings are
        process = subprocess.Popen(command, cwd=HARNESS.parents[2], env=environment, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, log)
        yield url, folder
    finally:
        process.terminate()
        process.wait(15)
    assert "Traceback" not in log.read_text()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def open_desk(
    chromium: Browser, harness: tuple[str, Path], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Desk]]:
    url, folder = harness
    name = re.sub(r"\W", "_", request.node.name)
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page, wrong, requests = context.new_page(), [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda sent: requests.append(sent.url))

    def opened(**query: object) -> Desk:
        text = "&".join(f"{key}={value}" for key, value in query.items())
        made = Desk(page, folder, name, f"{url}/?store={name}&{text}", requests)
        page.goto(made.url)
        expect(page.locator("article")).not_to_be_empty()
        return made

    yield opened
    context.close()
    assert not wrong


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_key_labels_the_text_on_screen_and_shows_the_next(open_desk):
    desk = open_desk(suggest=1)
    desk.shows("number 0.")
    expect(desk.page.get_by_text("Suggestion: Positive, 87 %")).to_be_visible()
    desk.press("2", then="number 1.")
    desk.press("s", then="number 2.")
    desk.page.get_by_role("button", name="Negative (1)").click()
    desk.shows("number 3.")
    desk.page.get_by_role("textbox", name="A field of the page").press_sequentially("12sz")
    desk.page.locator("article").click()
    desk.page.keyboard.press("Control+1")
    desk.saved()
    eventually(lambda: len(desk.events) == 3)
    assert desk.events == [("label", 0, 1), ("skip", 1, None), ("label", 2, 0)]
    first = desk.kept["events"][0]
    assert first["suggestion_shown"] and first["milliseconds"] > 0 and first["client_at"].endswith("Z")
    expect(desk.page.get_by_text("You: Negative")).to_be_visible()
    expect(desk.page.locator("mark").first).to_have_text("slow")


def test_a_held_key_labels_each_text_once(open_desk):
    desk = open_desk(texts=60)
    desk.shows("number 0.")
    desk.page.evaluate(PAINTED)
    for _ in range(5):
        desk.page.keyboard.down("1")  # the browser's own repeat
    assert desk.page.evaluate(HOLD, ["1", 20]) == 20
    while not desk.page.get_by_text("All texts are labelled.").is_visible():
        desk.page.evaluate(HOLD, ["1", 100])
    desk.page.keyboard.up("1")
    desk.saved()
    assert sorted(desk.events) == [("label", item, 0) for item in range(60)]
    assert len({event["uuid"] for event in desk.kept["events"]}) == 60
    numbers = re.findall(r"Text number (\d+)\.", " ".join(desk.page.evaluate("window.painted")))
    assert [int(number) for number in numbers] == list(range(60))


def test_a_list_from_before_an_answer_does_not_bring_its_text_back(open_desk):
    desk = open_desk(stale=1)
    desk.shows("number 0.")
    for number in (1, 2, 3):
        desk.press("1", then=f"number {number}.")
        desk.saved()
        desk.page.wait_for_timeout(100)
        desk.shows(f"number {number}.")
    eventually(lambda: len(desk.events) == 3)
    desk.press("z", then="number 2.")
    desk.press("2", then="number 3.")


def test_undo_goes_back_as_far_as_one_likes(open_desk):
    desk = open_desk(delay=0.2)
    desk.shows("number 0.")
    for number in range(1, 5):
        desk.press("1", then=f"number {number}.")
    for number in (3, 2, 1):
        desk.press("z", then=f"number {number}.")
    for number in range(2, 6):
        desk.press("2", then=f"number {number}.")
    desk.saved()
    labels: list[tuple[str, int, int | None]] = [("label", item, 0) for item in range(4)]
    assert desk.events[:7] == labels + [("undo", item, None) for item in (3, 2, 1)]
    assert desk.events[7:] == [("label", item, 1) for item in range(1, 5)]
    desk.page.reload()  # the browser has forgotten what it was: the server sends it
    desk.shows("number 5.")
    desk.press("z", then="number 4.")


def test_a_flag_takes_a_note_and_leaves_the_text(open_desk):
    desk = open_desk()
    desk.shows("number 0.")
    desk.page.keyboard.press("f")
    desk.page.keyboard.type("1 s z 2")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("f")
    desk.page.keyboard.type("not a review: 12 sz")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("Flagged", exact=True)).to_be_visible()
    desk.press("1", then="number 1.")
    desk.saved()
    eventually(lambda: len(desk.events) == 2)
    assert desk.events == [("flag", 0, None), ("label", 0, 0)]
    assert desk.kept["events"][0]["note"] == "not a review: 12 sz"


def test_an_earlier_answer_can_be_changed(open_desk):
    desk = open_desk()
    desk.shows("number 0.")
    for number in range(1, 4):
        desk.press("1", then=f"number {number}.")
    desk.saved()
    desk.page.get_by_text("Your last answers").click()
    desk.page.locator(".recent li", has_text="number 1.").get_by_role("button").click()
    desk.shows("number 1.")
    expect(desk.page.get_by_text("Your answer: Negative.")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Negative (1)")).to_have_attribute("aria-pressed", "true")
    desk.press("Escape", then="number 3.")
    desk.page.locator(".reveal").get_by_role("button", name="Change").click()
    desk.shows("number 2.")
    desk.press("2", then="number 3.")
    desk.saved()
    eventually(lambda: desk.events[3:] == [("label", 2, 1)])
    desk.press("z", then="number 2.")
    expect(desk.page.get_by_text("Your answer: Negative.")).to_be_visible()
    desk.press("Escape", then="number 3.")


def test_a_store_that_fails_keeps_the_text_and_saves_once(open_desk):
    desk = open_desk()
    desk.shows("number 0.")
    desk.fail(True)
    desk.page.keyboard.press("2")
    expect(desk.page.get_by_role("alert")).to_contain_text("1 answer is not saved. The disk is full")
    desk.shows("number 0.")
    expect(desk.page.get_by_role("button", name="Positive (2)")).to_have_attribute("aria-pressed", "true")
    desk.page.wait_for_timeout(350)  # a text that comes by itself takes no keys at first
    for key in "112sz":
        desk.page.keyboard.press(key)
    received = desk.kept["received"]
    eventually(lambda: desk.kept["received"] > received)  # it tries again by itself
    desk.fail(False)
    desk.page.get_by_role("button", name="Try again").click()
    desk.saved()
    desk.shows("number 1.")
    expect(desk.page.get_by_role("alert")).to_be_hidden()
    desk.page.wait_for_timeout(350)
    desk.press("1", then="number 2.")
    desk.saved()
    eventually(lambda: len(desk.events) == 2)
    assert desk.events == [("label", 0, 1), ("label", 1, 0)]


def test_a_reload_while_the_server_is_slow_loses_nothing(open_desk):
    desk = open_desk(delay=2)
    desk.shows("number 0.")
    for number in range(1, 5):
        desk.press("1", then=f"number {number}.")
    desk.page.reload()
    desk.shows("number 4.")
    expect(desk.page.locator(".saved")).to_have_text("saving…")
    desk.press("2", then="number 5.")
    desk.saved()
    assert desk.events == [*(("label", item, 0) for item in range(4)), ("label", 4, 1)]


def test_hostile_texts_are_text(open_desk):
    desk = open_desk(texts=0, look=0)
    words = ["<script>window.bad", "**bold** [link](http", "<img src=http://127.0.0.1:1/x", "שלום", "␇"]
    for seen in words:
        desk.shows(seen)
        desk.page.keyboard.press("1")
    desk.shows("word word")
    body = desk.page.locator("article > div")
    assert body.evaluate("body => body.textContent.length") == 100_000
    assert desk.page.evaluate("window.__desk.latencies.at(-1)") < 500  # other tests may have both cores
    desk.press("z", then="A bell")
    shown = "A bell ␇, an escape ␛[31m, a null ␀ and a tab\tbefore\nthe next line. ␡"
    assert body.evaluate("body => body.textContent") == shown
    desk.press("z", then="שלום")
    assert desk.page.locator("article").evaluate("text => getComputedStyle(text).direction") == "rtl"
    assert desk.page.evaluate("window.bad") is None
    assert desk.page.locator("article").locator("script, img, a, b").count() == 0
    assert not [url for url in desk.requests if "127.0.0.1:1/" in url]


def test_a_phone_shows_all_without_scrolling_sideways(open_desk):
    desk = open_desk()
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.page.keyboard.press("h")
    desk.press("1", then="number 1.")
    expect(desk.page.get_by_text("You: Negative")).to_be_visible()
    wide = "part => [...part.querySelectorAll('*')].every(e => e.getBoundingClientRect().right <= 390)"
    assert desk.page.locator(".desk").evaluate(wide)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in desk.page.locator(".classes button").all():
        assert button.bounding_box()["height"] >= 44
    before = desk.page.locator(".classes").bounding_box()
    desk.press("2", then="number 2.")
    assert desk.page.locator(".classes").bounding_box() == before
