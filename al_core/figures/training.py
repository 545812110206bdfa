"""What happened while the model learned: loss and accuracy per epoch, seconds per round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.style import (
    FAINT,
    PHONE,
    RANDOM,
    SPLITS,
    Chart,
    Quantity,
    canvas,
    empty,
    legend_above,
    number_axis,
    numbers,
    round_axis,
    round_name,
    spoken,
)

STEPS = {
    "fit": {"name": "Fit the model", "color": "#6F5FD0", "shape": ""},
    "score": {"name": "Score the pool", "color": "#9385E3", "shape": "/"},
    "select": {"name": "Choose the texts", "color": RANDOM, "shape": "."},
}
# Past this many, a line per boundary would be a grey wall.
MOST_BOUNDARIES = 20


def history(epochs: pd.DataFrame, quantity: Quantity = "loss") -> Chart:
    """Draw training and validation over all epochs of all rounds; the full-data baseline is left out."""
    table = _epochs(epochs, quantity)
    table = table.loc[table["round"] >= 0].reset_index(drop=True)
    title = f"{quantity.capitalize()} while training"
    chart = _lines(table, quantity, title, "Epoch (all rounds joined)", f"history-{quantity}")
    _mark_rounds(chart.figure, chart.data)
    # The names of the rounds stand between the plot and the legend.
    chart.figure.update_layout(legend={"y": 1.09})
    return chart


def baseline_history(epochs: pd.DataFrame, quantity: Quantity = "loss") -> Chart:
    """Draw training and validation of the fit on all labels."""
    table = _epochs(epochs, quantity)
    table = table.loc[table["round"] == -1].reset_index(drop=True)
    title = f"{quantity.capitalize()} while training on all labels"
    return _lines(table, quantity, title, "Epoch", f"baseline-history-{quantity}")


def seconds(rounds: pd.DataFrame) -> Chart:
    """Draw where the time of each round went: fit, score, select; the baseline is left out."""
    columns = [f"seconds_{step}" for step in STEPS]
    table = numbers(rounds, ["round", *columns], ["round"])
    table = table.loc[table["round"] >= 0].dropna(subset=columns, how="all").sort_values("round")
    table = table.astype({"round": int}).reset_index(drop=True)
    figure = canvas("Time per round", "Round", "Time (seconds)", revision="seconds")
    if table.empty:
        return empty(figure, "Appears after the first fit", table)
    for step, style in STEPS.items():
        figure.add_bar(
            x=table["round"],
            y=table[f"seconds_{step}"],
            name=style["name"],
            marker={
                "color": style["color"],
                "line": {"width": 0},
                "pattern": {
                    "shape": style["shape"],
                    "fillmode": "overlay",
                    "fgcolor": "white",
                    "size": 6,
                    "solidity": 0.2,
                },
            },
            hovertemplate="%{y:,.1f} s",
        )
    figure.update_layout(barmode="stack", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_yaxes(tickformat=",", rangemode="tozero")
    figure.update_xaxes(unifiedhovertitle={"text": "Round %{x}"})
    round_axis(figure, table["round"].tolist())
    legend_above(figure)
    totals = table[columns].sum()
    parts = ", ".join(
        f"{style['name'].lower()} {totals[f'seconds_{step}']:,.1f} s" for step, style in STEPS.items()
    )
    alt = f"Stacked bars: time per round over {len(table):,} rounds. In all: {parts}."
    return Chart(figure, alt, table)


def _epochs(epochs: pd.DataFrame, quantity: Quantity) -> pd.DataFrame:
    """Return round, epoch and the quantity on both splits, in the order of training."""
    values = [quantity, f"val_{quantity}"]
    table = numbers(epochs, ["round", "epoch", *values], ["round", "epoch"])
    table = table.dropna(subset=values, how="all").sort_values(["round", "epoch"])
    return table.astype({"round": int, "epoch": int})


def _lines(table: pd.DataFrame, quantity: Quantity, title: str, x: str, revision: str) -> Chart:
    """Draw the two lines over the position of each epoch in the table."""
    table.insert(0, "joined_epoch", np.arange(1, len(table) + 1))
    figure = canvas(title, x, quantity.capitalize(), revision=revision)
    if table.empty:
        return empty(figure, "Appears after the first epoch", table)
    hover = number_axis(figure, quantity)
    parts = []
    for split, column in (("train", quantity), ("validation", f"val_{quantity}")):
        style, values = SPLITS[split], table[column]
        figure.add_scatter(
            x=table["joined_epoch"],
            y=values,
            name=style["name"],
            # A lone epoch has no line to show.
            mode="lines" if len(table) > 1 else "markers",
            line={"color": style["color"], "dash": style["dash"], "width": 2},
            marker={"color": style["color"], "symbol": style["symbol"], "size": 8},
            hovertemplate=f"%{{y:{hover}}}",
        )
        known = values.dropna().tolist()
        if known:
            best = min(known) if quantity == "loss" else max(known)
            parts.append(
                f"{style['name']}: {spoken(known[0], quantity)} first, "
                f"{spoken(known[-1], quantity)} last, {spoken(best, quantity)} best."
            )
    figure.update_xaxes(
        range=[0.5, len(table) + 0.5], tickformat=",d", nticks=8, unifiedhovertitle={"text": "Epoch %{x:,}"}
    )
    if len(table) <= 8:
        figure.update_xaxes(dtick=1)
    alt = f"Lines: {title.lower()}, {len(table):,} epochs in {table['round'].nunique():,} fits. "
    return Chart(figure, alt + " ".join(parts), table)


def _mark_rounds(figure: go.Figure, table: pd.DataFrame) -> None:
    """Draw a faint line where each round begins, and its name where there is room for it."""
    first = table.drop_duplicates("round")
    starts = list(zip(first["round"].tolist(), first["joined_epoch"].tolist(), strict=True))
    # Epochs that a letter takes on a phone, at 5.6 px: names that would touch or be cut are left out.
    letter = 5.6 * len(table) / PHONE
    free_from = -np.inf
    for number, epoch in starts:
        name = round_name(number)
        end = epoch + letter * len(name)
        named = epoch >= free_from and end <= len(table) + 1
        edge = epoch - 0.5
        if named or len(starts) <= MOST_BOUNDARIES:
            figure.add_shape(
                type="line", x0=edge, x1=edge, y0=0, y1=1, yref="paper", line={"color": FAINT, "width": 1}
            )
        if named:
            free_from = end
            figure.add_annotation(
                text=name,
                x=edge,
                xanchor="left",
                y=1,
                yref="paper",
                yanchor="bottom",
                showarrow=False,
                font={"size": 11},
            )
