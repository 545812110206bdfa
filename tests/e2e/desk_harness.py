"""The desk over a store in memory, that is slow, fails or offers what was answered when told to."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from pages.parts.labelling.desk import Choice, DeskData, DeskEvent, Guess, Item, Recent, Reveal, Word, desk

CLAIMED = 8
CLASSES: list[Choice] = [
    {"name": "Negative", "color": "#d55e00", "key": "1"},
    {"name": "Positive", "color": "#009e73", "key": "2"},
    {"name": "Neither of the two", "color": "#56b4e9", "key": "3"},
]
HOSTILE = [
    "<script>window.bad = 1</script><b onclick='window.bad = 1'>bold</b>",
    "# Title\n**bold** [link](http://127.0.0.1:1/y) $$x^2$$ :red[red]",
    "<img src=http://127.0.0.1:1/x onerror='window.bad = 1'> http://127.0.0.1:1/z.png",
    "שלום עולם, this one runs from right to left. \u202eoverridden\u202c",
    "A bell \x07, an escape \x1b[31m, a null \x00 and a tab\tbefore\nthe next line. \x7f",
    "word " * 19_999 + "ends.",
]
WORDY = (
    "I came for the soundtrack and stayed for the rest. The first hour is slow, almost stubbornly so, but "
    "every scene earns its place, and the ending is quietly brilliant. A dull trailer for a wonderful film."
)


class Store:
    """What one person did, and what they are asked next."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.events: list[dict[str, Any]] = []
        self.saved: dict[str, str] = {}
        self.received = 0
        self.error = ""
        self.again = 0
        """Skips among the first so many events are to be seen again."""
        self.before: set[int] = set()
        """What had an answer before the last outbox came."""

    def standing(self) -> dict[int, dict[str, Any]]:
        """Return the answers that stand, the latest last."""
        found: dict[int, dict[str, Any]] = {}
        for event in self.left():
            if event["kind"] != "flag":
                found.pop(event["item"], None)
                found[event["item"]] = event
        return found

    def left(self) -> list[dict[str, Any]]:
        """Return what was not taken back."""
        gone = {event["undoes"] for event in self.events}
        return [event for event in self.events if event["kind"] != "undo" and event["uuid"] not in gone]

    def seen_again(self) -> list[int]:
        """Return the texts whose skip stands among those to be seen again, the first skipped first."""
        old = [event["uuid"] for event in self.events[: self.again]]
        skips = {e["uuid"]: item for item, e in self.standing().items() if e["kind"] == "skip"}
        return [skips[uuid] for uuid in old if uuid in skips]

    def take(self, events: list[DeskEvent], delay: float, failing: bool) -> None:
        """Save each event once."""
        self.received += 1
        self.before = set(self.standing())
        time.sleep(delay)
        self.error = "The disk is full, so the answer could not be written." if failing else ""
        for event in events if not failing else ():
            if event["uuid"] not in self.saved:
                self.events.append(dict(event))
                self.saved[event["uuid"]] = datetime.now().strftime("%H:%M:%S")


@st.cache_resource(show_spinner=False)
def store(name: str, texts: int) -> Store:
    """Make the store of one test."""
    made = [*HOSTILE] if texts == 0 else [f"Text number {number}. {WORDY}" for number in range(texts)]
    return Store(made)


def data(kept: Store, suggestions: bool, look: bool) -> DeskData:
    """Put together what the desk shows."""
    standing = kept.standing()
    gone = kept.before if query("stale", "") == "1" else standing
    guess: Guess | None = {"label": 1, "probability": 0.87} if suggestions else None
    waiting: list[Item] = [
        {"item": item, "text": text, "guess": guess, "skipped": False}
        for item, text in enumerate(kept.texts)
        if item not in gone
    ] or [
        {"item": item, "text": kept.texts[item], "guess": guess, "skipped": True}
        for item in kept.seen_again()
    ]
    items = waiting[:CLAIMED]
    last = list(standing.values())[-20:][::-1]
    recent: list[Recent] = [
        {
            "item": event["item"],
            "text": kept.texts[event["item"]][:2000],
            "label": event["label"],
            "kind": event["kind"],
            "uuid": event["uuid"],
        }
        for event in last
    ]
    done = len(standing)
    return {
        "session": query("store", "one"),
        "annotator": "Ada",
        "classes": CLASSES,
        "items": items,
        "saved": dict(list(kept.saved.items())[-80:]),
        "error": kept.error,
        "reveal": reveal(kept, last[0]) if last and look else None,
        "recent": recent,
        "undoable": [event["uuid"] for event in kept.left()][-20:][::-1],
        "message": "" if items else "All texts are labelled.",
        "skipped": 0 if items else sum(event["kind"] == "skip" for event in standing.values()),
        "status": [f"{done} of {len(kept.texts)} texts", "9 a minute", "model 12 agrees with 84 %"],
        "focus": query("focus", "") == "1",
    }


def reveal(kept: Store, event: dict[str, Any]) -> Reveal:
    """Tell what a model would have said."""
    text = kept.texts[event["item"]]
    words: list[Word] = [
        {"start": text.find(word), "end": text.find(word) + len(word), "weight": weight}
        for word, weight in (("wonderful", 0.6), ("brilliant", 0.9), ("dull", -0.5), ("slow", -0.3))
        if word in text
    ]
    return {
        "item": event["item"],
        "said": event["label"],
        "guess": {"label": 1, "probability": 0.58},
        "why": "Asked because the two likeliest classes were close: 58 % and 39 %.",
        "words": words,
        "text": text,
    }


def query(name: str, default: str) -> str:
    """Return a value of the address."""
    return st.query_params.get(name, default)


@st.fragment
def draw() -> None:
    """Draw the desk, and write down what the store has, for the test to read."""
    kept = store(query("store", "one"), int(query("texts", "60")))
    place = Path(os.environ["DESK_FOLDER"]) / query("store", "one")
    failing = place.with_suffix(".failing")

    def answered(events: list[DeskEvent]) -> None:
        kept.take(events, float(query("delay", "0")), failing.exists())
        written = place.with_suffix(".new")
        written.write_text(json.dumps({"events": kept.events, "received": kept.received}))
        written.replace(place.with_suffix(".json"))

    def again() -> None:
        if not failing.exists():
            kept.again = len(kept.events)

    desk("desk", data(kept, query("suggest", "") == "1", query("look", "1") == "1"), answered, again)


st.set_page_config(layout="wide")
st.title("Label")
draw()
st.text_input("A field of the page")
