"""The first test texts, with what the latest model says and what is true."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench


def first_texts(run: RunRecord, rounds: pd.DataFrame) -> None:
    """Draw a small table; nothing for a run from before predictions were kept."""
    done = rounds[rounds["round"] >= 0]
    first = None if done.empty else done.iloc[-1]["test_first"]
    if not first:
        return
    st.subheader("First test texts", anchor=False)
    frame = bench().first_texts(run, first)
    frame.insert(1, "Right", frame["predicted"] == frame["label"])
    st.dataframe(
        frame.rename(columns={"text": "Text", "predicted": "Model", "label": "Truth"}),
        hide_index=True,
        key="first-texts",
        height="content",
        column_order=["Text", "Model", "Truth", "Right"],
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "Model": st.column_config.TextColumn(width="small", help="After the latest round."),
            "Truth": st.column_config.TextColumn(width="small"),
            "Right": st.column_config.CheckboxColumn(width="small"),
        },
        alt="The first test texts with the model's class, the true class and whether they agree",
    )
