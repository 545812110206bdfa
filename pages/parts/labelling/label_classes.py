"""The classes of a new session, a line each: colour, name, key."""

from __future__ import annotations

import streamlit as st

from al_core.figures.style import CLASS_COLORS
from al_core.store.records import CorpusRecord

MOST = 40
"""Classes that have a line each; a corpus with more keeps its own as they are."""
KEYS = 9


def classes_for(record: CorpusRecord, key: str) -> tuple[list[str], list[str]]:
    """Draw the lines, filled with the corpus's classes where it has some; return names and colours.

    The colours are empty while they are the palette's own.
    """
    own = list(record.classes or [])
    if len(own) > MOST:
        st.caption(f"The {len(own):,} classes of the corpus, as they are.")
        with st.expander("Show them"):
            st.text("\n".join(own))
        return own, []
    lines: list[int] = st.session_state.setdefault(f"{key}-lines", list(range(max(2, len(own)))))
    names, colors = [], []
    for place, line in enumerate(lines):
        name, color = _line(place, line, own, key, removable=len(lines) > 2)
        names.append(name.strip())
        colors.append(color)
    st.button(
        "Add a class",
        icon=":material/add:",
        key=f"{key}-add",
        type="tertiary",
        on_click=_add,
        args=(lines,),
        disabled=len(lines) >= MOST,
    )
    if len(lines) == 2:
        st.caption("The second class counts as positive: a false negative is a text of it that is missed.")
    usual = [_color(place) for place in range(len(lines))]
    return names, [] if [each.lower() for each in colors] == [each.lower() for each in usual] else colors


def _line(place: int, line: int, own: list[str], key: str, removable: bool) -> tuple[str, str]:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        color = st.color_picker(
            f"Colour of class {place + 1}",
            _color(place),
            key=f"{key}-color-{line}",
            label_visibility="collapsed",
            persist_state="session",
        )
        name = st.text_input(
            f"Class {place + 1}",
            own[line] if line < len(own) else "",
            max_chars=200,
            key=f"{key}-class-{line}",
            label_visibility="collapsed",
            placeholder=f"Class {place + 1}",
            persist_state="session",
        )
        if place < KEYS:
            st.badge(f"key {place + 1}", color="gray")
        st.button(
            "",
            icon=":material/close:",
            key=f"{key}-drop-{line}",
            help="Remove this class",
            type="tertiary",
            on_click=_drop,
            args=(f"{key}-lines", line),
            disabled=not removable,
        )
    return name, color


def _color(place: int) -> str:
    return CLASS_COLORS[place % len(CLASS_COLORS)]


def _add(lines: list[int]) -> None:
    if len(lines) < MOST:
        # A number that no line has had: a removed line's words must not come back.
        lines.append(1000 + len(lines) if max(lines) < 1000 else max(lines) + 1)


def _drop(lines_key: str, line: int) -> None:
    # By value: a second click finds the line gone, and does nothing.
    kept = [each for each in st.session_state.get(lines_key, []) if each != line]
    if len(kept) >= 2:
        st.session_state[lines_key] = kept
