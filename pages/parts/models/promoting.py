"""Promote a model: give it a name, and see what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import streamlit as st

from al_core.deploy.face import Promotion
from al_core.errors import WorkbenchError
from al_core.evaluation.decisions import EVEN
from al_core.labelling import people
from al_core.store.models import ModelRecord
from pages.parts.bench import bench, flash, fragment, page
from pages.parts.labelling.annotator import known
from pages.parts.models.deciding import Line
from pages.parts.models.threshold import told
from pages.parts.words import plain

Promote = Callable[[Promotion], int]
Before = Callable[[], Sequence[ModelRecord]]


def promoting(
    key: str,
    title: str,
    promote: Promote,
    before: Before,
    line: Line | None = None,
    now: Callable[[], Line] | None = None,
) -> None:
    """Draw the form, and the versions that were promoted from here.

    title: what the model comes from, of which a name is suggested. before: finds those versions. line, now:
    how it decides, as it was drawn and as the fields hold it; without them, for the likeliest class.
    """
    st.subheader("Promote", anchor=False)
    names = sorted({suggested(title), *(record.name for record in bench().models.models())})
    left, middle, right = st.columns([2, 2, 3], gap="medium")
    left.selectbox(
        "Name",
        names,
        names.index(suggested(title)),
        key=f"promote-name-{key}",
        accept_new_options=True,
        placeholder="Choose or type one",
        help="Small letters, digits, - and _. A name that is there gets a new version.",
    )
    middle.text_input("Your name", known() or "", max_chars=people.LONGEST_NAME, key=f"promote-by-{key}")
    right.text_input("Note", max_chars=1_000, key=f"promote-note-{key}", placeholder="Why this one")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Promote",
            type="primary",
            icon=":material/rocket_launch:",
            key=f"promote-{key}",
            on_click=_promoted,
            args=(key, promote, now),
        )
        how = "Takes the likeliest class."
        if line is not None:
            how = f"Decides at the threshold {told(line.threshold)}."
        st.caption(f"{how} The export is prepared behind this page.")
    preparing = any(record.state == "preparing" for record in before())
    fragment(_versions, 1 if preparing else None)(before, preparing)


def _versions(before: Before, were_preparing: bool) -> None:
    """Draw what became of the versions that were promoted from here, until all are ready or have failed."""
    found = before()
    if any(record.state == "preparing" for record in found) != were_preparing:
        st.rerun()
    for record in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            state = {"ready": "ready", "failed": f"failed: {record.message}"}.get(
                record.state, "in preparation"
            )
            st.caption(plain(f"{record.name}, version {record.version:,}: {state}"), width="content")
            st.page_link(page("models"), label="Open", query_params={"model": record.name}, width="content")


def suggested(title: str) -> str:
    """Return a name that fits a title, as the registry takes it."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "model"


def _promoted(key: str, promote: Promote, now: Callable[[], Line] | None) -> None:
    name = str(st.session_state.get(f"promote-name-{key}") or "").strip()
    note = str(st.session_state.get(f"promote-note-{key}") or "")
    by = str(st.session_state.get(f"promote-by-{key}") or "")
    line = None if now is None else now()
    threshold, prices = (None, EVEN) if line is None else (line.threshold, line.prices)
    try:
        version = promote(Promotion(name=name, threshold=threshold, prices=prices, note=note, by=by))
    except WorkbenchError as error:
        flash(str(error))
        return
    flash(f"{name}, version {version:,}, is being prepared.")
