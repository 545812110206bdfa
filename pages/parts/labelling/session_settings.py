"""What the people who label are told, how a session is set, and what its trainer says."""

from __future__ import annotations

import streamlit as st

from al_core.errors import WorkbenchError
from pages.parts.bench import bench, flash
from pages.parts.labelling.annotator import annotator
from pages.parts.labelling.session_now import Now
from pages.parts.labelling.session_setup import setup
from pages.parts.labelling.session_simulate import simulate
from pages.parts.words import ago, plain


def guidelines_and_settings(now: Now) -> None:
    """Draw all three; only the guidelines can be changed."""
    left, right = st.columns(2, gap="large")
    with left:
        _guidelines(now)
    with right:
        setup(now)
        simulate(now)
    st.subheader("Trainer's log", anchor=False)
    with st.container(height=260, border=False, autoscroll=True):
        log = bench().labelling.log(now.session.id)
        st.code(log or "Nothing logged yet.", language=None, wrap_lines=True)


def _guidelines(now: Now) -> None:
    st.subheader("Guidelines", anchor=False)
    versions = bench().labelling.guidelines(now.session.id)
    newest = versions[0] if versions else None
    name = annotator("Guidelines are kept under this name.", "Use this name")
    key = f"guidelines-{now.session.id}-{newest.version if newest else 0}"
    st.text_area(
        "What the people who label should know",
        newest.text if newest else "",
        height=300,
        max_chars=20_000,
        key=key,
        label_visibility="collapsed",
        placeholder="When is a text of which class? What about unclear ones?",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Save as a new version",
            icon=":material/save:",
            key="save-guidelines",
            disabled=name is None,
            on_click=_save,
            args=(now.session.id, key, name),
        )
        if newest:
            st.caption(plain(f"Version {newest.version:,} by {newest.author}, {ago(newest.created_at)}"))
    if len(versions) > 1:
        with st.expander("Earlier versions"):
            for each in versions[1:]:
                st.caption(plain(f"Version {each.version:,} by {each.author}, {ago(each.created_at)}"))
                st.text(each.text)


def _save(session_id: str, key: str, name: str) -> None:
    # Read now: an argument would be what stood there before the last word was typed.
    text = str(st.session_state.get(key) or "")
    if not text.strip():
        flash("The guidelines are empty: write something first.")
        return
    try:
        made = bench().labelling.write_guidelines(session_id, text, name)
        flash(f"Version {made.version:,} is saved.")
    except WorkbenchError as error:
        flash(str(error))
