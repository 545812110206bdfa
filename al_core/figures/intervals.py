"""Values with their intervals: a line with a band over models, dots with whiskers in rows."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.style import PHONE, legend_above, numbers, plain

MOST_ROWS = 40
"""Classes or people past which the rest is left to the table."""
MOST_SPOKEN = 5
WIDEST = 22
"""Letters of running text, 7 pixels each, that the name of a row may be as wide as."""
CROWDED = 40
"""Points past which markers of the usual size would run into one thick line."""
AXIS = 56
"""Pixels below the rows: the axis and its title."""
TOPS = {0.1: 0.02, 0.25: 0.05, 0.5: 0.1, 1.0: 0.25}
"""Where an axis of shares may end, and its step: few, so that it seldom moves while it updates."""


def line_with_band(
    figure: go.Figure,
    table: pd.DataFrame,
    x: str,
    estimate: tuple[str, str, str],
    name: str,
    style: dict[str, str],
    said: list[str],
    interval: str | None = None,
) -> None:
    """Draw a value over x with a faint band between its ends, and whiskers where there is no band to see.

    estimate: the columns of the value, its low and its high end; said: the hover text of each row;
    interval: what the legend calls the band.
    """
    value, low, high = estimate
    # By x, as a label taken back makes a later model one of fewer labels.
    drawn = table.assign(said=said).sort_values([x, "version"]).reset_index(drop=True)
    color = style["color"]
    alone = _band(figure, drawn, x, estimate, color, interval)
    whiskers: dict[str, Any] = {}
    if alone.any():
        over, under = drawn[high] - drawn[value], drawn[value] - drawn[low]
        whiskers["error_y"] = {
            "type": "data",
            "array": np.where(alone, np.maximum(over, 0), np.nan),
            "arrayminus": np.where(alone, np.maximum(under, 0), np.nan),
            "color": color,
            "thickness": 1.5,
            "width": 5,
        }
    figure.add_scatter(
        x=drawn[x],
        y=drawn[value],
        name=name,
        mode="lines+markers",
        line={"color": color, "dash": style["dash"], "width": 2.5},
        marker={"color": color, "symbol": style["symbol"], "size": marker_size(drawn)},
        customdata=drawn["said"],
        hovertemplate="%{customdata}<extra></extra>",
        **whiskers,
    )


def _band(
    figure: go.Figure,
    drawn: pd.DataFrame,
    x: str,
    estimate: tuple[str, str, str],
    color: str,
    interval: str | None,
) -> npt.NDArray[np.bool_]:
    """Fill between the ends, one piece per run of models that have them; return the rows left out."""
    places, (value, low, high) = drawn[x].to_numpy(), (drawn[column].to_numpy() for column in estimate)
    known = ~np.isnan(value + low + high)
    alone = known.copy()
    xs: list[float | None] = [None]
    ys: list[float | None] = [None]
    # Where a run of known rows begins and where the next unknown one comes.
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    for run in (slice(start, end) for start, end in edges.reshape(-1, 2)):
        if np.ptp(places[run]) == 0:
            continue
        alone[run] = False
        xs += [*places[run].tolist(), *places[run][::-1].tolist(), None]
        ys += [*high[run].tolist(), *low[run][::-1].tolist(), None]
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    # Without a piece too, so that the legend stays as it is when the second model comes.
    figure.add_scatter(
        x=xs,
        y=ys,
        name=interval or "Interval",
        showlegend=interval is not None,
        legendrank=1001,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, 0.24)",
        hoverinfo="skip",
    )
    return alone


def dots(
    figure: go.Figure,
    drawn: pd.DataFrame,
    places: npt.NDArray[np.number],
    estimate: tuple[str, str, str],
    name: str,
    marker: dict[str, Any],
    whisker: str,
    before: Sequence[str],
    after: Sequence[str] = (),
) -> None:
    """Draw a value with its interval in each row; before, after: what the hover says around the numbers."""
    value, low, high = (drawn[column].to_numpy() for column in estimate)
    figure.add_scatter(
        x=value,
        y=places,
        name=name,
        mode="markers",
        marker=marker,
        # The half of a marker at 0 beyond the edge of a narrow plot is seen too.
        cliponaxis=False,
        error_x={
            "type": "data",
            "array": np.maximum(high - value, 0),
            "arrayminus": np.maximum(value - low, 0),
            "color": whisker,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=[
            f"{start}{with_interval(*row)}{end}"
            for start, end, *row in zip(before, after or [""] * len(drawn), value, low, high, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def name_rows(
    figure: go.Figure,
    names: Sequence[str],
    pixels: int,
    left: int,
    x: str,
    what: str,
    *,
    legend_width: int = PHONE,
) -> None:
    """Name the rows, the first on top, and make the figure as tall as they need."""
    layout: Any = figure["layout"]
    if layout.showlegend:
        legend_above(figure, legend_width)
    else:
        figure.update_layout(margin={"t": 40})
    around = layout.margin.t + AXIS
    height = max(layout.height, around + pixels * len(names))
    # The legend a fixed distance above the rows, however tall they are.
    figure.update_layout(height=height, hovermode="closest", legend={"y": 1 + 7 / (height - around)})
    more = f" ({left:,} more {what} in the table)" if left else ""
    figure.update_xaxes(title={"text": f"{x}{more}"}, showgrid=True, tickangle=0)
    # By place, not by name: two that are cut alike stay two rows.
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=list(names),
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
    )


def share_axis(
    figure: go.Figure, axis: str, drawn: pd.DataFrame, estimates: Sequence[tuple[str, str]]
) -> None:
    """Make the x- or y-axis one of shares, from 0 to the next of a few ends.

    estimates: the columns of each value drawn, and of its high end.
    """
    pairs = [(drawn[value].to_numpy(), drawn[high].to_numpy()) for value, high in estimates]
    # An end without a value, as of a class never drawn, is not on the chart.
    ends = [np.where(np.isnan(value), np.nan, np.fmax(value, high)) for value, high in pairs]
    highest = float(np.nanmax(np.concatenate(ends)))
    top = next((each for each in TOPS if each >= highest), highest)
    update = figure.update_xaxes if axis == "x" else figure.update_yaxes
    update(range=[-0.04 * top, 1.04 * top], tickformat=".1~%", dtick=TOPS.get(top))


def named(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return the name as text and the columns as numbers, every row kept."""
    table = numbers(frame, columns, [])
    names = frame[name] if name in frame else pd.Series("", index=frame.index)
    table.insert(0, name, ["" if pd.isna(each) else str(each) for each in names])
    return table


def most_rows(table: pd.DataFrame, size: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Return the rows that there is room for: the largest, in the order they had, with their index."""
    largest = np.argsort(-np.nan_to_num(size, nan=-1), kind="stable")[:MOST_ROWS]
    return table.iloc[np.sort(largest)]


def spoken_rows(drawn: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows that alternative text has room for."""
    rows = drawn.head(MOST_SPOKEN).to_dict("records")
    return [{str(column): value for column, value in row.items()} for row in rows]


def with_interval(value: float, low: float, high: float) -> str:
    """Return a share as text, its ends in brackets where they are known."""
    if np.isnan(value):
        return "not known yet"
    return f"{value:.1%}" + ("" if np.isnan(low + high) else f" ({low:.1%} to {high:.1%})")


def short_name(name: str) -> str:
    """Return a name as a row of a chart has room for it, on a phone too, whatever its letters."""
    cuts = (plain(name, letters) for letters in range(20, 9, -1))
    fitting = (cut for cut in cuts if sum(map(_width, html.unescape(cut))) <= WIDEST)
    return next(fitting, plain(name, 10))


def _width(letter: str) -> float:
    """Return about how wide a letter is, in those of running text."""
    if letter in "MW@" or unicodedata.east_asian_width(letter) in "WF":
        return 2
    return 1.3 if letter.isupper() else 1


def said_name(name: str) -> str:
    """Return a name as alternative text says it: one line, cut, no markup to escape."""
    return html.unescape(plain(name, 40))


def left_out(count: int, what: str) -> str:
    """Return how alternative text ends that has no room for `count` more."""
    return f" And {count:,} more {what}." if count > 0 else ""


def marker_size(drawn: pd.DataFrame) -> int:
    """Return the pixels of a marker, few where there are many."""
    return 8 if len(drawn) <= CROWDED else 4
