"""A live labelling session over its models: what they are worth, whether asking pays, when to stop.

Models are counted in versions 1, 2, ...; labels spent include those drawn at random to measure by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from al_core.figures.intervals import line_with_band, marker_size, share_axis, with_interval
from al_core.figures.outcome import ERRORS
from al_core.figures.stopping import GAP, NAME
from al_core.figures.style import (
    ACCENT,
    HEIGHT,
    NAMES,
    RANDOM,
    SPLITS,
    Chart,
    canvas,
    empty,
    label_axis,
    legend_above,
    numbers,
    spoken,
    strategy_style,
)

WHEN = "Appears after the first model"
BOTH = "Appears when both kinds have enough labels"
SPENT = "Labels spent, random ones included"
PANELS = {
    "uncertainty": {"title": "Mean uncertainty of the open texts", "dash": "solid", "symbol": "circle"},
    "agreement": {"title": "Agreement with the model before (kappa)", "dash": "dot", "symbol": "square"},
}


def estimated_accuracy(frame: pd.DataFrame) -> Chart:
    """Draw the accuracy on labels drawn at random, with its 95% interval, against labels spent.

    frame: version, spent, validation_labels, accuracy, low, high; shares from 0 to 1.
    """
    table = _versions(frame, ["validation_labels", "accuracy", "low", "high"])
    figure = canvas("Accuracy, estimated on random labels", "", "Accuracy", revision="estimated-accuracy")
    known = table.dropna(subset=["accuracy"])
    if known.empty:
        return empty(figure, "Appears after the first model and random labels", table)
    said = [
        f"Version {version:,}: {value:.1%}<br>{_between(low, high)}<br>measured on {_count(n)} random labels"
        for version, n, value, low, high in _rows(
            table, ["version", "validation_labels", "accuracy", "low", "high"]
        )
    ]
    style = SPLITS["validation"]
    line_with_band(
        figure, table, "spent", ("accuracy", "low", "high"), "Accuracy", style, said, "95% interval"
    )
    label_axis(figure, table["spent"].tolist())
    figure.update_xaxes(title={"text": SPENT})
    # From 0 or from half, never as close as Plotly would go: an early interval is wide, and should be
    # seen to be, but not as an alarm.
    half = np.nanmin(known[["accuracy", "low"]].to_numpy()) >= 0.5
    figure.update_yaxes(range=[0.49 if half else -0.02, 1.02], tickformat=".0%", dtick=0.1 if half else 0.25)
    legend_above(figure)
    newest = _last(known)
    alt = (
        f"Line with a band: accuracy against labels spent, over {_models(known)}. Newest: {_at(newest)}, "
        f"{newest['accuracy']:.1%}, {_between(newest['low'], newest['high'])}, "
        f"measured on {_count(newest['validation_labels'])} random labels."
    )
    return Chart(figure, alt, table)


def estimated_errors(frame: pd.DataFrame) -> Chart:
    """Draw the rates of false negatives and false positives, with their 95% intervals; for two classes.

    frame: version, spent, fn, fn_low, fn_high, fp, fp_low, fp_high; fn is a share of the positives, fp
    of the negatives.
    """
    columns = [f"{kind}{end}" for kind in ERRORS for end in ("", "_low", "_high")]
    table = _versions(frame, columns)
    figure = canvas(
        "Errors, estimated on random labels", "", "Error rate, 95% interval", revision="estimated-errors"
    )
    known = table.dropna(subset=list(ERRORS), how="all")
    if known.empty:
        return empty(figure, "Appears after the first model and random labels", table)
    alt = f"Lines with bands: rates of the two kinds of error, over {_models(known)}. Newest:"
    for kind, style in ERRORS.items():
        value = (kind, f"{kind}_low", f"{kind}_high")
        said = [
            f"{kind.upper()} {with_interval(share, low, high)}" for share, low, high in _rows(table, value)
        ]
        line_with_band(figure, table, "spent", value, NAMES[kind], style, said)
        alt += f" {NAMES[kind]} {_newest(table, *value)}."
    label_axis(figure, table["spent"].tolist())
    figure.update_xaxes(title={"text": SPENT})
    share_axis(figure, "y", known, [(kind, f"{kind}_high") for kind in ERRORS])
    legend_above(figure)
    return Chart(figure, alt, table)


def paying(frame: pd.DataFrame, *, strategy: str | None = None, when: str = BOTH) -> Chart:
    """Draw how much more a model learns from labels asked for than from as many drawn at random.

    frame: version, labels (that either model learned from), asked, random (accuracies), difference,
    low, high (asked less random, and its 95% interval; all shares), and optionally spent, which is
    then the x-axis. strategy: its registry name, which decides the colour. when: what stands in place of
    a chart without data.
    """
    table = numbers(
        frame, ["version", "spent", "labels", "asked", "random", "difference", "low", "high"], ["version"]
    )
    table = table.sort_values("version", kind="stable").astype({"version": int}).reset_index(drop=True)
    figure = canvas("Asking against random labels", "", "Asked less random (points)", revision="paying")
    known = table.dropna(subset=["difference"])
    if known.empty:
        return empty(figure, when, table)
    # Not against the labels compared: those stand still while the random ones are the fewer.
    x = "version" if np.isnan(known["spent"].to_numpy()).any() else "spent"
    points = known.assign(**known[["difference", "low", "high"]] * 100)
    said = [
        f"{_points(value)} ({_points(low)} to {_points(high)})<br>"
        f"asked {spoken(asked, 'accuracy')}, random {spoken(random, 'accuracy')}<br>"
        f"{_count(n)} labels each, version {version:,}"
        for version, n, asked, random, value, low, high in _rows(
            points, ["version", "labels", "asked", "random", "difference", "low", "high"]
        )
    ]
    look = {"color": ACCENT, "symbol": "square"} if strategy is None else strategy_style(strategy)
    # Solid, because a dashed line means the full-data baseline; below the data, which may lie on it.
    zero = {"color": RANDOM, "width": 1.5}
    figure.add_hline(y=0, layer="below", line=zero)
    style = {"dash": "solid", **look}
    line_with_band(figure, points, x, ("difference", "low", "high"), "Asked", style, said, "95% interval")
    figure.add_scatter(x=[None], y=[None], mode="lines", name="Random", line=zero, hoverinfo="skip")
    label_axis(figure, known[x].astype(int).tolist())
    figure.update_xaxes(title={"text": SPENT})
    if x == "version":
        figure.update_xaxes(title={"text": "Model version"}, unifiedhovertitle={"text": "Version %{x:,}"})
        if len(known) <= 8:
            figure.update_xaxes(tickvals=known["version"].tolist())
    figure.update_yaxes(tickformat=".1~f", rangemode="tozero")
    legend_above(figure)
    newest = _last(points)
    low, high = newest["low"], newest["high"]
    verdict = "asking pays" if low > 0 else "random labels teach more" if high < 0 else "too early to tell"
    alt = (
        f"Line with a band: accuracy of models that learned from labels asked for, less that of models that "
        f"learned from as many random ones. Newest: version {newest['version']:,.0f}, "
        f"{_count(newest['labels'])} labels each, asked {spoken(newest['asked'], 'accuracy')}, "
        f"random {spoken(newest['random'], 'accuracy')}, difference {_points(newest['difference'])} points, "
        f"95% interval {_points(low)} to {_points(high)}: {verdict}."
    )
    return Chart(figure, alt, table)


def uncertainty(frame: pd.DataFrame) -> Chart:
    """Draw what the advice to stop goes by: how unsure the model is, and whether it still changes.

    frame: version, spent, uncertainty (mean entropy of the open texts, as a share of the highest there
    can be), agreement (kappa with the model before; missing for the first).
    """
    table = _versions(frame, list(PANELS))
    figure = canvas("Is the model settling?", "", "", revision="uncertainty")
    if np.isnan(table[list(PANELS)].to_numpy()).all():
        return empty(figure, WHEN, table)
    plot = HEIGHT - 2 * NAME - 48
    # From the bottom, so that the labels stand below the last panel and not below the first.
    figure.set_subplots(rows=2, shared_xaxes=True, vertical_spacing=GAP / plot, start_cell="bottom-left")
    figure.update_layout(showlegend=False, margin={"t": 2 * NAME + 14})
    label_axis(figure, table["spent"].tolist())
    figure.update_xaxes(showgrid=False, zeroline=False, title={"text": SPENT})
    figure.update_xaxes(title={"text": ""}, row=2)
    alt = f"Lines: how settled the model is, against labels spent, over {_models(table)}."
    for row, (column, style) in zip((2, 1), PANELS.items(), strict=True):
        share = column == "uncertainty"
        drawn = table.dropna(subset=[column]).sort_values(["spent", "version"])
        figure.add_scatter(
            x=drawn["spent"],
            y=drawn[column],
            name=style["title"],
            mode="lines+markers",
            line={"color": SPLITS["validation"]["color"], "dash": style["dash"], "width": 2},
            marker={
                "color": SPLITS["validation"]["color"],
                "symbol": style["symbol"],
                "size": marker_size(drawn),
            },
            customdata=[
                f"{value:.1%} (version {version:,})" if share else f"{value:.3f} (version {version:,})"
                for version, value in _rows(drawn, ["version", column])
            ],
            hovertemplate="%{customdata}<extra></extra>",
            row=row,
            col=1,
        )
        # Kappa may be below 0, but never above 1.
        lowest = 0.0 if drawn.empty else min(0.0, float(drawn[column].to_numpy().min()))
        figure.update_yaxes(
            range=[lowest - 0.06, 1.06],
            tickvals=[lowest, 0, 0.5, 1] if lowest < -0.2 else [0, 0.5, 1],
            tickformat=".0%" if share else ".1f",
            zeroline=False,
            row=row,
        )
        axis = "" if row == 1 else str(row)
        name: dict[str, Any] = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "yshift": 2}
        name |= {"xref": f"x{axis} domain", "yref": f"y{axis} domain", "showarrow": False}
        figure.add_annotation(text=style["title"], font={"size": 13}, **name)
        if drawn.empty:
            wait = "Appears after the second model" if not share else WHEN
            # Between two lines of the grid.
            middle = name | {"x": 0.5, "xanchor": "center", "y": 0.75, "yanchor": "middle", "yshift": 0}
            figure.add_annotation(text=wait, font={"size": 13}, **middle)
        alt += f" {style['title']}: not known yet." if drawn.empty else ""
        if len(drawn):
            last = _last(drawn.sort_values("version"))
            alt += (
                f" {style['title']}: {spoken(last[column], 'accuracy' if share else 'loss')} at {_at(last)}."
            )
    return Chart(figure, alt, table)


def _versions(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return version, spent and the columns, the newest model last."""
    table = numbers(frame, ["version", "spent", *columns], ["version", "spent"])
    table = table.sort_values("version", kind="stable").reset_index(drop=True)
    return table.astype({"version": int, "spent": int})


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def _newest(table: pd.DataFrame, value: str, low: str, high: str) -> str:
    """Return the newest known value, as alternative text."""
    known = table.dropna(subset=[value])
    if known.empty:
        return "not known yet"
    last = _last(known)
    return f"{last[value]:.1%} at {_at(last)}, {_between(last[low], last[high])}"


def _last(table: pd.DataFrame) -> dict[str, Any]:
    return {str(column): value for column, value in table.to_dict("records")[-1].items()}


def _models(table: pd.DataFrame) -> str:
    return f"{len(table):,} model{'' if len(table) == 1 else 's'}"


def _at(row: dict[str, Any]) -> str:
    return f"version {row['version']:,.0f} with {row['spent']:,.0f} labels spent"


def _between(low: float, high: float) -> str:
    return "interval unknown" if np.isnan(low + high) else f"95% interval {low:.1%} to {high:.1%}"


def _count(number: float) -> str:
    return "an unknown number of" if np.isnan(number) else f"{number:,.0f}"


def _points(value: float) -> str:
    """Return a difference with its sign, the typographic one for minus."""
    return "unknown" if np.isnan(value) else f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
