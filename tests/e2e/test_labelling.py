"""A labelling session from the form to the file, in a real browser, on a desk and on a phone."""

from __future__ import annotations

import csv
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from network import Network
from playwright.sync_api import Browser, Locator, Page, expect

from al_core.labelling import answers, consensus, events, sessions
from al_core.labelling.settings import LabelSettings

pytestmark = pytest.mark.xdist_group("e2e")

HOSTILE = (
    "<script>window.hacked = 1</script> <b>bold</b>",
    "**stars** [link](http://127.0.0.1:1/a) ![picture](http://127.0.0.1:1/b.png)",
    '<img src="http://127.0.0.1:1/c.png" onerror="window.hacked = 1">',
    "=HYPERLINK(1) \u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "control \x07\x1b[31m characters",
)
SIZES = {"desktop": (1400, 900), "phone": (390, 844)}


def corpus(server, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Add texts without labels: five that would do harm as markup, and thirty tame ones."""
    monkeypatch.setenv("AL_HOME", str(server.home))  # where the server looks for texts
    bench = server.bench()
    tame = [
        f"{name}: parcel {n} came {'late and broken' if n % 3 else 'in time and whole'}." for n in range(30)
    ]
    table = pa.table({"text": [*HOSTILE, *tame]})
    from al_core.workbench import Upload

    return bench.add(bench.draft(Upload(table, ("text",), "text", None), "text", None), name)


def eventually(holds, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def article(page: Page) -> Locator:
    found = page.get_by_role("article")
    expect(found).not_to_be_empty()
    return found


def answer(page: Page, key: str, times: int) -> list[str]:
    """Press a key for several texts, each once it is on the screen; return the texts."""
    seen = []
    for _ in range(times):
        shown = article(page).inner_text()
        seen.append(shown)
        page.wait_for_timeout(80)
        page.keyboard.press(key)
        expect(article(page)).not_to_have_text(shown, use_inner_text=True)
    return seen


@contextmanager
def slow(server) -> Iterator[None]:
    """Let no write of the server through for as long as this lasts: it waits for its turn."""
    holder = sqlite3.connect(server.home / "workbench.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_closed_tab_loses_no_answer_and_what_was_skipped_is_seen_again(watched, server, monkeypatch):
    key, store = corpus(server, "Letters", monkeypatch), server.bench().store
    settings = LabelSettings(classes=("bad", "good"), random_share=0.0, validation=0)
    made = server.bench().labelling.create("Letters", key, settings)
    page, context = watched.page, watched.page.context
    network = Network(page)
    page.goto(f"/desk?session={made}&as=Ann")
    expect(page.get_by_role("button", name="bad (1)")).to_be_visible()
    seen = answer(page, "1", 2)
    expect(page.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()

    # Three answers without a network: two texts are at hand behind the one on screen.
    article(page)
    page.wait_for_timeout(1000)
    network.cut()
    seen += answer(page, "s", 2)
    seen.append(article(page).inner_text())
    page.keyboard.press("2")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert kept.count("client_at") == 3 and not any(text in kept for text in seen)
    page.close()
    assert len(events.history(store, made)) == 2
    page = context.new_page()
    page.goto(f"/desk?session={made}&as=Ann")
    eventually(lambda: len(events.history(store, made)) == 5)
    assert [each.kind for each in events.history(store, made)] == ["label", "skip", "skip", "label", "label"]
    expect(article(page)).to_be_visible()
    assert article(page).inner_text() not in seen

    # The rest; then what was skipped, in its order, and once for each time it is asked for.
    answer(page, "1", 35 - 5 - 1)
    page.wait_for_timeout(80)
    page.keyboard.press("1")
    again = page.get_by_role("button", name="skipped text")
    expect(again).to_have_text("A2 skipped texts: see them again")
    expect(page.get_by_text("No other text is left for you now.")).to_be_visible()
    page.keyboard.press("a")
    expect(article(page)).to_have_text(seen[2], use_inner_text=True)
    expect(page.get_by_text("You skipped this one before")).to_be_visible()
    answer(page, "s", 1)
    page.reload()
    expect(article(page)).to_have_text(seen[3], use_inner_text=True)
    page.wait_for_timeout(80)
    page.keyboard.press("2")
    expect(again).to_have_text("A1 skipped text: see it again")
    again.click()
    expect(article(page)).to_have_text(seen[2], use_inner_text=True)
    page.wait_for_timeout(80)
    page.keyboard.press("2")
    expect(page.get_by_text("Every text has the labels it should get")).to_be_visible()
    eventually(lambda: [each.label for each in answers.current(store, made)].count(None) == 0)
    assert len(answers.current(store, made)) == 35
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('desk')).length") == 0


@pytest.mark.parametrize("way", ["Stop for now", "What it is worth"])
def test_who_leaves_before_all_is_saved_loses_no_answer(watched, server, monkeypatch, way):
    key, store = corpus(server, f"Notes ({way})", monkeypatch), server.bench().store
    settings = LabelSettings(classes=("bad", "good"), random_share=0.0, validation=0)
    made = server.bench().labelling.create("Notes", key, settings)
    page = watched.page
    page.goto(f"/session?session={made}&as=Ann")
    page.get_by_role("button", name="Label", exact=True).click()
    article(page)
    page.wait_for_timeout(1000)
    with slow(server):
        for _ in range(3):
            page.keyboard.press("1")
            page.wait_for_timeout(150)
        page.get_by_text(way, exact=True).first.click()
        page.keyboard.press("1")
        waits = page.get_by_text("Your answers are being saved, then the other page opens.")
        expect(waits).to_be_visible()
        page.wait_for_timeout(1500)
        assert events.history(store, made) == []
    expect(page.get_by_role("tab", name="What it is worth")).to_be_visible()
    eventually(lambda: len(events.history(store, made)) == 3)
    page.wait_for_timeout(500)
    assert [each.label for each in events.history(store, made)] == [0, 0, 0]


@pytest.mark.parametrize("size", SIZES)
def test_create_label_undo_reload_second_annotator_adjudicate_export(
    chromium: Browser, server, size, tmp_path, monkeypatch
):
    key, store = corpus(server, f"Parcels ({size})", monkeypatch), server.bench().store
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, base_url=server.url)
    context.set_default_timeout(60_000)
    page, wrong, sent = context.new_page(), [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: sent.append(request.url))

    # Create.
    page.goto(f"/label?corpus={key}")
    page.get_by_role("textbox", name="Class 1").fill("bad")
    page.get_by_role("textbox", name="Class 2").fill("good")
    page.get_by_text("People and pace").click()
    overlap = page.get_by_role("spinbutton", name="People per text")
    overlap.fill("2")
    overlap.press("Enter")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Parcels ({size})")
    fits(page)
    made = sessions.list_sessions(store)[0]
    assert made.label_settings().classes == ("bad", "good") and made.label_settings().overlap == 2

    # Label by keys, take back, reload in the middle.
    page.goto(f"/desk?session={made.id}")
    page.get_by_role("textbox", name="Your name").fill("Ann")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="bad (1)")).to_be_visible()
    seen = answer(page, "1", 12)
    fits(page)
    page.keyboard.press("z")
    expect(article(page)).to_have_text(seen[-1], use_inner_text=True)
    page.wait_for_timeout(400)  # what comes back without being asked for is not answered at once
    answer(page, "2", 1)
    expect(page.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()
    waiting = article(page).inner_text()
    page.reload()
    expect(article(page)).to_have_text(waiting, use_inner_text=True)
    expect(page.get_by_text("12 by you")).to_be_visible()
    seen += answer(page, "2", 4)
    eventually(lambda: len(answers.current(store, made.id)) == 16)
    assert [each.label for each in answers.current(store, made.id)].count(0) == 11
    assert {each.kind for each in events.history(store, made.id)} == {"label", "undo"}

    # A second person gets the same texts, and sees some of them otherwise.
    page.goto(f"/desk?session={made.id}&as=Bob")
    expect(page.get_by_role("button", name="bad (1)")).to_be_visible()
    theirs = answer(page, "2", 16)
    eventually(lambda: len(answers.current(store, made.id)) == 32)
    assert len({*seen, *theirs}) <= 35
    divided = [each for each in consensus.opinions(store, made.id) if each.disputed]
    assert divided

    # Adjudicate the one on top, and take that back, and say it again.
    page.goto(f"/session?session={made.id}&as=Cem&show=Disagreements")
    page.get_by_role("button", name="bad", exact=True).first.click()
    eventually(lambda: len(consensus.decisions(store, made.id)) == 1)
    page.get_by_role("button", name="Undo my last decision").click()
    eventually(lambda: not consensus.decisions(store, made.id))
    page.get_by_role("button", name="good", exact=True).first.click()
    eventually(lambda: list(consensus.decisions(store, made.id).values()) == [1])
    fits(page)

    # Take the labels away.
    page.goto(f"/session?session={made.id}&show=Labels")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download", exact=True).click()
    file = tmp_path / "labels.csv"
    coming.value.save_as(file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    counted = consensus.labels(consensus.opinions(store, made.id))
    assert sorted(int(row["row"]) for row in rows) == counted.items.tolist()
    for tab in ("What it is worth", "People", "Second look", "Guidelines and settings"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        fits(page)
    assert page.evaluate("window.hacked") is None and not [url for url in sent if "127.0.0.1:1/" in url]
    context.close()
    assert not wrong
    assert "Traceback" not in Path(server.log).read_text()
