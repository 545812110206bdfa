"""What groups of runs asked for: classes, lengths, novelty, overlap, time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from al_core.figures.comparison import MOST_GROUPS, Groups, group_styles
from al_core.figures.intervals import left_out, marker_size, name_rows, said_name, short_name
from al_core.figures.style import (
    CELL_COLORS,
    HEIGHT,
    RANDOM,
    Chart,
    canvas,
    cell_inks,
    class_style,
    empty,
    legend_above,
    numbers,
    plain,
    round_axis,
)
from al_core.figures.training import STEPS

QUERY = "Appears after the first query"
ROW = 34
BESIDE_NAMES = 190
"""Pixels that are left of a plot's width on a phone beside names of groups."""
MOST_BARS = 20
MOST_CLASSES = 12
MOST_CELLS = 14


def group_classes(mix: pd.DataFrame, groups: Groups, classes: Sequence[str]) -> Chart:
    """Draw which classes each group asked for, as shares. mix: group, class, count, share."""
    table = numbers(mix, ["count", "share"], [])
    for place, name in enumerate(("group", "class")):
        table.insert(place, name, mix[name].astype("str").to_numpy() if name in mix else "")
    figure = canvas("Classes asked for", "Share of the texts asked for", "", revision="group-classes")
    there = _there(groups, table.loc[table["count"] > 0])
    if not there:
        return empty(figure, QUERY, table)
    shown = there[:MOST_BARS]
    wide = table.pivot_table(index="group", columns="class", values="share", aggfunc="sum")
    wide = wide.reindex(index=shown, columns=list(classes)).fillna(0.0)
    rows = list(range(len(shown)))
    for place, name in enumerate(list(classes)[:MOST_CLASSES]):
        _row_bars(figure, rows, wide[name].tolist(), plain(name), class_style(place), ".1%")
    if len(classes) > MOST_CLASSES:
        rest = wide.iloc[:, MOST_CLASSES:].sum(axis=1).tolist()
        _row_bars(figure, rows, rest, f"{len(classes) - MOST_CLASSES:,} others", {"color": RANDOM}, ".1%")
    _name(figure, shown, len(there), "Share of the texts asked for")
    figure.update_xaxes(tickformat=".0%", range=[0, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1])
    alt = "Stacked bars: classes of the texts that each group asked for."
    for name in shown[:5]:
        parts = ", ".join(f"{said_name(c)} {wide.loc[name, c]:.1%}" for c in list(classes)[:3])
        alt += f" {said_name(name)}: {parts}."
    return Chart(figure, alt, table)


def group_lengths(lengths: pd.DataFrame, groups: Groups) -> Chart:
    """Draw how long the texts are that each group asked for, round by round. lengths: group, round, words."""
    figure = canvas("Length of the texts asked for", "Round", "Mean length (words)", revision="group-lengths")
    figure.update_yaxes(tickformat=",", rangemode="tozero")
    alt = "Lines: mean length of the texts asked for, in words, by round."
    return _by_round(figure, lengths, groups, "words", ",.1f", " words", alt)


def group_novelty(novelty: pd.DataFrame, groups: Groups) -> Chart:
    """Draw how new the texts are that each group asked for, round by round.

    novelty: group, round, novelty (0 to 1).
    """
    figure = canvas("Novelty of the texts asked for", "Round", "Mean distance", revision="group-novelty")
    figure.update_yaxes(tickformat=".2~f", rangemode="tozero")
    alt = "Lines: mean distance of the texts asked for to the nearest text labelled before, by round."
    return _by_round(figure, novelty, groups, "novelty", ".2f", "", alt)


def _by_round(
    figure: go.Figure, found: pd.DataFrame, groups: Groups, column: str, digits: str, unit: str, alt: str
) -> Chart:
    """Draw a line for each group through one number of each of its rounds."""
    table = numbers(found, ["round", column], [])
    table.insert(0, "group", found["group"].astype("str").to_numpy() if "group" in found else "")
    table = table.dropna().sort_values("round", kind="stable").reset_index(drop=True)
    there = _there(groups, table)
    if not there:
        return empty(figure, QUERY, table)
    styles = group_styles(groups)
    for name in there[:MOST_GROUPS]:
        mine, style = table.loc[table["group"] == name], styles[name]
        figure.add_scatter(
            x=mine["round"],
            y=mine[column],
            name=plain(name, 36),
            mode="lines+markers",
            line={"color": style["color"], "dash": style["dash"], "width": 2.5},
            marker={"color": style["color"], "symbol": style["symbol"], "size": marker_size(mine)},
            hovertemplate=f"%{{y:{digits}}}{unit}",
        )
        alt += f" {said_name(name)}: {mine[column].mean():{digits}} on average."
    figure.update_xaxes(unifiedhovertitle={"text": "Round %{x}"})
    round_axis(figure, sorted({int(each) for each in table["round"]}))
    legend_above(figure)
    return Chart(figure, alt + left_out(len(there) - MOST_GROUPS, "groups in the table"), table)


def group_overlap(overlap: pd.DataFrame, groups: Groups) -> Chart:
    """Draw which share of the rows that either group asked for both did. overlap: one, other, overlap."""
    table = numbers(overlap, ["overlap", "seeds"], [])
    for place, name in enumerate(("one", "other")):
        table.insert(place, name, overlap[name].astype("str").to_numpy() if name in overlap else "")
    figure = canvas("Overlap of what was asked for", "", "", revision="group-overlap")
    known = set(table.loc[table["overlap"].notna(), "one"])
    there = [name for name, _ in groups if name in known]
    if not there:
        return empty(figure, QUERY, table)
    shown = there[:MOST_CELLS]
    wide = table.pivot_table(index="one", columns="other", values="overlap", aggfunc="mean")
    shares = wide.reindex(index=shown, columns=shown).to_numpy(dtype=float)
    size = len(shown)
    places, names = list(range(size)), [short_name(name) for name in shown]
    said = [
        [
            f"{names[a]} and {names[b]}: "
            + ("no seed in common" if np.isnan(shares[a, b]) else f"{shares[a, b]:.1%}")
            for b in places
        ]
        for a in places
    ]
    figure.add_heatmap(
        x=places,
        y=places,
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=list(CELL_COLORS[None]),
        showscale=False,
        xgap=2,
        ygap=2,
        customdata=said,
        hovertemplate="%{customdata}<extra></extra>",
    )
    if size <= 8:
        flat = np.nan_to_num(shares.ravel())
        figure.add_scatter(
            x=np.tile(places, size),
            y=np.repeat(places, size),
            mode="text",
            text=["" if np.isnan(each) else f"{each:.0%}" for each in shares.ravel()],
            customdata=flat,
            textfont={"color": cell_inks(flat, None), "size": 13},
            hoverinfo="skip",
        )
    figure.update_layout(
        showlegend=False, hovermode="closest", margin={"t": 40}, height=max(HEIGHT, 190 + 22 * size)
    )
    figure.update_xaxes(
        tickvals=places, ticktext=names, range=[-0.5, size - 0.5], tickangle=0 if size < 4 else -45
    )
    figure.update_yaxes(tickvals=places, ticktext=names, range=[size - 0.5, -0.5], showgrid=False)
    apart = shares[~np.eye(size, dtype=bool)]
    apart = apart[np.isfinite(apart)]
    alt = f"Heatmap: overlap of the rows that {size} groups asked for"
    alt += f", from {apart.min():.1%} to {apart.max():.1%}." if len(apart) else "."
    return Chart(figure, alt + left_out(len(there) - size, "groups in the table"), table)


def group_seconds(summary: pd.DataFrame, groups: Groups) -> Chart:
    """Draw where the time of each group's runs went. summary: group, fit, score, select (seconds)."""
    steps = list(STEPS)
    table = numbers(summary, steps, [])
    table.insert(0, "group", summary["group"].astype("str").to_numpy() if "group" in summary else "")
    figure = canvas("Time of a run", "", "", revision="group-seconds")
    there = _there(groups, table.dropna(subset=steps, how="all"))
    if not there:
        return empty(figure, "Appears after the first fit", table)
    shown = there[:MOST_BARS]
    wide = table.set_index("group")[steps].reindex(shown).fillna(0.0)
    rows = list(range(len(shown)))
    for step, style in STEPS.items():
        pattern = {"shape": style["shape"], "fillmode": "overlay", "fgcolor": "white", "size": 6}
        marker = {"color": style["color"], "pattern": {**pattern, "solidity": 0.2}}
        _row_bars(figure, rows, wide[step].tolist(), style["name"], marker, ",.2f")
    _name(figure, shown, len(there), "Seconds, mean over seeds")
    figure.update_xaxes(tickformat=",", rangemode="tozero", nticks=6)
    alt = "Stacked bars: seconds for fitting, scoring and choosing."
    for name in shown[:5]:
        alt += f" {said_name(name)}: {', '.join(f'{step} {wide.loc[name, step]:,.1f}' for step in steps)}."
    return Chart(figure, alt, table)


def _there(groups: Groups, table: pd.DataFrame) -> list[str]:
    known = set(table["group"])
    return [name for name, _ in groups if name in known]


def _row_bars(
    figure: go.Figure, rows: list[int], values: list[float], name: str, marker: dict[str, Any], digits: str
) -> None:
    figure.add_bar(
        x=values,
        y=rows,
        orientation="h",
        name=name,
        marker=marker,
        width=0.6,
        customdata=[name] * len(rows),
        hovertemplate=f"%{{customdata}}: %{{x:{digits}}}<extra></extra>",
    )


def _name(figure: go.Figure, shown: Sequence[str], there: int, x: str) -> None:
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    names = [short_name(name) for name in shown]
    name_rows(figure, names, ROW, there - len(shown), x, "groups", legend_width=BESIDE_NAMES)
