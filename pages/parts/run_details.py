"""The settings, the log and the time of a run."""

from __future__ import annotations

import streamlit as st

from al_core import figures
from al_core.store.records import RunRecord
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.run_words import run_words
from pages.parts.start import start_button
from pages.parts.words import plain


def details(run: RunRecord) -> None:
    """Draw what decided the run, what it said, and where its time went."""
    config = run.run_config()
    run_words(run)
    log, settings = st.columns([3, 2], gap="medium")
    with log:
        st.subheader("Log", anchor=False)
        st.code(bench().log(run.id) or "Nothing logged yet.", language=None, height=360, wrap_lines=True)
    with settings:
        st.subheader("Settings", anchor=False)
        with st.container(height=360):
            st.json(config.model_dump(mode="json"), expanded=2)
        st.download_button(
            "Settings as a file",
            config.model_dump_json(indent=2),
            f"run-{run.id}.json",
            "application/json",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            help="Also for the command line: python -m al_core run FILE",
        )
        st.caption(plain(f"Carried out by version {run.code_version}."))
        start_button("Run again", config, f"again-{run.id}", kind="secondary")
    rounds = bench().rounds(run.id)
    charts.show("seconds", lambda: figures.seconds(rounds), run.id, len(rounds))
