"""The texts that a run asked about, page by page."""

from __future__ import annotations

import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench

PAGE = 10


def queried_texts(run: RunRecord) -> None:
    """Draw a table of the queried texts of one round or of all."""
    asked = bench().rounds(run.id)
    numbers = [int(number) for number in asked["round"] if number > 0]
    if not numbers:
        st.caption("Texts appear here after the first round.")
        return
    chosen = st.selectbox(
        "Round",
        [0, *numbers],
        format_func=lambda number: f"Round {number:,}" if number else "All rounds",
        key="asked-round",
        bind="query-params",
        width=240,
    )
    at = int(st.session_state.get(f"asked-page-{chosen}") or 1)
    page = bench().queries(run, chosen or None, PAGE, (at - 1) * PAGE)
    frame = page.frame.rename(columns=str.capitalize).drop(columns=["Rank"])
    frame["Label"] = frame["Label"].fillna("abstained")
    st.dataframe(
        frame.dropna(axis="columns", how="all"),
        hide_index=True,
        key="asked-table",
        height="content",
        column_order=["Text", "Label", "Predicted", "Score", "Round"],
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "Label": st.column_config.TextColumn(width="small"),
            "Round": st.column_config.NumberColumn(width="small"),
            "Score": st.column_config.NumberColumn(
                width="small", format="%.3f", help="The query strategy's score; higher was asked first."
            ),
            "Predicted": st.column_config.TextColumn(
                width="small", help="What the model thought before it was told."
            ),
        },
        alt="Texts that the run asked about, with label, prediction and score",
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{page.total:,} texts")
        if page.total > PAGE:
            st.pagination(-(-page.total // PAGE), key=f"asked-page-{chosen}", max_visible_pages=5)
