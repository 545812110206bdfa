"""Groups of runs beside each other: learning curves, differences, the two kinds of error, confusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.figures.intervals import CROWDED, left_out, line_with_band, said_name
from al_core.figures.outcome import ERRORS, WHEN, confusion_matrix
from al_core.figures.style import (
    HEIGHT,
    MARGIN_TOP,
    NAMES,
    RANDOM,
    STRATEGY_SYMBOLS,
    Chart,
    baseline_entry,
    baseline_line,
    canvas,
    empty,
    label_axis,
    legend_above,
    numbers,
    plain,
    strategy_style,
)

Groups = Sequence[tuple[str, str]]
"""Title and registry name of the strategy of each group, in the order to draw."""
MOST_GROUPS = 10
"""Groups past which lines cannot be told apart, and the rest is left to the table."""
WIDEST = 36
"""Letters of a group in the legend."""
MOST_PANELS = 6
MOST_BASELINES = 3
DASHES = ("solid", "dot", "dashdot", "longdashdot")
"""Never plain dashes: they mean the full-data baseline."""
ESTIMATE = ("mean", "low", "high")
PANEL = 150
"""Pixels of a row of panels, names taken off."""


def group_styles(groups: Groups) -> dict[str, dict[str, str]]:
    """Return colour, symbol and dash of each group; the colour is its strategy's on every page.

    Two groups of one colour (a strategy with two models) get different dashes and symbols.
    """
    used: dict[str, int] = {}
    found: dict[str, dict[str, str]] = {}
    for name, strategy in groups:
        style = strategy_style(strategy)
        before = used.get(style["color"], 0)
        used[style["color"]] = before + 1
        symbols = (style["symbol"], *(each for each in STRATEGY_SYMBOLS if each != style["symbol"]))
        symbol = symbols[before % len(symbols)]
        found[name] = {"color": style["color"], "symbol": symbol, "dash": DASHES[before % len(DASHES)]}
    return found


def group_curves(
    bands: pd.DataFrame,
    groups: Groups,
    what: str = "Accuracy",
    kind: str = "share",
    baselines: Mapping[str, float] | None = None,
    validation: Sequence[int] = (),
) -> Chart:
    """Draw the mean over seeds of each group by labels with its 95 % band.

    bands: group, labels, mean, low, high, n; what: the metric's title; kind: share, number, money or texts;
    baselines: the score of the fit on all labels by its name, dashed; validation: how many validation labels
    the runs spent besides, each number once. A line has its group's place as `meta`.
    """
    y = f"{what} per 1,000 texts" if kind in ("money", "texts") else f"{what} on test"
    chart = _lines(bands, groups, f"{what} by labels", y, kind, f"groups-{what}", validation)
    levels = {name: level for name, level in (baselines or {}).items() if np.isfinite(level)}
    if chart.data.empty:
        return chart
    alt = chart.alt
    for name, level in list(levels.items())[:MOST_BASELINES]:
        baseline_line(chart.figure, level)
        baseline_entry(chart.figure, f"{plain(name, 40)}: {_said(level, kind)}")
        alt += f" {said_name(name)}: {_said(level, kind)}."
    legend_above(chart.figure)
    return Chart(chart.figure, alt, chart.data)


def group_differences(
    bands: pd.DataFrame,
    groups: Groups,
    what: str = "Accuracy",
    kind: str = "share",
    validation: Sequence[int] = (),
) -> Chart:
    """Draw each group's mean difference to random, seed by seed, with its own 95 % band.

    bands: as of `group_curves`, of differences; validation: as there.
    """
    y = "Difference to random" + {"share": " (points)", "number": ""}.get(kind, " (per 1,000 texts)")
    scale = 100.0 if kind == "share" else 1.0
    table = bands.assign(**{name: bands[name] * scale for name in ESTIMATE if name in bands})
    kind = "points" if kind == "share" else kind
    title = f"{what}: difference to random"
    chart = _lines(table, groups, title, y, kind, f"differences-{what}", validation)
    if not chart.data.empty:
        # Solid: random is no full-data baseline.
        chart.figure.add_hline(y=0, layer="below", line={"color": RANDOM, "width": 1.5})
        legend_above(chart.figure)
    return chart


def group_errors(rates: Mapping[str, pd.DataFrame], groups: Groups, validation: Sequence[int] = ()) -> Chart:
    """Draw the rates of both kinds of error by labels, a panel for each group, all on one scale.

    rates: bands (group, labels, mean, low, high, n) of "fn" and of "fp"; validation: as of `group_curves`.
    """
    parts = [_known(band).assign(kind=kind) for kind, band in rates.items() if kind in ERRORS]
    table = pd.concat(parts, ignore_index=True) if parts else _known(pd.DataFrame()).assign(kind="")
    figure = canvas("The two kinds of error, group by group", "", "", revision="group-errors")
    there = [name for name, _ in groups if name in set(table["group"])]
    if not there:
        return empty(figure, WHEN, table)
    shown = there[:MOST_PANELS]
    columns = 1 if len(shown) == 1 else 2
    lines = -(-len(shown) // columns)
    around = MARGIN_TOP + 70
    height = max(HEIGHT, around + lines * (PANEL + 30))
    figure.set_subplots(
        rows=lines,
        cols=columns,
        shared_yaxes=True,
        shared_xaxes=True,
        horizontal_spacing=0.05,
        vertical_spacing=42 / (height - around) if lines > 1 else 0,
        subplot_titles=[plain(name, 24) for name in shown],
    )
    alt = "Panels of lines: rates of false negatives and of false positives on test against "
    alt += f"{_spent(validation).lower()}."
    for place, name in enumerate(shown):
        mine = table.loc[table["group"] == name]
        said = []
        for kind, style in ERRORS.items():
            line = mine.loc[mine["kind"] == kind]
            if line.empty:
                continue
            figure.add_scatter(
                x=line["labels"],
                y=line["mean"],
                name=NAMES[kind],
                legendgroup=kind,
                showlegend=place == 0,
                mode="lines+markers",
                line={"color": style["color"], "dash": style["dash"], "width": 2.5},
                marker={"color": style["color"], "symbol": style["symbol"], "size": _size(line)},
                hovertemplate="%{y:.1%}",
                row=place // columns + 1,
                col=place % columns + 1,
            )
            said.append(f"{kind.upper()} {line['mean'].iloc[0]:.1%} to {line['mean'].iloc[-1]:.1%}")
        alt += f" {said_name(name)}: {', '.join(said)}."
    counts = sorted({int(each) for each in table["labels"]})
    label_axis(figure, counts, 4)
    figure.update_xaxes(title={"text": ""}, showgrid=False, zeroline=False)
    for column in range(1, columns + 1):
        # Where the last line is not full, the panel above has the axis title.
        row = lines if (lines - 1) * columns + column <= len(shown) else lines - 1
        title = {"text": _spent(validation, "<br>")}
        figure.update_xaxes(title=title, showticklabels=True, row=row, col=column)
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", zeroline=False, nticks=5)
    figure.update_annotations(font={"size": 13})
    legend_above(figure)
    layout: Any = figure["layout"]
    top = layout.margin.t + 22
    # The names of the first panels stand between the plot and the legend.
    figure.update_layout(height=height, margin={"t": top}, legend={"y": 1 + 26 / (height - top - 60)})
    return Chart(figure, alt + left_out(len(there) - len(shown), "groups in the table"), table)


def group_confusion(matrix: npt.ArrayLike, classes: Sequence[str], title: str) -> Chart:
    """Draw the confusion matrix (C, C) of one group, of which the counts may be means over seeds."""
    counts = np.asarray(matrix, dtype=float)
    chart = confusion_matrix(counts.tolist(), classes)
    chart.figure.update_layout(title={"text": plain(title, 40)}, uirevision=f"confusion-{title}")
    data = chart.data.assign(count=counts.ravel()) if counts.size else chart.data
    return Chart(chart.figure, f"{said_name(title)}. {chart.alt}", data)


def _lines(
    bands: pd.DataFrame,
    groups: Groups,
    title: str,
    y: str,
    kind: str,
    revision: str,
    validation: Sequence[int],
) -> Chart:
    table = _known(bands)
    figure = canvas(title, "", y, revision=revision)
    there = [name for name, _ in groups if name in set(table["group"])]
    if not there:
        return empty(figure, WHEN, table)
    styles, shown = group_styles(groups), there[:MOST_GROUPS]
    places = {name: place for place, (name, _) in enumerate(groups)}
    alt = f"Lines with bands over seeds: {title[:1].lower()}{title[1:]}."
    for name in shown:
        mine = table.loc[table["group"] == name].reset_index(drop=True)
        label = plain(_shortened(name), WIDEST)
        said = [
            f"{_said(mean, kind)}{_ends(low, high, kind)}, {n:,.0f} seed{'' if n == 1 else 's'}"
            for mean, low, high, n in mine[["mean", "low", "high", "n"]].itertuples(index=False)
        ]
        line_with_band(
            figure,
            mine.assign(version=0),
            "labels",
            ESTIMATE,
            label,
            styles[name],
            [f"{label}: {each}" for each in said],
        )
        # Which group was clicked, whatever its name has been cut to.
        figure.update_traces(meta=places[name], selector=-1)
        first, last = mine.iloc[0], mine.iloc[-1]
        alt += f" {said_name(name)}: {_said(first['mean'], kind)} at {first['labels']:,.0f} labels"
        alt += f", {_said(last['mean'], kind)} at {last['labels']:,.0f}."
    counts = sorted({int(each) for each in table["labels"]})
    label_axis(figure, counts)
    more = len(there) - len(shown)
    spent = _spent(validation)
    alt += f" The axis: {spent.lower()}." if validation else ""
    figure.update_xaxes(title={"text": f"{spent}<br>({more:,} more groups in the table)" if more else spent})
    figure.update_yaxes(tickformat={"share": ".1~%", "points": "+.1~f"}.get(kind, ",.3~f"))
    legend_above(figure)
    return Chart(figure, alt + left_out(more, "groups in the table"), table)


def _spent(validation: Sequence[int], between: str = " ") -> str:
    """Return what the x-axis counts; `between` stands before the validation labels, which are more words."""
    if not validation:
        return "Labels spent"
    least, most = min(validation), max(validation)
    more = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    wide = " " if least == most else between
    return f"Labels spent,{between}and {more}{wide}validation labels"


def _shortened(name: str) -> str:
    """Return a name without its middle where it is long: what tells groups apart stands at both ends."""
    if len(name) <= WIDEST:
        return name
    return f"{name[: WIDEST // 2 - 1].rstrip(' ,')}…{name[-(WIDEST // 2 - 1) :].lstrip(' ,')}"


def _known(bands: pd.DataFrame) -> pd.DataFrame:
    """Return group, labels, mean, low, high and n where there is a mean, by labels."""
    columns = ["labels", *ESTIMATE, "n"]
    table = numbers(bands.assign(place=np.arange(len(bands))), ["place", *columns], [])
    names = bands["group"].astype("str").to_numpy() if "group" in bands else np.full(len(bands), "")
    table.insert(0, "group", names)
    table = table.dropna(subset=["labels", "mean"]).sort_values(["labels", "place"])
    return table.drop(columns="place").reset_index(drop=True)


def _size(line: pd.DataFrame) -> int:
    return 7 if len(line) <= CROWDED / 2 else 3


def _said(value: float, kind: str) -> str:
    if not np.isfinite(value):
        return "unknown"
    words = {"share": f"{value:.1%}", "number": f"{value:.3f}", "points": f"{value:+.1f} points"}
    return words.get(kind, f"{value:,.2f}")


def _ends(low: float, high: float, kind: str) -> str:
    if not np.isfinite(low + high):
        return ""
    return f" ({_said(low, kind).removesuffix(' points')} to {_said(high, kind).removesuffix(' points')})"
