"""What a person may do with a sweep, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from al_core.errors import WorkbenchError
from al_core.store.states import ACTIVE, RESUMABLE
from al_core.store.sweeps import SweepRecord
from al_core.sweeps.cells import with_random
from al_core.sweeps.face import Standing
from pages.parts.bench import bench, flash, page
from pages.parts.labelling.label_words import count
from pages.parts.sweeps.sweep_words import badge, counts
from pages.parts.words import ago, duration, plain, waits


def head(sweep: SweepRecord, standing: Standing) -> None:
    """Draw the state, the way to the comparison, and the actions that fit."""
    words, color, icon = badge(standing)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.badge(words, icon=icon, color=color)
            st.caption(plain(f"{counts(standing)} · begun {ago(sweep.created_at)}"))
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="sweep-actions"):
            _compare(sweep)
            if standing.over and standing.finished and with_random(sweep.settings):
                _story(sweep)
            _actions(sweep, standing)


def _compare(sweep: SweepRecord) -> None:
    with suppress(StreamlitPageNotFoundError):  # a workbench may be without that page
        st.page_link(
            page("compare"), label="Compare", icon=":material/compare:", query_params={"sweep": sweep.id}
        )


def _story(sweep: SweepRecord) -> None:
    with suppress(StreamlitPageNotFoundError):
        st.page_link(
            page("story"), label="Story", icon=":material/auto_stories:", query_params={"sweep": sweep.id}
        )


def _actions(sweep: SweepRecord, standing: Standing) -> None:
    """Draw the buttons that fit; each writes in its callback and may come twice."""
    sweeps = bench().sweeps
    if sweep.archived_at:
        _button("Restore", ":material/unarchive:", sweeps.unarchive, sweep)
        return
    if any(standing.states.get(each) for each in RESUMABLE):
        _button("Resume", ":material/play_arrow:", sweeps.resume, sweep)
    if sweep.wanted == "running" and not standing.over:
        _button("Pause", ":material/pause:", sweeps.pause, sweep)
    if sweep.wanted == "paused" or (sweep.wanted == "running" and not standing.over):
        _button("Cancel", ":material/stop:", sweeps.cancel, sweep)
    if standing.over:
        _button("Archive", ":material/inventory_2:", sweeps.archive, sweep)


def _button(label: str, icon: str, action: Callable[[str], None], sweep: SweepRecord) -> None:
    st.button(label, icon=icon, key=f"{label}-{sweep.id}", on_click=_do, args=(action, sweep.id))


def _do(action: Callable[[str], None], sweep_id: str) -> None:
    try:
        action(sweep_id)
    except WorkbenchError as error:
        flash(str(error))


def progress(sweep: SweepRecord, standing: Standing) -> None:
    """Show how many runs are done, and about how long the rest takes."""
    if sweep.archived_at:
        st.info(
            "This sweep is archived. Its runs stay; Restore brings it back.", icon=":material/inventory_2:"
        )
    done = standing.finished / standing.runs if standing.runs else 0.0
    st.progress(done, text=plain(_words(sweep, standing)))


def _words(sweep: SweepRecord, standing: Standing) -> str:
    if standing.over:
        if not standing.runs:
            return "Every run is deleted; restored on the Runs page, they are here again"
        if standing.finished == standing.runs:
            return "All runs are done"
        return f"{standing.finished:,} of {standing.runs:,} runs are done; Resume lets the others go on"
    done = f"{standing.finished:,} of {standing.runs:,} runs are done"
    if stopping := {"paused": "Pausing", "cancelled": "Cancelling"}.get(sweep.wanted):
        return f"{stopping}, {done}"
    words = done
    if (left := bench().sweeps.seconds_left(sweep.id)) is not None:
        words += f", about {duration(left)} left"
        if broken := standing.states.get("interrupted"):
            words += f" with the {count(broken, 'interrupted run')}, which Resume lets go on"
    if not any(standing.states.get(each) for each in ACTIVE):
        words += f". {waits(bench().sweeps.ahead(sweep.id))}"
    return words
