"""A map of the pool, on which one run's questions are replayed round by round."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.comparing import Comparison
from pages.parts import charts
from pages.parts.bench import bench


def pool(found: Comparison) -> None:
    """Draw the pool of one run and what it asked about up to a round."""
    names = {
        run.id: f"{group.title}, seed {run.config['seed']}"
        for group in found.groups
        for run in group.runs
        if run.rounds_done > 0 and bench().corpus_ready(run)
    }
    if not names:
        st.caption("Appears after the first query.")
        return
    runs = {run.id: run for run in found.runs}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_id = st.selectbox("Run", list(names), format_func=names.__getitem__, key="map-run", width=320)
        last = runs[run_id].rounds_done
        number = 1
        if last > 1:
            number = st.slider("Round", 1, last, last, key=f"map-round-{run_id}", width=320)
    points = _points(run_id, last, found)
    charts.show("compare-map", lambda: figures.pool_map(points, number), run_id, last, number)
    st.caption(
        "Texts that share words lie close together (truncated SVD of TF-IDF, of at most 3,000 texts). Two "
        "directions of thousands: what lies close may still differ."
    )


@st.cache_data(max_entries=20, show_spinner="Drawing the map")
def _points(run_id: str, rounds: int, _found: Comparison) -> pd.DataFrame:
    del rounds
    return _found.pool(next(run for run in _found.runs if run.id == run_id))
