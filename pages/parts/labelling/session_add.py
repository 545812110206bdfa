"""Texts that come to a session after it began: typed here, or sent from elsewhere."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from al_core.corpus.files import MAX_CHARACTERS
from al_core.errors import WorkbenchError
from pages.parts.bench import bench, flash
from pages.parts.labelling.annotator import annotator
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_now import Now

KEY = "added-lines"


def add_texts(now: Now) -> None:
    """Draw a box for texts, one a line, and the button that adds them."""
    if now.session.state == "archived":
        return
    st.subheader("Add texts", anchor=False)
    st.caption("They are asked about next, and the model learns from their labels.")
    name = annotator("Texts are added under this name.", "Use this name")
    st.text_area(
        "Texts to add",
        height=120,
        max_chars=MAX_CHARACTERS,
        key=KEY,
        label_visibility="collapsed",
        placeholder="One text a line",
    )
    st.button(
        "Add",
        icon=":material/add:",
        key="add-texts",
        disabled=name is None,
        on_click=_add,
        args=(now.session.id, name),
    )


def _add(session_id: str, name: str) -> None:
    # Read now: an argument would be what stood there before the last word was typed.
    lines = [line.strip() for line in str(st.session_state.get(KEY) or "").splitlines() if line.strip()]
    if not lines:
        flash("There is nothing to add: write a text first.")
        return
    try:
        # Clicked twice, nothing comes twice: a text that is there already is not added.
        found = bench().labelling.add_texts(session_id, {str(uuid4()): line for line in lines}, name)
    except WorkbenchError as error:
        flash(str(error))
        return
    st.session_state[KEY] = ""
    new = sum(each.new for each in found)
    words = [f"{count(new, 'text')} added"]
    words += [f"{len(found) - new:,} here already"] if new < len(found) else []
    done = sum(each.then == "labelled" for each in found)
    words += [f"{done:,} of them labelled"] if done else []
    flash(", ".join(words) + ".")
