"""Charts of the story: few words, large marks, and rounds that play by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.comparison import Groups, group_styles
from al_core.figures.intervals import said_name
from al_core.figures.style import (
    ACCENT,
    BASELINE,
    FAINT,
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    NAMES,
    RANDOM,
    TEXT,
    Chart,
    baseline_line,
    canvas,
    empty,
    label_axis,
    numbers,
    plain,
    strategy_style,
)

TALL = 440
"""Pixels of a chart that stands alone on a wall."""
BELOW = 122
"""Pixels under a plot that plays: its axis, the buttons and the slider."""
MOST_FRAMES = 60
FRAME = 90
"""Milliseconds that one round stays while they play."""
TOP = 68
WHEN = "Appears after the first fit"
PANELS = {"fn": FALSE_NEGATIVE, "fp": FALSE_POSITIVE}
SIZE = 16
"""Pixels of the letters that must be read from the back of a room."""


def story_cost(line: pd.DataFrame, currency: str) -> Chart:
    """Draw what labels cost: a line from none to all. line: labels, money, ascending."""
    table = numbers(line, ["labels", "money"], ["labels", "money"])
    figure = canvas("Cost by labels", "", "", revision="story-cost", height=TALL)
    if table.empty:
        return empty(figure, "Appears with a number of texts", table)
    last = table.iloc[-1]
    label_axis(figure, [int(each) for each in table["labels"]])
    figure.add_scatter(
        x=table["labels"],
        y=table["money"],
        mode="lines",
        line={"color": ACCENT, "width": 3.5},
        fill="tozeroy",
        fillcolor=_faint(ACCENT),
        hovertemplate=f"{plain(currency)}%{{y:,.0f}}<extra></extra>",
    )
    _head(figure, last["labels"], last["money"], f"{plain(currency)}{last['money']:,.0f}", ACCENT, "top left")
    figure.update_xaxes(title={"text": "Labels"}, range=[0, 1.03 * max(last["labels"], 1)])
    figure.update_yaxes(
        tickprefix=plain(currency), tickformat=",.3~s", range=[0, 1.15 * max(last["money"], 1)], nticks=5
    )
    figure.update_layout(showlegend=False, margin={"t": 40})
    alt = f"A line: {last['labels']:,.0f} labels cost {currency.strip()} {last['money']:,.0f}."
    return Chart(figure, alt, table)


def story_curves(
    bands: pd.DataFrame,
    groups: Groups,
    baseline: float | None = None,
    target: float | None = None,
    needed: Mapping[str, float] | None = None,
) -> Chart:
    """Draw accuracy by labels, mean over seeds with its 95 % band, and let the rounds play.

    bands: group, labels, mean, low, high; baseline: the accuracy with all labels, dashed; target: the
    accuracy to reach; needed: how many labels each group takes to it, where it gets there.
    """
    table = _bands(bands)
    figure = canvas("Accuracy by labels", "", "Accuracy on test", revision="story-curves", height=TALL)
    shown = [(name, strategy) for name, strategy in groups if name in set(table["group"])]
    if not shown:
        return empty(figure, WHEN, table)
    styles, alt = group_styles(shown), "Lines with bands over seeds: accuracy by labels."
    parts: list[list[_Line]] = []
    for place, (name, strategy) in enumerate(shown):
        mine, quiet = table.loc[table["group"] == name], strategy == "random"
        color, label = styles[name]["color"], plain(name, 28)
        side = "bottom center" if quiet else "top center"
        parts.append([_Line(mine, color, place, side, "{:.0%}", band=True)])
        figure.add_scatter(
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=_faint(color),
            hoverinfo="skip",
            showlegend=False,
        )
        _line(figure, color, label, "%{y:.1%}", quiet)
        _head(figure, None, None, "", color, side, styles[name]["symbol"])
        first, last = mine.iloc[0], mine.iloc[-1]
        alt += f" {said_name(name)}: {first['mean']:.1%} at {first['labels']:,.0f} labels"
        alt += f", {last['mean']:.1%} at {last['labels']:,.0f}."
    lines = [line for part in parts for line in part]
    ends = table["labels"].max()
    levels = [table[["mean", "low", "high"]].to_numpy().ravel()]
    if target is not None and np.isfinite(target):
        alt += _needed(figure, target, needed or {}, {name: styles[name]["color"] for name, _ in shown})
        levels.append(np.array([target]))
    if baseline is not None and np.isfinite(baseline):
        baseline_line(figure, baseline)
        _written(figure, baseline, f"All labels {baseline:.0%}")
        levels.append(np.array([baseline]))
        alt += f" All labels: {baseline:.1%}."
    spread = np.concatenate(levels)
    low, high = np.nanmin(spread), np.nanmax(spread)
    room = max(0.08 * (high - low), 0.01)
    label_axis(figure, [int(each) for each in table["labels"]])
    figure.update_xaxes(range=[0, 1.06 * ends])
    figure.update_yaxes(tickformat=".0%", range=[low - room, high + room])
    _play(figure, lines, 3)
    return Chart(figure, alt, table)


def story_errors(rates: Mapping[str, pd.DataFrame], groups: Groups) -> Chart:
    """Draw false negatives and false positives per 1,000 texts by labels, one panel each, and let them play.

    rates: bands (group, labels, mean, low, high) of "fn" and of "fp". Random is grey; what asks has the
    colour of its kind of error.
    """
    parts = {kind: _bands(band) for kind, band in rates.items() if kind in PANELS}
    table = pd.concat([part.assign(kind=kind) for kind, part in parts.items()] or [_bands(pd.DataFrame())])
    table = table.reset_index(drop=True)
    figure = canvas("Errors per 1,000 texts", "", "", revision="story-errors", height=TALL)
    shown = [(name, strategy) for name, strategy in groups if name in set(table["group"])]
    if not shown:
        return empty(figure, WHEN, table)
    figure.set_subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.06,
        subplot_titles=["Missed (FN)", "False alarms (FP)"],
    )
    alt, lines = "Two panels of lines: errors per 1,000 texts by labels.", []
    for column, (kind, part) in enumerate(parts.items(), start=1):
        said = []
        for place, (name, strategy) in enumerate(shown):
            mine, quiet = part.loc[part["group"] == name], strategy == "random"
            if mine.empty:
                continue
            color, side = RANDOM if quiet else PANELS[kind], "top center" if quiet else "bottom center"
            lines.append(_Line(mine, color, place, side, "{:.0f}"))
            label = plain(name, 28)
            _line(figure, color, label, "%{y:.0f}", quiet, row=1, col=column, showlegend=False)
            symbol = strategy_style(strategy)["symbol"]
            _head(figure, None, None, "", color, side, symbol, row=1, col=column)
            said.append(f"{said_name(name)} {mine['mean'].iloc[0]:.0f} to {mine['mean'].iloc[-1]:.0f}")
        alt += f" {NAMES[kind]}: {', '.join(said)}."
    for name, strategy in shown:
        # In grey: the colour on the panels is that of the kind of error.
        _line(figure, RANDOM, plain(name, 28), "", strategy == "random", x=[None], y=[None])
    label_axis(figure, [int(each) for each in table["labels"]], 4)
    figure.update_xaxes(range=[0, 1.1 * table["labels"].max()], showgrid=False, zeroline=False)
    figure.update_yaxes(range=[0, 1.12 * table["mean"].max()], tickformat=",", nticks=5, zeroline=False)
    figure.update_annotations(font={"size": SIZE}, yshift=2)
    _play(figure, lines, 2)
    figure.update_layout(
        margin={"t": TOP + 26}, legend={"y": 1 + 30 / (TALL - TOP - 26 - BELOW), "yanchor": "bottom"}
    )
    return Chart(figure, alt, table)


def story_saved(rows: pd.DataFrame, currency: str) -> Chart:
    """Draw what it costs to label everything, at random and by asking, as bars from the top down.

    rows: name, strategy ("" for everything), labels, money, said (the words over the bar).
    """
    table = numbers(rows, ["labels", "money"], [])
    for column in ("name", "strategy", "said"):
        table.insert(0, column, rows[column].astype("str").tolist() if column in rows else [])
    figure = canvas("Cost", "", "", revision="story-saved", height=TALL - 60)
    if table.empty:
        return empty(figure, WHEN, table)
    shades = [strategy_style(each)["color"] if each else BASELINE for each in table["strategy"]]
    places = list(range(len(table)))
    figure.add_bar(
        x=table["money"],
        y=places,
        orientation="h",
        width=0.36,
        marker={
            "color": [
                _faint(shade) if not each else shade
                for shade, each in zip(shades, table["strategy"], strict=True)
            ],
            "line": {"color": shades, "width": 1.5},
        },
        customdata=[plain(each, 60) for each in table["said"]],
        hovertemplate="%{customdata}<extra></extra>",
    )
    for place, name, said in zip(places, table["name"], table["said"], strict=True):
        figure.add_annotation(
            x=0,
            xref="paper",
            xanchor="left",
            y=place,
            yanchor="bottom",
            yshift=20,
            text=f"<b>{plain(name)}</b>  {plain(said, 60)}",
            showarrow=False,
            align="left",
            font={"size": SIZE - 1},
        )
    figure.update_yaxes(visible=False, range=[len(table) - 0.6, -0.75])
    figure.update_xaxes(
        title={"text": "Cost"}, tickprefix=plain(currency), tickformat=",.3~s", rangemode="tozero", nticks=5
    )
    figure.update_layout(showlegend=False, hovermode="closest", margin={"t": 34})
    alt = "Bars of cost. " + " ".join(
        f"{said_name(name)}: {said}." for name, said in zip(table["name"], table["said"], strict=True)
    )
    return Chart(figure, alt, table)


class _Line:
    """One line that grows while the rounds play: its points, and how its head is written."""

    def __init__(
        self, points: pd.DataFrame, color: str, place: int, side: str, words: str, *, band: bool = False
    ) -> None:
        self.color, self.place, self.side, self.words, self.band = color, place, side, words, band
        self.x = points["labels"].to_numpy()
        self.mean, self.low, self.high = (
            points[name].to_numpy().round(4) for name in ("mean", "low", "high")
        )

    def traces(self, labels: float) -> list[go.Scatter]:
        """Return what it looks like once so many labels are spent: band, line and head."""
        n = int(np.searchsorted(self.x, labels, side="right"))
        x, y = self.x[:n], self.mean[:n]
        drawn = [
            go.Scatter(x=x, y=y),
            go.Scatter(x=x[-1:], y=y[-1:], text=[self.words.format(e) for e in y[-1:]]),
        ]
        if self.band:
            known = np.isfinite(self.low[:n] + self.high[:n])
            ring = [*x[known], *x[known][::-1]]
            ends = [*self.high[:n][known], *self.low[:n][known][::-1]]
            drawn.insert(0, go.Scatter(x=ring, y=ends))
        return drawn


def _play(figure: go.Figure, lines: Sequence[_Line], each: int) -> None:
    """Fill the lines' traces, `each` a line, and add what lets the rounds play: frames, buttons, a slider."""
    steps = np.unique(np.concatenate([line.x for line in lines]))
    if len(steps) > MOST_FRAMES:
        steps = steps[np.unique(np.linspace(0, len(steps) - 1, MOST_FRAMES).round().astype(int))]
    moved = list(range(each * len(lines)))
    last = [trace for line in lines for trace in line.traces(steps[-1])]
    for place, trace in zip(moved, last, strict=True):
        figure["data"][place].update(x=trace.x, y=trace.y)
        if trace.text is not None:
            figure["data"][place].update(text=trace.text)
    figure.update_layout(margin={"t": TOP, "b": 8})
    if len(steps) < 2:
        return
    figure.frames = [
        go.Frame(
            name=f"{labels:.0f}",
            data=[trace for line in lines for trace in line.traces(labels)],
            traces=moved,
        )
        for labels in steps
    ]
    at_once: dict[str, Any] = {
        "mode": "immediate",
        "frame": {"duration": 0, "redraw": False},
        "transition": {"duration": 0},
    }
    playing = {**at_once, "frame": {"duration": FRAME, "redraw": False}, "fromcurrent": True}
    under = TALL - TOP - BELOW
    figure.update_layout(
        margin={"b": BELOW},
        updatemenus=[
            {
                "type": "buttons",
                "direction": "right",
                "showactive": False,
                "x": 0,
                "xanchor": "left",
                "y": -62 / under,
                "yanchor": "top",
                "pad": {"t": 6, "r": 0},
                "bgcolor": "rgba(0, 0, 0, 0)",
                "bordercolor": FAINT,
                # Plotly's ground under the pointer is near white in both themes; this is read on all.
                "font": {"color": ACCENT, "size": SIZE},
                "buttons": [
                    {"label": "Replay", "method": "animate", "args": [None, playing]},
                    {"label": "Pause", "method": "animate", "args": [[None], at_once]},
                ],
            }
        ],
        sliders=[
            {
                "active": len(steps) - 1,
                "x": 0,
                "len": 1,
                "y": -62 / under,
                "yanchor": "top",
                "pad": {"l": 168, "t": 0, "r": 12},
                "ticklen": 0,
                "minorticklen": 0,
                "borderwidth": 0,
                "bgcolor": _faint(ACCENT, 0.5),
                "activebgcolor": ACCENT,
                "bordercolor": ACCENT,
                # The axis above has the numbers.
                "font": {"color": "rgba(0, 0, 0, 0)", "size": 1},
                "currentvalue": {"font": {"color": TEXT[None], "size": 13}, "suffix": " labels", "offset": 4},
                "steps": [
                    {"label": f"{labels:,.0f}", "method": "animate", "args": [[f"{labels:.0f}"], at_once]}
                    for labels in steps
                ],
            }
        ],
    )


def _line(figure: go.Figure, color: str, name: str, hover: str, quiet: bool, **more: Any) -> None:
    """Add a line without points yet; what asks is drawn heavier than random."""
    figure.add_scatter(
        mode="lines",
        name=name,
        line={"color": color, "width": 2.5 if quiet else 4, "dash": "dot" if quiet else "solid"},
        hovertemplate=hover,
        **more,
    )


def _head(
    figure: go.Figure,
    x: float | None,
    y: float | None,
    text: str,
    color: str,
    side: str,
    symbol: str = "circle",
    **more: Any,
) -> None:
    """Add the end of a line: a mark, and its value in large letters."""
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers+text",
        text=[text],
        textposition=side,
        textfont={"color": color, "size": SIZE + 2, "weight": "bold"},
        marker={"color": color, "size": 12, "symbol": symbol},
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
        **more,
    )


def _needed(figure: go.Figure, target: float, needed: Mapping[str, float], colors: Mapping[str, str]) -> str:
    """Draw the target as a faint line, and under it how many labels each group takes; return it in words."""
    reached = {name: labels for name, labels in needed.items() if name in colors and np.isfinite(labels)}
    figure.add_shape(
        type="line",
        xref="x domain",
        x0=0,
        x1=1,
        y0=target,
        y1=target,
        layer="below",
        line={"color": RANDOM, "width": 1},
    )
    _written(figure, target, f"Target {target:.0%}")
    said = f" Target: {target:.1%}."
    for name, labels in reached.items():
        figure.add_shape(
            type="line",
            x0=labels,
            x1=labels,
            yref="paper",
            y0=0,
            y1=0,
            layer="below",
            line={"color": colors[name], "width": 2},
        )
        figure["layout"]["shapes"][-1].update(yref="y", y0=-1, y1=target)
        # The one that needs fewer to the left of its line, the other to the right: they may lie close.
        left = labels == min(reached.values())
        figure.add_annotation(
            x=labels,
            y=0,
            yref="paper",
            xanchor="right" if left else "left",
            yanchor="bottom",
            xshift=-4 if left else 4,
            text=f"<b>{labels:,.0f}</b>",
            showarrow=False,
            font={"color": colors[name], "size": SIZE + 2},
        )
        said += f" {said_name(name)} takes {labels:,.0f} labels to it."
    return said


def _written(figure: go.Figure, y: float, text: str) -> None:
    """Say on a level what it is, at its left end, where curves are low."""
    figure.add_annotation(
        x=0, xref="x domain", xanchor="left", y=y, yanchor="bottom", text=text, showarrow=False
    )


def _bands(bands: pd.DataFrame) -> pd.DataFrame:
    """Return group, labels, mean, low and high where there is a mean, by labels."""
    table = numbers(bands, ["labels", "mean", "low", "high"], [])
    table.insert(0, "group", bands["group"].astype("str").tolist() if "group" in bands else [])
    return table.dropna(subset=["labels", "mean"]).sort_values("labels", kind="stable").reset_index(drop=True)


def _faint(color: str, share: float = 0.2) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"
