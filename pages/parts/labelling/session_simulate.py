"""An oracle at the keys: see what labels would bring, without anybody labelling."""

from __future__ import annotations

import streamlit as st

from al_core.errors import WorkbenchError
from pages.parts.bench import bench, flash
from pages.parts.labelling.session_now import Now

WORDS = (
    "An oracle answers from the labels that the corpus came with, about three texts a second. Its labels "
    "stay in the session, under the name Simulated: take a clone to try things out."
)


def simulate(now: Now) -> None:
    """Draw the number of texts and the button, where the corpus has labels to answer from."""
    record = bench().corpus(now.session.corpus_key)
    if not (record and record.labelled):
        return
    st.subheader("Simulation", anchor=False)
    st.caption(WORDS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Texts to answer", 1, 10_000, 100, key="simulated-labels", width=160)
        st.button(
            "Let it label",
            icon=":material/smart_toy:",
            key="simulate",
            disabled=now.session.state != "active",
            on_click=_start,
            args=(now.session.id,),
        )


def _start(session_id: str) -> None:
    labelling, labels = bench().labelling, int(st.session_state["simulated-labels"])
    try:
        labelling.simulate(labelling.session(session_id), labels)
        flash(f"An oracle answers {labels:,} texts.")
    except WorkbenchError as error:
        flash(str(error))
