"""Below a sweep's runs: more seeds, a note, and the settings as a file."""

from __future__ import annotations

import streamlit as st

from al_core.errors import WorkbenchError
from al_core.store.runs import LONGEST_NOTE
from al_core.store.sweeps import SweepRecord
from al_core.sweeps.settings import SweepSettings
from pages.parts.bench import bench, flash
from pages.parts.labelling.label_words import count
from pages.parts.sweeps.sweep_file import take_away
from pages.parts.sweeps.sweep_varied import MOST_SEEDS


def more(sweep: SweepRecord) -> None:
    """Draw what one may change or take away."""
    settings = SweepSettings.model_validate(sweep.settings)
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        _seeds(sweep, settings)
    with right, st.container(border=True):
        _note(sweep)
    take_away(settings, f"sweep-{sweep.id}.json", "sweep-settings")


def _seeds(sweep: SweepRecord, settings: SweepSettings) -> None:
    st.subheader("More seeds", anchor=False)
    done = sweep.wanted == "cancelled" or sweep.archived_at is not None
    st.caption(
        "The sweep has to be resumed or restored first."
        if done
        else f"{count(len(settings.seeds), 'seed')} so far. What is there already does not run again."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("How many more", 1, MOST_SEEDS, 2, key="more-seeds", disabled=done, width=160)
        # From the last one that is shown: a second click asks for the same seeds again.
        st.button(
            "Add seeds",
            icon=":material/add:",
            key="add-seeds",
            on_click=_add,
            args=(sweep.id, max(settings.seeds)),
            disabled=done,
        )


def _add(sweep_id: str, last: int) -> None:
    # What the field holds now; an argument would be what it held when the page was drawn.
    number = int(st.session_state["more-seeds"])
    try:
        added = bench().sweeps.extend(sweep_id, range(last + 1, last + 1 + number))
    except WorkbenchError as error:
        flash(str(error))
        return
    if added:
        flash(f"{count(added, 'run')} added")


def _note(sweep: SweepRecord) -> None:
    key = f"note-{sweep.id}"
    st.subheader("Note", anchor=False)
    st.text_area(
        "Note",
        sweep.note,
        max_chars=LONGEST_NOTE,
        height=100,
        key=key,
        label_visibility="collapsed",
        placeholder="What the sweep is about, what came of it",
        on_change=_write,
        args=(sweep.id, key),
    )


def _write(sweep_id: str, key: str) -> None:
    try:
        bench().sweeps.write_note(sweep_id, st.session_state[key])
    except WorkbenchError as error:
        flash(str(error))
    else:
        flash("Note saved")
