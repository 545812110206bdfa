"""A map of the pool, and what was asked about in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.figures.style import ACCENT, RANDOM, Chart, canvas, empty, numbers, plain

PREVIEW = 90
"""Letters of a text that the map shows."""
TALL = 420


def pool_map(points: pd.DataFrame, number: int, counts: Mapping[int, int] | None = None) -> Chart:
    """Draw the pool in two dimensions, and what was asked about up to a round.

    points: x, y, round (NaN where never asked), text; the hover shows the beginning of a text, literally.
    counts: how many texts each round asked about, where the points are a sample of them.
    """
    table = numbers(points, ["x", "y", "round"], [])
    table["text"] = points["text"].astype("str").to_numpy() if "text" in points else ""
    table = table.dropna(subset=["x", "y"]).reset_index(drop=True)
    figure = canvas(
        "Map of the pool", "First direction", "Second direction", revision="pool-map", height=TALL
    )
    if table.empty:
        return empty(figure, "Appears when there are texts in the pool", table)
    rounds = table["round"].to_numpy()
    asked, now = rounds <= number, rounds == number
    layers: tuple[tuple[str, npt.NDArray[np.bool_], dict[str, Any]], ...] = (
        ("Not asked yet", ~asked, {"color": RANDOM, "size": 4, "opacity": 0.45}),
        ("Asked before", asked & ~now, {"color": "#9385E3", "size": 7, "symbol": "diamond"}),
        (
            f"Asked in round {number:,}",
            now,
            {"color": ACCENT, "size": 11, "symbol": "star", "line": {"color": "white", "width": 1}},
        ),
    )
    for name, mask, marker in layers:
        mine = table.loc[mask]
        figure.add_scatter(
            # Nothing yet keeps its place in the legend.
            x=mine["x"] if len(mine) else [None],
            y=mine["y"] if len(mine) else [None],
            name=name,
            mode="markers",
            marker=marker,
            customdata=[plain(text, PREVIEW) for text in mine["text"]],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.update_layout(hovermode="closest", height=TALL)
    figure.update_xaxes(showticklabels=False)
    figure.update_yaxes(showticklabels=False, showgrid=False)
    for axis, column in ((figure.update_xaxes, "x"), (figure.update_yaxes, "y")):
        low, high = table[column].min(), table[column].max()
        room = 0.05 * (high - low) or 1.0
        axis(range=[low - room, high + room])
    whole = counts or {number: int(now.sum()), number - 1: int((asked & ~now).sum())}
    before = sum(count for each, count in whole.items() if each < number)
    alt = (
        f"Map of {len(table):,} texts of the pool in two dimensions; {whole.get(number, 0):,} were asked "
        f"about in round {number:,}, {before:,} before."
    )
    return Chart(figure, alt, table)
