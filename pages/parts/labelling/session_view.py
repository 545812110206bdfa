"""One labelling session: state and trainer, the numbers that matter, then the evidence. Always up to date."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from al_core.errors import BadInput
from pages.parts.bench import follow, fragment, show_flash
from pages.parts.labelling.session_disputes import disputes
from pages.parts.labelling.session_head import head, trainer_line
from pages.parts.labelling.session_now import look
from pages.parts.labelling.session_numbers import numbers
from pages.parts.labelling.session_people import people
from pages.parts.labelling.session_second_look import second_look
from pages.parts.labelling.session_settings import guidelines_and_settings
from pages.parts.labelling.session_texts import texts
from pages.parts.labelling.session_use import use
from pages.parts.labelling.session_worth import worth
from pages.parts.words import plain

LIVE = ("active", "paused")
PARTS = {
    "What it is worth": worth,
    "People": people,
    "Disagreements": disputes,
    "Second look": second_look,
    "Labels": texts,
    "Use": use,
    "Guidelines and settings": guidelines_and_settings,
}
STILL = ("Labels", "Use", "Guidelines and settings")
"""Parts that are not drawn anew by themselves: one types in them, or takes a file away."""


def session_view(session_id: str) -> None:
    """Draw a session; what changes shows within two seconds. Raises `BadInput` if there is none."""
    try:
        now = look(session_id)
    except BadInput:
        st.title("Session", anchor=False)
        raise
    st.title(plain(now.session.name), anchor=False)
    top = st.container()
    tabs = dict(zip(PARTS, st.tabs(list(PARTS), key="show", bind="query-params"), strict=True))
    shown = next(name for name, tab in tabs.items() if tab.open)
    live = now.session.state in LIVE
    drawn = None if shown in STILL else now.key
    with top:
        # A fragment in every state: leaving it at the end would draw the page a second time below itself.
        fragment(_top, 2 if live else None)(session_id, live, drawn)
    with tabs[shown]:
        PARTS[shown](now)


def _top(session_id: str, was_live: bool, drawn: Hashable | None) -> None:
    """Draw what always moves, and the whole page anew when what is below is no longer so."""
    follow()
    now = look(session_id)
    if (now.session.state in LIVE) != was_live or drawn not in (None, now.key):
        st.rerun()
    show_flash()
    head(now)
    trainer_line(now)
    numbers(now)
