"""The labelling view: whose turn it is, the desk, and the guidelines beside it."""

from __future__ import annotations

import streamlit as st

from al_core.errors import BadInput
from al_core.labelling.records import LabelSession
from pages.parts.bench import ahead, bench, fragment, page
from pages.parts.labelling.annotator import annotator
from pages.parts.labelling.desk_state import draw
from pages.parts.words import plain

BEAT = 5
"""Seconds between two signs that somebody is here: texts stay theirs, and the facts are fresh."""
FOCUS = """<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stHeader"],
[data-testid="stExpandSidebarButton"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1rem; }
</style>"""


def labelling_view(session_id: str) -> None:
    """Draw the view. Raises `BadInput` if there is no such session."""
    try:
        session = bench().labelling.session(session_id)
    except BadInput:
        st.title("Label", anchor=False)
        raise
    focus = st.query_params.get("focus") == "1"
    if focus:
        st.html(FOCUS)
    _head(session, focus)
    if (name := annotator()) is None:
        return
    told = bench().labelling.guidelines(session.id)
    if focus or not told:
        _desk(session.id, name, focus)
        return
    left, right = st.columns([5, 2], gap="large")
    with left:
        _desk(session.id, name, focus)
    with right:
        st.caption(f"Guidelines, version {told[0].version:,}")
        st.text(told[0].text)


def _head(session: LabelSession, focus: bool) -> None:
    if not focus:
        st.title(plain(session.name), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="desk-head"):
        if focus:
            st.caption(f"**{plain(session.name)}**", width="stretch")
        else:
            st.page_link(
                page("session"),
                label="What it is worth",
                icon=":material/query_stats:",
                query_params={"session": session.id},
            )
            st.button(
                "Stop for now",
                icon=":material/door_open:",
                type="tertiary",
                key="stop",
                on_click=_leave,
                args=(session.id,),
                help="Gives the texts that are kept for you back to the others.",
            )
        st.button(
            "Leave focus" if focus else "Focus",
            icon=":material/close_fullscreen:" if focus else ":material/open_in_full:",
            type="tertiary",
            key="focus",
            on_click=_focus,
            args=(not focus,),
        )


def _focus(on: bool) -> None:
    st.query_params["focus"] = "1" if on else "0"


def _leave(session_id: str) -> None:
    name, lead = st.session_state.get("as"), ahead()
    if name:
        bench().labelling.release(session_id, name)
    lead("session", session=session_id)


# Its own timer: the rest of the page need not be drawn again for every answer.
def _desk(session_id: str, name: str, focus: bool) -> None:
    fragment(draw, BEAT)(session_id, name, focus)
