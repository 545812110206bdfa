"""The latest round of a run in a few numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st


def headline(rounds: pd.DataFrame, two: bool) -> None:
    """Show the latest round in a few numbers; dashes until there is one."""
    done, baseline = rounds[rounds["round"] >= 0], rounds[rounds["round"] == -1]
    last = None if done.empty else done.iloc[-1]
    bar = None if baseline.empty else baseline.iloc[0]

    def count(column: str) -> str:
        return "–" if last is None else f"{int(last[column]):,}"

    accuracy = "–" if last is None else f"{last['test_accuracy']:.1%}"
    full = "–" if bar is None else f"{bar['test_accuracy']:.1%}"
    with st.container(horizontal=True, key="numbers"):
        st.metric("Labels spent", count("labels"), width=140)
        st.metric(
            "Validation labels",
            count("validation_n"),
            width=140,
            help="Besides those spent. They steer training, queries and criteria, and calibrate.",
        )
        if last is not None and last["cost"] > 0:
            st.metric(
                "Cost", f"{last['cost']:,.2f}", width=140, help="All answers so far, the initial ones too."
            )
        st.metric("Test accuracy", accuracy, width=140)
        st.metric("With all labels", full, width=140, help="Test accuracy of the full-data baseline.")
        if two:
            st.metric("False negatives", count("test_fn"), width=140, help="Positives missed, on test.")
            st.metric("False positives", count("test_fp"), width=140, help="False alarms, on test.")
        else:
            st.metric("Errors", count("test_fn"), width=140, help="Texts of test in a wrong class.")
    if last is not None and pd.notna(last["test_seen"]):
        others = f", on others {last['test_unseen']:.1%}" if pd.notna(last["test_unseen"]) else ""
        st.caption(
            f":material/warning: This split leaves copies of a text on both sides. On test texts that also "
            f"stand in training {last['test_seen']:.1%}{others}."
        )
