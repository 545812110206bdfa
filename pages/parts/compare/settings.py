"""Which settings vary, and what came of each run."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from al_core import figures
from al_core.comparing import METRICS, Comparison, Goal, Prices, Stamp
from pages.parts import charts
from pages.parts.compare.curves import looks
from pages.parts.compare.measure import ask_goal, ask_metric

Result = Literal["last", "area", "reached"]
RESULTS: dict[str, Result] = {"After the last round": "last", "Area": "area", "Labels to target": "reached"}
HELP = (
    "Area: the mean over the labels that all runs of a task have spent. Labels to target: until a score was "
    "reached, and stayed."
)
WIDE = """<style>
.st-key-settings-lines { overflow-x: auto; }
.st-key-settings-lines > * { min-width: 640px; }
</style>"""
"""A phone scrolls the chart sideways, in its own frame: names of settings take the room they take."""


def settings(found: Comparison) -> None:
    """Draw a line for each run across what varies to its result, and the same as a table."""
    left, right = st.columns([2, 3], gap="medium")
    told = left.segmented_control(
        "Result",
        list(RESULTS),
        default=next(iter(RESULTS)),
        key="result",
        bind="query-params",
        required=True,
        help=HELP,
    )
    result = RESULTS[told]
    with right:
        metric, prices = ask_metric(found)
        goal = ask_goal(found, metric, prices) if result == "reached" else None
    what = told if result == "reached" else f"{METRICS[metric].title}{', area' if result == 'area' else ''}"
    kind = "labels" if result == "reached" else METRICS[metric].kind
    varied, results = _read(found.stamp, metric, prices, goal, found)

    def draw() -> figures.Chart:
        chosen = results.assign(result=results[result])
        return figures.settings_lines(varied, chosen, dict(looks(found)), what, kind)

    st.html(WIDE)
    with st.container(key="settings-lines"):
        charts.show("compare-settings", draw, found.stamp, metric, prices, goal, result)
    less = result == "reached" or METRICS[metric].less is True
    _table(varied, results[result].tolist(), what, kind, less)


@st.cache_data(max_entries=50, show_spinner=False)
def _read(
    stamp: Stamp, metric: str, prices: Prices, goal: Goal | None, _found: Comparison
) -> tuple[pd.DataFrame, pd.DataFrame]:
    del stamp
    return _found.varied(), _found.results(metric, prices, goal)


def _table(varied: pd.DataFrame, result: list[float], what: str, kind: str, less: bool) -> None:
    """Draw the same as a table, the best first."""
    if varied.columns.empty:
        return
    columns = {name: _column(varied[name].tolist()) for name in varied}
    shares = kind == "share"
    values = np.array(result, dtype=float) * (100 if shares else 1)
    table = pd.DataFrame(columns, index=varied.index)
    title = f"{what}{' (%)' if shares else ''}"
    # Infinity, a goal never reached, is no number to show; it comes last.
    table[title] = np.where(np.isfinite(values), values, np.nan)
    table["Run"] = [f"run?run={run_id}" for run_id in varied.index]
    table = table.iloc[np.argsort(values if less else -values, kind="stable")]
    form = {"share": "%.1f", "number": "%.3f", "labels": "%,.0f"}.get(kind, "%.2f")
    st.dataframe(
        table,
        hide_index=True,
        key="settings-table",
        placeholder="–",
        column_config={
            title: st.column_config.NumberColumn(format=form),
            "Run": st.column_config.LinkColumn(display_text="Open", width="small"),
        },
        alt=f"A line for each run: the settings that vary, and {what[:1].lower()}{what[1:]}, the best first",
    )


def _column(given: list[Any]) -> list[str] | list[float]:
    """Return a column that is either numbers or texts."""
    if all(each is None or isinstance(each, int | float) for each in given):
        return [np.nan if each is None else float(each) for each in given]
    return ["–" if each is None else str(each) for each in given]
