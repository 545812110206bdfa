"""An adjudicator's word on a text: a button per class, and the way back."""

from __future__ import annotations

from uuid import UUID, uuid5

import streamlit as st

from al_core.errors import WorkbenchError
from pages.parts.bench import bench, flash
from pages.parts.labelling.session_now import Now
from pages.parts.words import plain

BUTTONS = 9
"""Classes that have a button each; more are chosen from a list."""
LONG = 1_500
"""Characters past which a text scrolls in its box."""
_NAMESPACE = UUID("3c5a1b0c-6d7f-4a7b-9c38-4c0a7f5d2b61")


def text_box(now: Now, item: int) -> None:
    """Draw a text as it is, never as markup."""
    text = bench().labelling.text(now.session, item)
    with st.container(height=260 if len(text) > LONG else "content", border=False):
        st.text(text)


def decide(
    now: Now, item: int, name: str | None, key: str, decided: int | None, first: int | None = None
) -> None:
    """Draw the buttons; without a name they are off. `first`: the class that is said to be kept."""
    order = sorted(range(len(now.classes)), key=lambda label: label != first)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if len(order) > BUTTONS:
            chosen = f"{key}-{item}-class"
            label = st.selectbox(
                "Class",
                order,
                format_func=now.classes.__getitem__,
                key=chosen,
                label_visibility="collapsed",
                width=280,
            )
            st.button(
                "Decide",
                key=f"{key}-{item}-decide",
                icon=":material/check:" if label == decided else None,
                disabled=name is None or label == decided,
                on_click=_decide_chosen,
                args=(now, item, name, chosen),
            )
            return
        for label in order:
            words = f"Keep {now.classes[label]}" if label == first else now.classes[label]
            _button(words, now, item, name, key, label, label == decided)


def undo(now: Now, name: str | None) -> None:
    """Draw the button that takes this person's last decision back."""
    st.button(
        "Undo my last decision",
        icon=":material/undo:",
        key="undo-decision",
        type="tertiary",
        disabled=name is None,
        on_click=_undo,
        args=(now.session.id, name, _uuid(now, "undo", name)),
    )


def _button(words: str, now: Now, item: int, name: str | None, key: str, label: int, decided: bool) -> None:
    st.button(
        plain(words),
        key=f"{key}-{item}-{label}",
        icon=":material/check:" if decided else None,
        disabled=name is None or decided,
        on_click=_decide,
        args=(now.session.id, item, name, label, _uuid(now, item, label, name)),
    )


def _uuid(now: Now, *parts: object) -> str:
    # It names what was on record when the button was drawn: clicked twice, that is one word.
    return str(uuid5(_NAMESPACE, repr((now.session.id, now.event, *parts))))


def _decide(session_id: str, item: int, name: str, label: int, uuid: str) -> None:
    try:
        bench().labelling.decide(session_id, item, name, label, uuid)
    except WorkbenchError as error:
        flash(str(error))


def _decide_chosen(now: Now, item: int, name: str, chosen: str) -> None:
    # Read now: an argument would be what was chosen before the list was opened.
    label = int(st.session_state[chosen])
    _decide(now.session.id, item, name, label, _uuid(now, item, label, name))


def _undo(session_id: str, name: str, uuid: str) -> None:
    try:
        if not bench().labelling.undo_decision(session_id, name, uuid):
            flash("There is no decision of yours to undo.")
    except WorkbenchError as error:
        flash(str(error))
