"""A chart on a page: the figure, its description, and its data to take away."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import plotly.graph_objects as go
import streamlit as st

from al_core import figures
from al_core.figures import Chart
from al_core.tables import to_csv

Draw = Callable[[], Chart]


def show(key: str, draw: Draw, *data: Hashable) -> None:
    """Draw a chart that keeps its zoom while it updates, with a button for its data.

    `data` names what the chart shows: while it stays the same, the chart is not drawn anew.
    """
    chart, figure = _drawn(key, data, st.context.theme.type == "dark", draw)
    with st.container(gap="xxsmall"):
        st.plotly_chart(figure, config=figures.CONFIG, alt=chart.alt, key=f"{key}-chart")
        st.download_button(
            "Data as CSV",
            lambda: to_csv(chart.data),
            file_name=f"{key}.csv",
            mime="text/csv",
            key=f"{key}-csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            disabled=chart.data.empty,
        )


def pair(left: tuple[str, Draw], right: tuple[str, Draw], *data: Hashable) -> None:
    """Draw two charts, each with its key, side by side; on a phone one below the other."""
    for column, (key, draw) in zip(st.columns(2, gap="medium"), (left, right), strict=True):
        with column:
            show(key, draw, *data)


# A figure costs 20 to 100 ms of a core that trains, and a page asks for four of them every second.
@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(key: str, data: tuple[Hashable, ...], dark: bool, _draw: Draw) -> tuple[Chart, go.Figure]:
    del key, data
    chart = _draw()
    return chart, chart.themed(dark)
