"""What the texts are: classes of each queried batch, class counts, text lengths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.figures.style import (
    ACCENT,
    HEIGHT,
    INK,
    Chart,
    canvas,
    class_style,
    empty,
    legend_above,
    numbers,
    plain,
    round_axis,
)

MOST_BARS = 30


def queried_classes(queried: pd.DataFrame, classes: Sequence[str]) -> Chart:
    """Draw how many texts of each class each round asked for, stacked in the order of `classes`.

    queried: round, class, count, and optionally pool_share (share of the class in the pool), which
    draws where the stack would part if the batch were like the pool.
    """
    table = numbers(queried, ["round", "count", "pool_share"], [])
    names = queried["class"] if "class" in queried else pd.Series(index=queried.index, dtype="str")
    table.insert(1, "class", names.astype("str").to_numpy())
    table = table.dropna(subset=["round", "count"]).astype({"round": int, "count": int})
    figure = canvas("Classes of each queried batch", "Round", "Texts asked for", revision="queried")
    wide = table.pivot_table(index="round", columns="class", values="count", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=list(classes), fill_value=0)
    if wide.to_numpy().sum() == 0:
        return empty(figure, "Appears after the first query", table)
    for position, name in enumerate(classes):
        figure.add_bar(
            x=wide.index,
            y=wide[name],
            name=plain(name),
            marker=class_style(position),
            hovertemplate="%{y:,}",
        )
    shares = table.pivot_table(index="round", columns="class", values="pool_share", aggfunc="mean")
    if len(shares):
        # A boundary below each class but the first: at the height where it would begin.
        edges = shares.reindex(index=wide.index, columns=list(classes)).cumsum(axis=1).iloc[:, :-1]
        heights = edges.mul(wide.sum(axis=1), axis=0)
        figure.add_scatter(
            x=np.repeat(heights.index, heights.shape[1]),
            y=heights.to_numpy().ravel(),
            name="If drawn like the pool",
            mode="markers",
            # Ringed in white: seen on every class colour and on both pages.
            marker={"symbol": "diamond", "size": 9, "color": INK, "line": {"color": "white", "width": 1.5}},
            hoverinfo="skip",
        )
    figure.update_layout(barmode="stack", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_xaxes(unifiedhovertitle={"text": "Round %{x}"})
    figure.update_yaxes(tickformat=",", rangemode="tozero")
    round_axis(figure, wide.index.tolist())
    legend_above(figure)
    totals = ", ".join(f"{name} {wide[name].sum():,}" for name in list(classes)[:5])
    more = "" if len(classes) <= 5 else f", and {len(classes) - 5:,} more classes"
    alt = f"Stacked bars: texts asked for by class in {len(wide):,} rounds. In all: {totals}{more}."
    return Chart(figure, alt, table)


def class_counts(classes: Sequence[str], counts: Sequence[int]) -> Chart:
    """Draw texts per class, most frequent first; past thirty classes the rest is one bar."""
    table = pd.DataFrame({"class": list(classes), "texts": np.asarray(counts, dtype=float)})
    table["texts"] = table["texts"].fillna(0).astype(int)
    table = table.sort_values("texts", ascending=False, kind="stable").reset_index(drop=True)
    head, rest = table.head(MOST_BARS), table["texts"].iloc[MOST_BARS:]
    names = [plain(name, 20) for name in head["class"]]
    bars = head["texts"].tolist()
    if len(rest):
        names.append(f"{len(rest):,} others")
        bars.append(int(rest.sum()))
    height = max(HEIGHT, 110 + 22 * len(bars))
    figure = canvas("Texts per class", "Texts", "", revision="class-counts", height=height)
    if sum(bars) == 0:
        return empty(figure, "Appears when texts have labels", table)
    places = list(range(len(bars)))
    figure.add_bar(
        x=bars,
        y=places,
        orientation="h",
        # Hatched: the last bar is not a class.
        marker={
            "color": ACCENT,
            "pattern": {"shape": [""] * len(head) + ["/"] * (len(bars) - len(head)), "fillmode": "overlay"},
        },
        # Two classes would else be two slabs.
        width=min(0.7, 0.2 + 0.1 * len(bars)),
        text=[f"{bar:,}" for bar in bars],
        textposition="outside",
        cliponaxis=False,
        customdata=names,
        hovertemplate="%{customdata}: %{x:,}<extra></extra>",
    )
    figure.update_layout(showlegend=False, hovermode="closest", margin={"t": 40, "r": 56})
    figure.update_xaxes(tickformat=",", showgrid=True, nticks=5)
    # By place, not by name: two classes whose names are cut alike stay two bars.
    figure.update_yaxes(tickvals=places, ticktext=names, range=[len(bars) - 0.4, -0.6], showgrid=False)
    alt = (
        f"Bars: {table['texts'].sum():,} texts in {len(table):,} classes, "
        f"from {table['class'].iloc[0]} ({table['texts'].iloc[0]:,}) "
        f"to {table['class'].iloc[-1]} ({table['texts'].iloc[-1]:,})."
    )
    return Chart(figure, alt, table)


def text_lengths(edges: Sequence[float], counts: Sequence[int], unit: str = "words") -> Chart:
    """Draw how long the texts are. edges: (B + 1,) in the unit, rising; counts: (B,) texts in each bin."""
    sides: npt.NDArray[np.float64] = np.asarray(edges, dtype=float)
    bars = np.nan_to_num(np.asarray(counts, dtype=float)).astype(int)
    table = pd.DataFrame({"from": sides[:-1], "to": sides[1:], "texts": bars})
    figure = canvas("Length of the texts", f"Length ({unit})", "Texts", revision="text-lengths")
    if bars.sum() == 0:
        return empty(figure, "Appears when there are texts", table)
    figure.add_bar(
        x=(sides[:-1] + sides[1:]) / 2,
        y=bars,
        width=np.diff(sides),
        marker={"color": ACCENT, "line": {"width": 0}},
        customdata=[f"{low:,.0f} to {high:,.0f} {unit}" for low, high in pairwise(sides)],
        hovertemplate="%{customdata}: %{y:,} texts<extra></extra>",
    )
    figure.update_layout(showlegend=False, hovermode="closest", bargap=0.06, margin={"t": 40})
    figure.update_xaxes(tickformat=",", nticks=8)
    figure.update_yaxes(tickformat=",", rangemode="tozero")
    peak = int(bars.argmax())
    alt = (
        f"Histogram: lengths of {bars.sum():,} texts from {sides[0]:,.0f} to {sides[-1]:,.0f} {unit}; "
        f"most have {sides[peak]:,.0f} to {sides[peak + 1]:,.0f}."
    )
    return Chart(figure, alt, table)
