"""One run: state and progress, then the evidence. Everything updates while the run goes on."""

from __future__ import annotations

import streamlit as st

from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.store.records import RunRecord
from al_core.store.states import ACTIVE
from pages.parts.bench import bench, show_flash
from pages.parts.evidence import calibration, errors, learning
from pages.parts.queried_texts import queried_texts
from pages.parts.run_actions import actions, progress_line
from pages.parts.run_details import details
from pages.parts.start import start_button
from pages.parts.words import STATES, SYNTHETIC, ago, plain

LIVE = (*ACTIVE, "queued")
TABS = ["Learning", "Errors", "Calibration", "Queried texts", "Settings and log"]


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
    st.fragment(_body, run_every=1 if live else None)(run_id, live)


def _body(run_id: str, was_live: bool) -> None:
    run = bench().run(run_id)
    if (run.state in LIVE) != was_live:
        st.rerun()
    show_flash()
    _head(run)
    progress_line(run)
    if run.state == "failed" and not bench().corpus_ready(run):
        start_button("Run the demo instead", PRESETS["demo"].config, "demo-instead")
    charts, wrong, trust, texts, rest = st.tabs(TABS, key="show", bind="query-params")
    if charts.open:
        with charts:
            learning(run)
    elif wrong.open:
        with wrong:
            errors(run)
    elif trust.open:
        with trust:
            calibration(run)
    elif texts.open:
        with texts:
            queried_texts(run)
    elif rest.open:
        with rest:
            details(run)


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
