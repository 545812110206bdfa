"""The comparison to take away: as one HTML file, or everything as files."""

from __future__ import annotations

import streamlit as st

from al_core import reporting
from al_core.comparing import Comparison, Goal, Prices
from pages.parts.bench import bench
from pages.parts.compare.choice import chosen_sweep


def report(found: Comparison, metric: str, prices: Prices, goal: Goal | None) -> None:
    """Draw the buttons; nothing is computed before one of them is clicked."""
    store, sweep_id = bench().store, chosen_sweep()
    name = f"comparison-{sweep_id}" if sweep_id else "comparison"

    def subject() -> reporting.Subject:
        return reporting.subject_of(store, found, sweep_id)

    def page() -> bytes:
        return reporting.html(found, subject(), metric, prices, goal).encode()

    def files() -> bytes:
        return reporting.bundle(found, subject(), metric, prices, goal)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Report as HTML",
            page,
            file_name=f"{name}.html",
            mime="text/html",
            key="compare-report-html",
            icon=":material/description:",
            on_click="ignore",
            help="One file with the charts, verdicts, tables and settings, for the metric and target above. "
            "It works without a network, and each chart in it can be saved as PNG or SVG.",
        )
        st.download_button(
            "Everything as ZIP",
            files,
            file_name=f"{name}.zip",
            mime="application/zip",
            key="compare-report-zip",
            icon=":material/folder_zip:",
            on_click="ignore",
            help="The report; every run, round, epoch, question, confusion matrix and verdict as CSV and "
            "Parquet; the data of each chart as CSV; settings as JSON. Texts are named by their row.",
        )
