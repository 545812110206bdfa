"""When to stop: the value of each criterion over the labels, and the line that it must reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.style import (
    ACCENT,
    HEIGHT,
    MARGIN_TOP,
    RANDOM,
    SPLITS,
    Chart,
    baseline_entry,
    baseline_line,
    canvas,
    empty,
    label_axis,
    numbers,
    plain,
    round_name,
)

PANEL = 140
"""Pixels that each panel past the second adds."""
GAP = 44
"""Pixels between two panels: the name of the lower one stands there."""
NAME = 24
"""Pixels of a panel's name."""


def stopping_criteria(verdicts: pd.DataFrame) -> Chart:
    """Draw each criterion in a panel of its own, one below the other, its threshold as a dashed line.

    verdicts: round, labels, place (which criterion), title, value, threshold, stop, and whatever
    else the table is to hold. A round without a value yet is left out of the line.
    """
    known = numbers(verdicts, ["round", "labels", "place", "value", "threshold"], [])
    others = verdicts.drop(columns=known.columns, errors="ignore").reset_index(drop=True)
    table = pd.concat([known, others], axis=1).dropna(subset=["round", "labels", "place"])
    table = table.sort_values(["place", "round"]).reset_index(drop=True)
    table = table.astype({"round": int, "labels": int, "place": int})
    figure = canvas("Stopping criteria", "Labels spent", "Value", revision="stopping")
    if not np.isfinite(table["value"].to_numpy()).any():
        return empty(figure, "Appears after the first rounds", table)
    panels = [part for _, part in table.groupby("place")]
    height = HEIGHT + PANEL * max(0, len(panels) - 2)
    plot = height - MARGIN_TOP - NAME - 40
    if len(panels) > 1:
        spacing = GAP / plot
        # From the bottom, so that the labels stand below the last panel and not below the first.
        figure.set_subplots(
            rows=len(panels), shared_xaxes=True, vertical_spacing=spacing, start_cell="bottom-left"
        )
    figure.update_layout(height=height, margin={"t": MARGIN_TOP + NAME}, legend={"y": 1 + NAME / plot})
    label_axis(figure, sorted(table["labels"].unique().tolist()))
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(title={"text": "Value", "standoff": 8}, tickformat=",", zeroline=False, nticks=5)
    alt = f"Lines: {len(panels):,} stopping criteria against labels spent."
    for panel, part in enumerate(reversed(panels), start=1):
        _panel(figure, part, panel, {"row": panel, "col": 1} if len(panels) > 1 else {})
        if panel > 1:
            figure.update_xaxes(title={"text": ""}, row=panel)
    for part in panels:
        alt += f" {_title(part)}: {_said(part)}"
    baseline_entry(figure, "Threshold")
    figure.add_scatter(x=[None], y=[None], name="Says stop", hoverinfo="skip", **_stop_marker())
    return Chart(figure, alt, table)


def _panel(figure: go.Figure, part: pd.DataFrame, panel: int, place: dict[str, int]) -> None:
    """Draw one criterion: value, threshold, name, and the rounds in which it says stop."""
    drawn, style = part.dropna(subset=["value"]), SPLITS["validation"]
    figure.add_scatter(
        x=drawn["labels"],
        y=drawn["value"],
        name=plain(_title(part)),
        showlegend=False,
        mode="lines+markers",
        line={"color": style["color"], "width": 2},
        marker={"color": style["color"], "symbol": "circle", "size": 7},
        customdata=[
            f"{_number(value)} ({round_name(number)})"
            for value, number in zip(drawn["value"], drawn["round"], strict=True)
        ],
        hovertemplate="%{customdata}",
        **place,
    )
    stops = drawn[drawn["stop"].astype(bool)]
    figure.add_scatter(
        x=stops["labels"],
        y=stops["value"],
        name="Says stop",
        showlegend=False,
        hoverinfo="skip",
        **_stop_marker(),
        **place,
    )
    threshold = part["threshold"].iloc[-1]
    if not np.isnan(threshold):
        baseline_line(figure, threshold, RANDOM, panel)
    axis = "" if panel == 1 else str(panel)
    figure.add_annotation(
        text=plain(_title(part), 40),
        x=0,
        xref=f"x{axis} domain",
        xanchor="left",
        y=1,
        yref=f"y{axis} domain",
        yanchor="bottom",
        yshift=4,
        showarrow=False,
        font={"size": 13},
    )


def _stop_marker() -> dict[str, Any]:
    return {"mode": "markers", "marker": {"color": ACCENT, "symbol": "star", "size": 13}}


def _title(part: pd.DataFrame) -> str:
    return str(part["title"].iloc[-1])


def _said(part: pd.DataFrame) -> str:
    """Return what a criterion said last, as alternative text."""
    last = part.iloc[-1]
    value, threshold = last["value"], last["threshold"]
    if np.isnan(value):
        return "too few rounds yet."
    bound = "" if np.isnan(threshold) else f", threshold {_number(threshold)}"
    return f"{_number(value)} at {last['labels']:,} labels{bound}, {'stop' if last['stop'] else 'go on'}."


def _number(value: float) -> str:
    """Return a number of unknown unit: whole from a hundred on, else three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
