"""What people have to say on a run: tags and a note."""

from __future__ import annotations

import streamlit as st

from al_core.errors import WorkbenchError
from al_core.store.records import RunRecord
from pages.parts.bench import bench, flash


def run_words(run: RunRecord) -> None:
    """Draw both; what is typed is kept at once."""
    tags = bench().tags([run.id])[run.id]
    known = sorted({*bench().run_choices()["tags"], *tags})
    left, right = st.columns([2, 3], gap="medium")
    left.multiselect(
        "Tags",
        known,
        tags,
        key=f"tags-{run.id}",
        accept_new_options=True,
        placeholder="Choose or type one",
        on_change=_tag,
        args=(run.id,),
    )
    right.text_area(
        "Note", run.note, height=80, max_chars=10_000, key=f"note-{run.id}", on_change=_note, args=(run.id,)
    )


def _tag(run_id: str) -> None:
    try:
        bench().tag(run_id, st.session_state[f"tags-{run_id}"])
    except WorkbenchError as error:
        flash(str(error))


def _note(run_id: str) -> None:
    try:
        bench().write_note(run_id, str(st.session_state[f"note-{run_id}"] or ""))
    except WorkbenchError as error:
        flash(str(error))
