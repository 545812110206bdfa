"""A map of the pool, on which one run's questions are replayed round by round."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.comparing import Comparison
from al_core.comparing.places import by_neighbours, by_words, umap_there
from al_core.comparing.words import SAMPLED
from al_core.errors import Unavailable
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.words import plain

Way = Literal["SVD", "UMAP"]
WAYS: dict[Way, str] = {
    "SVD": "Texts that share words lie close together (truncated SVD of TF-IDF, of at most 3,000 texts). Two "
    "directions of thousands: what lies close may still differ.",
    "UMAP": "Texts whose nearest neighbours are the same lie close together (UMAP of 50 directions of "
    "TF-IDF, of at most 3,000 texts). How far groups lie apart, and how large they are, says nothing.",
}

MORE = "A second map, by UMAP, is offered where the package umap-learn is installed."


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
    way: Way = "SVD"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_id = st.selectbox("Run", list(names), format_func=names.__getitem__, key="map-run", width=320)
        if umap_there():
            way = st.segmented_control("Map by", WAYS, default="SVD", key="map-way", required=True)
        last = runs[run_id].rounds_done
        number = 1
        if last > 1:
            number = st.slider("Round", 1, last, last, key=f"map-round-{run_id}", width=320)
    points = _points(run_id, last, way, found)
    if isinstance(points, str):
        st.error(plain(points), icon=":material/error:")
        again = (run_id, last, way, found)
        st.button("Try again", icon=":material/refresh:", key="map-again", on_click=_points.clear, args=again)
        return
    asked = found.asked.queried
    counts = Counter(asked.loc[asked["run"] == run_id, "round"].tolist())
    charts.show("compare-map", lambda: figures.pool_map(points, number, counts), run_id, last, number, way)
    cut = len(points.dropna(subset=["round"])) < counts.total()
    st.caption(" ".join([*([SAMPLED] if cut else []), WAYS[way], *([] if umap_there() else [MORE])]))


# What failed is kept too: the next try would take as long, and is for a person to ask for.
@st.cache_data(max_entries=20, show_spinner="Drawing the map")
def _points(run_id: str, rounds: int, way: Way, _found: Comparison) -> pd.DataFrame | str:
    del rounds
    run = next(run for run in _found.runs if run.id == run_id)
    try:
        return _found.asked.pool(run, by_neighbours if way == "UMAP" else by_words)
    except Unavailable as error:
        return str(error)
