"""A text that a model got wrong: sent to a labelling session, where people label it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import streamlit as st

from al_core.errors import WorkbenchError
from al_core.labelling import people
from al_core.labelling.added import Added
from al_core.store.models import ModelRecord
from pages.parts.apart import names
from pages.parts.bench import bench, flash, page, show_flash
from pages.parts.labelling.annotator import known


def wrong(record: ModelRecord, text: str, classes: Sequence[str], chosen: int, probability: float) -> None:
    """Let a text that the model got wrong be labelled by people."""
    st.subheader("Wrong?", anchor=False)
    sessions = [
        each
        for each in bench().labelling.sessions()
        if each.state in ("active", "paused") and set(classes) == set(each.label_settings().classes)
    ]
    if not sessions:
        st.caption("Send such texts to a labelling session with the same classes: there is none yet.")
        st.page_link(page("label"), label="Set one up", icon=":material/label:")
        return
    titles = names(sessions)
    # The session that the model learned from comes first.
    order = sorted(titles, key=lambda each: each != record.session_id)
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom", gap="medium")
    left.selectbox("Labelling session", order, format_func=titles.__getitem__, key="send-to")
    middle.text_input("Your name", known() or "", max_chars=people.LONGEST_NAME, key="send-by")
    origin = {
        "model": record.name,
        "version": record.version,
        "predicted": classes[chosen],
        "probability": probability,
    }
    # One text is one item, however often the button is pressed.
    one = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{record.name}:{record.version}:{text}"))
    right.button("Send", icon=":material/outbox:", key="send", on_click=_sent, args=(one, text, origin))
    show_flash()


def _sent(one: str, text: str, origin: dict[str, object]) -> None:
    session_id = str(st.session_state["send-to"])
    by = str(st.session_state.get("send-by") or "")
    try:
        # One uuid is one session's: the same text may be sent to another.
        own = str(uuid.uuid5(uuid.UUID(one), session_id))
        added = bench().labelling.add_text(session_id, own, text, by, origin)
    except WorkbenchError as error:
        flash(str(error))
        return
    flash(_became(added, session_id))


def _became(added: Added, session_id: str) -> str:
    """Return in a sentence what a session does with a text that was sent to it."""
    if added.new and added.then == "next":
        return "Sent: it is asked about next."
    words = "The session has this text already"
    if added.then == "next":
        return f"{words}: it is asked about next."
    if added.then == "seen":
        return f"{words}: whoever has it on the screen, or skipped it, has yet to label it."
    if added.then == "measures":
        return f"{words}, to measure by: it is asked about in its turn."
    if added.label is None:
        return f"{words}, and people are divided on it."
    classes = bench().labelling.session(session_id).label_settings().classes
    return f"{words}, labelled {classes[added.label]}."
