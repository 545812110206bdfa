"""How far probabilities can be believed: what was promised against what came true."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.style import (
    ACCENT,
    RANDOM,
    Chart,
    canvas,
    empty,
    label_axis,
    legend_above,
    numbers,
    round_name,
    spoken,
)

Bins = npt.NDArray[np.float64]
"""Texts, mean probability and share right of each bin: (b, 3)."""

WHEN = "Appears after the first fit"
BEFORE, AFTER = "uncalibrated", "test"
LOOKS: dict[str, dict[str, Any]] = {
    BEFORE: {"color": RANDOM, "symbol": "square", "dash": "dot"},
    AFTER: {"color": ACCENT, "symbol": "circle", "dash": "solid"},
}
SMALLEST, LARGEST = 5, 22
"""Pixels of the marker of a bin with hardly a text, and of one with all of them."""


def reliability(rounds: pd.DataFrame) -> Chart:
    """Draw the share of right answers on test against their probability, in the latest round.

    rounds: round, labels, {test,uncalibrated}_{n,ece,reliability}; reliability is a list of bins (n,
    mean probability, share right), or None where it was not measured. The larger a marker, the more
    texts it stands for. Points below the dashed line promise too much. The
    names say the calibration error: the mean distance from that line, text by text.
    """
    latest = _latest(rounds)
    drawn = {split: bins for split in LOOKS if len(bins := _bins(latest.get(f"{split}_reliability")))}
    lines = [(split == AFTER, *row) for split, bins in drawn.items() for row in bins.tolist()]
    table = pd.DataFrame(lines, columns=["calibrated", "texts", "probability", "right"])
    table = table.astype({"texts": int})
    figure = canvas(
        "Reliability diagram",
        "Probability of the predicted class",
        "Share right, on test",
        revision="reliability",
    )
    if AFTER not in drawn:
        return empty(figure, WHEN, table)
    # Two classes begin at 0.5, more below it; the axis begins where there may be a point.
    lowest = 0.5 if min(bins[:, 1].min() for bins in drawn.values()) >= 0.5 else 0.0
    line = {"color": RANDOM, "dash": "dash", "width": 1.5}
    figure.add_scatter(
        x=[lowest, 1], y=[lowest, 1], mode="lines", name="Perfect", line=line, hoverinfo="skip"
    )
    names = _names(drawn)
    name = round_name(latest["round"])
    alt = (
        f"Share right on test against the probability of the predicted class, {name}; error is the mean gap."
    )
    for split, bins in drawn.items():
        _points(figure, bins, names[split], LOOKS[split])
        alt += f" {names[split]}, {bins[:, 0].sum():,.0f} texts in {len(bins):,} bins."
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(
        range=[lowest - 0.02, 1.02], tickformat=".0%", dtick=0.1 if lowest else 0.2, showgrid=False
    )
    figure.update_yaxes(range=[-0.04, 1.06], tickformat=".0%", dtick=0.25)
    legend_above(figure)
    return Chart(figure, alt, table)


def calibration_error(rounds: pd.DataFrame) -> Chart:
    """Draw how far probability and share right are apart on test, against labels spent.

    rounds: as `reliability` takes them. The full-data fit is left out: the models asked are the others.
    """
    columns = [f"{split}_ece" for split in LOOKS]
    table = numbers(rounds, ["round", "labels", *columns, "validation_n"], ["round", "labels"])
    table = table.loc[table["round"] >= 0].sort_values("round").astype({"round": int, "labels": int})
    table = table.reset_index(drop=True)
    figure = canvas("Calibration error by labels", "", "Calibration error, on test", revision="calibration")
    drawn = [split for split in LOOKS if table[f"{split}_ece"].notna().any()]
    if AFTER not in drawn:
        return empty(figure, WHEN, table)
    names = {BEFORE: "Before", AFTER: "After" if BEFORE in drawn else "Not calibrated"}
    alt = "Lines: expected calibration error on test against labels spent."
    for split in drawn:
        look, values = LOOKS[split], table[f"{split}_ece"].dropna().tolist()
        figure.add_scatter(
            x=table["labels"],
            y=table[f"{split}_ece"],
            name=names[split],
            mode="lines+markers",
            line={"color": look["color"], "dash": look["dash"], "width": 2.5},
            marker={"color": look["color"], "symbol": look["symbol"], "size": 8},
            hovertemplate="%{y:.1%}",
        )
        alt += (
            f" {names[split]}: {spoken(values[0], 'accuracy')} first, {spoken(values[-1], 'accuracy')} last."
        )
    label_axis(figure, table["labels"].tolist(), validation=table["validation_n"].tolist())
    figure.update_yaxes(tickformat=".1~%", rangemode="tozero")
    legend_above(figure)
    return Chart(figure, alt, table)


def _latest(rounds: pd.DataFrame) -> dict[str, Any]:
    """Return the last round after the first fit, column by column; empty before it."""
    numbered = [row for row in rounds.to_dict("records") if row.get("round", -1) >= 0]
    return {str(name): value for name, value in max(numbered, key=_number).items()} if numbered else {}


def _number(row: dict[Any, Any]) -> float:
    return row["round"]


def _bins(given: Any) -> Bins:
    """Return the bins that hold texts; none for what is no list of bins."""
    rows = np.array(given if isinstance(given, list | tuple) else [], dtype=np.float64).reshape(-1, 3)
    return rows[np.isfinite(rows).all(axis=1) & (rows[:, 0] > 0)]


def _names(drawn: dict[str, Bins]) -> dict[str, str]:
    """Return what each set of points is called, with its calibration error."""
    titles = {BEFORE: "Before", AFTER: "After" if BEFORE in drawn else "Not calibrated"}
    return {split: f"{titles[split]}: {_error(bins):.1%} off" for split, bins in drawn.items()}


def _error(bins: Bins) -> float:
    return float(np.average(np.abs(bins[:, 1] - bins[:, 2]), weights=bins[:, 0]))


def _points(figure: go.Figure, bins: Bins, name: str, look: dict[str, Any]) -> None:
    texts, probability, right = bins.T
    figure.add_scatter(
        x=probability,
        y=right,
        name=name,
        mode="lines+markers",
        line={"color": look["color"], "dash": look["dash"], "width": 1.5},
        marker={
            "color": look["color"],
            "symbol": look["symbol"],
            # By area, so that twice the texts look like twice as many.
            "size": SMALLEST + (LARGEST - SMALLEST) * np.sqrt(texts / texts.sum()),
            "opacity": 0.85,
            "line": {"width": 0},
        },
        customdata=[f"{true:.1%} right at {told:.1%}, {n:,.0f} texts" for n, told, true in bins.tolist()],
        hovertemplate="%{customdata}<extra></extra>",
    )
