"""The desk: one text after another, answered by key. The next text is in the browser before it is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

import streamlit as st
from streamlit.components.v2 import component

HERE = Path(__file__).parent


class Choice(TypedDict):
    """One class: its name, its colour (#rrggbb) and its key, "1" to "9", or "" for a button alone."""

    name: str
    color: str
    key: str


class Guess(TypedDict):
    """What the model thinks."""

    label: int
    probability: float


class Item(TypedDict):
    """One text to be asked. The guess is sent only where suggestions show before the answer."""

    item: int
    text: str
    guess: Guess | None
    skipped: bool
    """This person skipped it before, and sees it again."""


class Word(TypedDict):
    """A stretch of text, in Python's characters; a weight above 0 speaks for the model's guess."""

    start: int
    end: int
    weight: float


class Reveal(TypedDict):
    """What is told of the answer given last, after it."""

    item: int
    said: int | None
    """None: it was skipped."""
    guess: Guess | None
    why: str
    words: list[Word]
    text: str


class Recent(TypedDict):
    """One of this person's last answers. The text is whole, or its first 2,000 characters."""

    item: int
    text: str
    label: int | None
    kind: Literal["label", "skip"]
    uuid: str


class DeskData(TypedDict):
    """All that the desk shows. Texts are asked in the order of `items`, one taken back before the others.

    Keep the items that are claimed in it until they are answered: one that goes is taken off the screen.
    """

    session: str
    annotator: str
    classes: list[Choice]
    items: list[Item]
    saved: dict[str, str]
    """Time of day by uuid, oldest first: the last answers on disk, at least all of the last outbox."""
    error: str
    """What kept the last outbox from being saved, in one sentence; "" if nothing did."""
    reveal: Reveal | None
    recent: list[Recent]
    """Newest first."""
    undoable: list[str]
    """Uuids of this person's last events that an undo may take back, the newest first; all, if under 20."""
    message: str
    """Shown in place of a text when there is none."""
    skipped: int
    """Texts that this person skipped and may see again: offered in place of a text when there is none."""
    status: list[str]
    focus: bool
    """Show only the text, the buttons and whether all is saved."""


class DeskEvent(TypedDict):
    """What a person did. It comes from the browser: check it before it is believed."""

    uuid: str
    kind: Literal["label", "skip", "flag", "undo"]
    item: int | None
    """None only for an undo of something that the browser does not know."""
    label: int | None
    undoes: str | None
    """The uuid of the event that an undo takes back."""
    note: str
    milliseconds: int
    client_at: str
    suggestion_shown: bool


PARTS = ("desk.js", "desk_outbox.js", "desk_text.js")
"""Streamlit takes one script; what keeps answers, and what shows texts, stand in files of their own."""

_mount = component(
    "labelling_desk",
    html=(HERE / "desk.html").read_text(encoding="utf-8"),
    css=(HERE / "desk.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / part).read_text(encoding="utf-8") for part in PARTS),
)


def desk(
    key: str,
    data: DeskData,
    on_answers: Callable[[list[DeskEvent]], None],
    on_again: Callable[[], None],
) -> None:
    """Draw the desk. Only one can be on a page: the keyboard is its own.

    `on_answers` gets every event that `saved` has not named yet, in order, again and again until it does.
    It saves each uuid once, in this order, and leaves what went wrong in `error`; it must not raise. What can
    never be saved must be named in `saved` all the same, with a word to the person, or the desk stands still.
    The events may be those of another tab, which sends them too. `on_again` is called when the person wants
    the skipped texts back: each comes into `items` once, until they ask again.
    """

    def changed() -> None:
        on_answers(_events(st.session_state.get(key)))

    _mount(key=key, data=data, on_outbox_change=changed, on_again_change=on_again)


def _events(state: Any) -> list[DeskEvent]:
    """Return the events in the desk's state, which may be anything that a browser sends."""
    outbox = state.get("outbox") if isinstance(state, dict) else None
    events = outbox.get("events") if isinstance(outbox, dict) else None
    return [cast(DeskEvent, dict(event)) for event in events or () if isinstance(event, dict)]
