"""Where to draw the line: price and errors by threshold, ROC and precision-recall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.style import (
    ACCENT,
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    NAMES,
    RANDOM,
    SPLITS,
    Chart,
    canvas,
    empty,
    legend_above,
    numbers,
)

WHEN = "Appears for a round whose predictions were kept"
BAND = "rgba(111, 95, 208, 0.15)"
COLUMNS = ["threshold", "cost", "cost_low", "cost_high", "fn", "fp"]
RATES = ["threshold", "recall", "recall_low", "recall_high", "false_positive_rate"]
PRECISION = ["threshold", "recall", "precision", "precision_low", "precision_high"]


def cost_by_threshold(table: pd.DataFrame, chosen: float, best: float) -> Chart:
    """Draw what the errors in 1,000 decisions cost on validation, with its 95 % band.

    table: threshold, cost, cost_low, cost_high, fn, fp (the latter per 1,000). chosen, best: thresholds.
    """
    known = numbers(table, COLUMNS, ["threshold", "cost"])
    figure = canvas("Expected cost", "Threshold", "Cost per 1,000 decisions", revision="cost")
    if known.empty:
        return empty(figure, WHEN, known)
    _band(figure, known, "threshold", "cost", "hv")
    figure.add_scatter(
        x=known["threshold"],
        y=known["cost"],
        mode="lines",
        name="Validation",
        line={"color": SPLITS["validation"]["color"], "width": 2.5, "shape": "hv"},
        hovertemplate="%{y:,.1f}",
    )
    _thresholds(figure, chosen, best)
    figure.update_yaxes(rangemode="tozero", tickformat=",")
    legend_above(figure)
    low = known.loc[known["cost"].idxmin()]
    alt = f"Line: cost of errors per 1,000 decisions against the threshold; {low['cost']:,.1f} at least."
    return Chart(figure, alt, known)


def errors_by_threshold(table: pd.DataFrame, chosen: float) -> Chart:
    """Draw both kinds of error in 1,000 decisions on validation. table: as `cost_by_threshold` takes it."""
    known = numbers(table, COLUMNS, ["threshold", "fn", "fp"])
    figure = canvas("Errors by threshold", "Threshold", "Errors per 1,000 decisions", revision="decisions")
    if known.empty:
        return empty(figure, WHEN, known)
    for kind, color, dash in (("fn", FALSE_NEGATIVE, "solid"), ("fp", FALSE_POSITIVE, "dash")):
        figure.add_scatter(
            x=known["threshold"],
            y=known[kind],
            mode="lines",
            name=NAMES[kind].split(" (")[0],
            line={"color": color, "dash": dash, "width": 2.5, "shape": "hv"},
            hovertemplate="%{y:,.1f}",
        )
    _thresholds(figure, chosen, None)
    figure.update_yaxes(rangemode="tozero", tickformat=",")
    legend_above(figure)
    alt = "Lines: false negatives and false positives per 1,000 decisions against the threshold."
    return Chart(figure, alt, known)


def roc(table: pd.DataFrame, area: Sequence[float], chosen: tuple[float, float]) -> Chart:
    """Draw how many positives are found at what share of false alarms, with Wilson's 95 % band.

    table: threshold, recall, recall_low, recall_high, false_positive_rate. area: under the curve, with the
    ends of its interval; empty where it is unknown. chosen: false positive rate and recall in use.
    """
    known = numbers(table, RATES, ["recall", "false_positive_rate"])
    known_area = f", area {area[0]:.2f} ({area[1]:.2f} to {area[2]:.2f})" if len(area) else ""
    figure = canvas(f"ROC{known_area}", "False positive rate", "Recall", revision="roc")
    if known.empty:
        return empty(figure, WHEN, known)
    line = {"color": RANDOM, "dash": "dash", "width": 1.5}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="Chance", line=line, hoverinfo="skip")
    _band(figure, known, "false_positive_rate", "recall")
    told = f"Area {area[0]:.3f} ({area[1]:.3f} to {area[2]:.3f})" if len(area) else "Area unknown"
    _curve(figure, known, "false_positive_rate", "recall")
    _point(figure, *chosen)
    _shares(figure)
    legend_above(figure)
    return Chart(figure, f"Line: recall against false positive rate. {told}.", known)


def precision_recall(table: pd.DataFrame, average: float, chosen: tuple[float, float]) -> Chart:
    """Draw how many of the texts taken for positives are, with Wilson's 95 % band.

    table: threshold, recall, precision, precision_low, precision_high. chosen: recall and precision in use.
    """
    known = numbers(table, PRECISION, ["recall", "precision"])
    mean = f", mean precision {average:.2f}" if np.isfinite(average) else ""
    figure = canvas(f"Precision and recall{mean}", "Recall", "Precision", revision="precision")
    if known.empty:
        return empty(figure, WHEN, known)
    _band(figure, known, "recall", "precision")
    _curve(figure, known, "recall", "precision")
    _point(figure, *chosen)
    _shares(figure)
    legend_above(figure)
    return Chart(figure, f"Line: precision against recall{mean}.", known)


def _band(figure: go.Figure, known: pd.DataFrame, x: str, y: str, shape: str = "linear") -> None:
    """Fill between the ends of the intervals; shape: "hv" where a value holds up to the next one."""
    for end in ("low", "high"):
        figure.add_scatter(
            x=known[x],
            y=known[f"{y}_{end}"],
            mode="lines",
            line={"width": 0, "shape": shape},
            fill=None if end == "low" else "tonexty",
            fillcolor=BAND,
            name="95% interval",
            showlegend=end == "high",
            hoverinfo="skip",
        )


def _curve(figure: go.Figure, known: pd.DataFrame, x: str, y: str) -> None:
    figure.add_scatter(
        x=known[x],
        y=known[y],
        mode="lines",
        name="Validation",
        line={"color": SPLITS["validation"]["color"], "width": 2.5},
        customdata=known["threshold"],
        hovertemplate="%{y:.1%} at threshold %{customdata:.3f}<extra></extra>",
    )


def _point(figure: go.Figure, x: float, y: float) -> None:
    if np.isfinite([x, y]).all():
        marker = {"color": ACCENT, "symbol": "diamond", "size": 11}
        figure.add_scatter(x=[x], y=[y], mode="markers", name="Chosen", marker=marker, hoverinfo="skip")


def _shares(figure: go.Figure) -> None:
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")


def _thresholds(figure: go.Figure, chosen: float, best: float | None) -> None:
    """Mark the threshold in use, and the cheapest where it is another one."""
    marks = [(chosen, RANDOM, "solid", "Chosen")]
    if best is not None and abs(best - chosen) > 1e-9:
        marks.insert(0, (best, RANDOM, "dot", "Cheapest"))
    for x, color, dash, name in marks:
        line = {"color": color, "dash": dash, "width": 2}
        figure.add_shape(type="line", x0=x, x1=x, yref="y domain", y0=0, y1=1, line=line)
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line, hoverinfo="skip")
    figure.update_xaxes(range=[-0.01, 1.01], dtick=0.1 if len(marks) < 3 else None, tickformat=".1f")
