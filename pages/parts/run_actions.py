"""What a person may do with a run, and how far it is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from al_core.errors import WorkbenchError
from al_core.store.records import RunRecord
from al_core.store.states import ACTIVE, RESUMABLE
from pages.parts.bench import bench, flash
from pages.parts.words import PHASES, duration, plain, round_title, waits


def actions(run: RunRecord) -> None:
    """Draw the buttons that fit the state; each writes in its callback and may come twice."""
    with st.container(horizontal=True, width="content", key="run-actions"):
        if run.archived_at:
            _button("Undo delete", ":material/undo:", bench().restore, run)
            return
        if run.state in ACTIVE and run.wanted == "running":
            _button("Pause", ":material/pause:", bench().pause, run)
        if run.state in RESUMABLE:
            _button("Resume", ":material/play_arrow:", bench().resume, run)
        if run.state in (*ACTIVE, "queued") and run.wanted != "cancelled":
            _button("Cancel", ":material/stop:", bench().cancel, run)
        _button("Delete", ":material/delete:", bench().delete, run)


def _button(label: str, icon: str, action: Callable[[str], None], run: RunRecord) -> None:
    st.button(label, icon=icon, key=f"{label}-{run.id}", on_click=_do, args=(action, run.id))


def _do(action: Callable[[str], None], run_id: str) -> None:
    try:
        action(run_id)
    except WorkbenchError as error:
        flash(str(error))


def progress_line(run: RunRecord) -> None:
    """Show how far the run is, with the time left; or how it ended."""
    if run.archived_at:
        st.info("This run is deleted. Undo brings it back.", icon=":material/delete:")
    if run.state == "failed":
        st.error(plain(run.message), icon=":material/error:")
        return
    fraction = 1.0 if run.state == "finished" else float((run.progress or {}).get("fraction") or 0.0)
    # An ended run keeps its bar, so that nothing below it moves.
    st.progress(min(1.0, fraction), text=plain(_words(run)))


def _words(run: RunRecord) -> str:
    if run.state == "queued":
        return waits(bench().ahead(run.id))
    return _progress(run) if run.state in ACTIVE else run.message


def _progress(run: RunRecord) -> str:
    told = run.progress or {}
    parts = [told.get("detail") or PHASES.get(told.get("phase", ""), "Starting")]
    if told.get("round") is not None:
        parts.append(round_title(told["round"]).lower())
    if told.get("phase") == "fit" and told.get("epoch"):
        parts.append(f"epoch {told['epoch']} of {told['epochs']} at most")
    if (left := told.get("seconds_left")) is not None:
        parts.append(f"about {duration(left)} left")
    wanted = {"paused": "Pausing: ", "cancelled": "Cancelling: "}.get(run.wanted, "")
    return wanted + ", ".join(parts)
