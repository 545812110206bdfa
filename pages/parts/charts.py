"""A chart on a page: the figure, its description, and its data to take away."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import plotly.graph_objects as go
import streamlit as st

from al_core import figures
from al_core.figures import Chart
from al_core.figures.style import traces
from al_core.tables import to_csv
from pages.parts.clicks import Point, clicked

Draw = Callable[[], Chart]
OnPoint = Callable[[Point | None], None]
_files_wait: ContextVar[str] = ContextVar("files_wait", default="")


@contextmanager
def without_files(why: str) -> Iterator[None]:
    """Draw charts whose data cannot be taken away here for now, and say why.

    For what a timer draws anew every second: a file that is clicked between two drawings is gone.
    """
    token = _files_wait.set(why)
    try:
        yield
    finally:
        _files_wait.reset(token)


def show(key: str, draw: Draw, *data: Hashable, on_point: OnPoint | None = None) -> None:
    """Draw a chart that keeps its zoom while it updates, with a button for its data.

    `data` names what the chart shows: while it stays the same, the chart is not drawn anew. `on_point` draws
    what stands right below the chart: where the point last clicked leads, or, before a click, what to click.
    """
    chart, figure = _drawn(key, data, st.context.theme.type == "dark", draw)
    with st.container(gap="xxsmall", key=f"{key}-frame" if on_point else None):
        st.plotly_chart(figure, config=figures.CONFIG, alt=chart.alt, key=f"{key}-chart")
        if on_point:
            on_point(clicked(f"{key}-frame", _lines(figure)))
        _file(key, chart)


def pair(
    left: tuple[str, Draw], right: tuple[str, Draw], *data: Hashable, on_point: OnPoint | None = None
) -> None:
    """Draw two charts, each with its key, side by side; on a phone one below the other.

    `on_point`: as of `show`, for the left one.
    """
    first, second = st.columns(2, gap="medium")
    with first:
        show(*left, *data, on_point=on_point)
    with second:
        show(*right, *data)


def _file(key: str, chart: Chart) -> None:
    label, icon = "Data as CSV", ":material/download:"
    if why := _files_wait.get():
        # As high as the other, so that nothing moves when it comes.
        st.button(label, key=f"{key}-wait", icon=icon, type="tertiary", disabled=True, help=why)
        return
    st.download_button(
        label,
        lambda: to_csv(chart.data),
        file_name=f"{key}.csv",
        mime="text/csv",
        key=f"{key}-csv",
        type="tertiary",
        icon=icon,
        on_click="ignore",
        disabled=chart.data.empty,
    )


def _lines(figure: go.Figure) -> str:
    """Return what stays the same as long as the lines that may be clicked stand for the same."""
    names = [f"{trace.meta} {trace.name}" for trace in traces(figure) if trace.meta is not None]
    return f"{zlib.crc32('; '.join(names).encode()):08x}"


# A figure costs 20 to 100 ms of a core that trains, and a page asks for four of them every second.
@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(key: str, data: tuple[Hashable, ...], dark: bool, _draw: Draw) -> tuple[Chart, go.Figure]:
    del key, data
    chart = _draw()
    return chart, chart.themed(dark)
