"""One run: state and progress, then the evidence. Everything updates while the run goes on."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.store.records import RunRecord
from al_core.store.states import ACTIVE
from al_core.tables import flat, to_csv
from pages.parts import charts
from pages.parts.bench import bench, fragment, show_flash
from pages.parts.evidence import calibration, errors, learning
from pages.parts.queried_texts import queried_texts
from pages.parts.run_actions import actions, progress_line
from pages.parts.run_decide import decide
from pages.parts.run_details import details
from pages.parts.start import start_button
from pages.parts.words import STATES, SYNTHETIC, ago, plain

LIVE = (*ACTIVE, "queued")
WAIT = "When the run has ended. Rounds and epochs are below."
TABS: dict[str, Callable[[RunRecord], None]] = {
    "Learning": learning,
    "Errors": errors,
    "Calibration": calibration,
    "Queried texts": queried_texts,
    "Decide": decide,
    "Settings and log": details,
}


def run_view(run_id: str) -> None:
    """Draw a run, every second anew while it is live. Raises `BadInput` if there is none."""
    try:
        run = bench().run(run_id)
    except BadInput:
        st.title("Run", anchor=False)
        raise
    st.title(plain(run.name), anchor=False)
    live = run.state in LIVE
    # A fragment in every state: leaving it at the end would draw the page a second time below itself.
    fragment(_body, 1 if live else None)(run_id, live)
    if live:
        _files(run_id)


def _body(run_id: str, was_live: bool) -> None:
    run = bench().run(run_id)
    if (run.state in LIVE) != was_live:
        st.rerun()
    show_flash()
    _head(run)
    progress_line(run)
    if run.state == "failed" and not bench().corpus_ready(run):
        start_button("Run the demo instead", PRESETS["demo"].config, "demo-instead")
    tabs = dict(zip(TABS, st.tabs(list(TABS), key="show", bind="query-params"), strict=True))
    shown = next((name for name, tab in tabs.items() if tab.open), None)
    if shown is not None:
        with tabs[shown], charts.without_files(WAIT if was_live else ""):
            TABS[shown](run)


def _files(run_id: str) -> None:
    """Draw what can be taken away of a run that goes on, outside of what a timer draws."""
    with st.container(horizontal=True, key="live-files"):
        _file("Rounds as CSV", f"rounds-{run_id}.csv", lambda: flat(bench().rounds(run_id)))
        _file("Epochs as CSV", f"epochs-{run_id}.csv", lambda: bench().epochs(run_id))


def _file(label: str, name: str, read: Callable[[], pd.DataFrame]) -> None:
    st.download_button(
        label,
        lambda: to_csv(read()),
        name,
        "text/csv",
        key=name,
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def _head(run: RunRecord) -> None:
    words, color, icon = STATES[run.state]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.badge(words, icon=icon, color=color)
            facts = [bench().title("strategies", run.config["strategy"]["name"]), bench().corpus_title(run)]
            if run.device:
                facts.append(f"{run.device['kind']} ({run.device['backend']})")
            st.caption(plain(" · ".join([*facts, f"started {ago(run.started_at or run.created_at)}"])))
        actions(run)
    if bench().is_synthetic(run):
        st.caption(f":material/info: {SYNTHETIC}")
    strategy = bench().entries("strategies").get(run.config["strategy"]["name"])
    if strategy and strategy.caution:
        st.warning(strategy.caution, icon=":material/warning:")
