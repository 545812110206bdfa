"""Maps of the pool: what one run of each group asked about, and in which round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from al_core.comparing import Comparison, Group
from al_core.comparing.groups import data_of, seed_of
from al_core.comparing.pool import MOST_TEXTS, pool_points
from al_core.comparing.words import SAMPLED
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import make_split
from al_core.errors import WorkbenchError
from al_core.figures import Chart
from al_core.figures.intervals import said_name
from al_core.figures.pool import TALL
from al_core.figures.style import RANDOM, canvas, plain
from al_core.offline import Page, paragraph
from al_core.reporting.subject import Subject
from al_core.store.records import RunRecord

MOST_MAPS = 6
ROUND_COLORS = ("#A99EF0", "#5644BE")
"""Of the first and of the last round; size tells them apart too."""
SIZES = (5.0, 11.0)


def maps(page: Page, found: Comparison, subject: Subject) -> None:
    """Add a map for each group of what its run of one seed asked about; nothing where nothing was asked.

    The maps of one corpus and split have the same places. Cost: a truncated SVD of at most 3,000 texts
    for each corpus and split.
    """
    asked = set(found.asked.queried["run"])
    groups = [group for group in found.groups if any(run.id in asked for run in group.runs)]
    if subject.texts is None or not groups:
        return
    page.heading("Map of the pool")
    charts: dict[str, Chart] = {}
    sampled = False
    for data in dict.fromkeys(data_of(group.runs[0]) for group in groups):
        alike = [group for group in groups if data_of(group.runs[0]) == data]
        chosen = _of_one_seed(alike, asked)[: MOST_MAPS - len(charts)]
        if not chosen:
            continue
        try:
            points = _points(found, subject, [run for _, run in chosen])
        except WorkbenchError as error:
            page.add(paragraph(f"No map: {error}", "soft"))
            continue
        for title, run in chosen:
            mine = found.asked.queried.loc[found.asked.queried["run"] == run.id]
            rounds = dict(zip(mine["row"].tolist(), mine["round"].tolist(), strict=True))
            charts[f"map {title}"] = round_map(points, rounds, title, len(chosen))
            sampled |= not set(rounds) <= set(points["row"])
    page.charts(charts)
    more = len(groups) - len(charts)
    page.add(
        paragraph(
            "Each point is a text of the pool; the darker and larger, the later the round that asked "
            "about it. Texts that share words lie close together (truncated SVD of TF-IDF, of at most "
            f"{MOST_TEXTS:,} texts). Two directions of thousands: what lies close may still differ."
            + (f" {SAMPLED}" if sampled else "")
            + (f" {more:,} more not drawn." if more > 0 else ""),
            "soft",
        )
    )


def round_map(points: pd.DataFrame, rounds: dict[int, int], title: str, shares: int = 1) -> Chart:
    """Draw a part of the pool, and all that one run asked about by its round.

    points: row, x, y; rounds: the round of each row that was asked about; shares: among how many
    maps the texts that nobody asks about are shared out, so that a report stays small.
    """
    table = points[["row", "x", "y"]].assign(
        round=[float(rounds.get(int(row), np.nan)) for row in points["row"]]
    )
    figure = canvas(
        plain(title, 40), "First direction", "Second direction", revision=f"map-{title}", height=TALL
    )
    mine = table.loc[table["round"].notna()].sort_values("round")
    rest = table.loc[table["round"].isna()].iloc[:: max(1, shares)]
    figure.add_scatter(
        x=rest["x"].round(4),
        y=rest["y"].round(4),
        name="Not asked",
        mode="markers",
        marker={"color": RANDOM, "size": 4, "opacity": 0.4},
        hoverinfo="skip",
    )
    numbers = mine["round"].to_numpy(dtype=float)
    # Of all that was asked about, drawn or not.
    first, last = float(min(rounds.values(), default=0)), float(max(rounds.values(), default=0))
    way = (numbers - first) / ((last - first) or 1.0)
    figure.add_scatter(
        x=mine["x"].round(4),
        y=mine["y"].round(4),
        name="Asked, by round",
        mode="markers",
        marker={
            "color": numbers,
            "colorscale": list(ROUND_COLORS),
            "cmin": first,
            "cmax": max(last, first + 1),
            "size": SIZES[0] + (SIZES[1] - SIZES[0]) * way,
            "line": {"color": "white", "width": 0.5},
            "showscale": last > first,
            "colorbar": {
                "title": {"text": "Round"},
                "thickness": 10,
                "outlinewidth": 0,
                "tickformat": "d",
                "nticks": 6,
            },
        },
        # Not the text: who hands a report on need not hand the texts on.
        customdata=[f"Round {number:,.0f}" for number in numbers],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_layout(hovermode="closest")
    for update, column in ((figure.update_xaxes, "x"), (figure.update_yaxes, "y")):
        places = table[column].to_numpy(dtype=float)
        low, high = float(places.min()), float(places.max())
        room = 0.05 * (high - low) or 1.0
        # The same on all maps of a pool, whatever each of them shows of it.
        update(range=[low - room, high + room], showticklabels=False, showgrid=False)
    drawn = f"; {len(mine):,} are drawn" if len(mine) < len(rounds) else ""
    alt = (
        f"{said_name(title)}. Map of texts of the pool in two dimensions: {len(rounds):,} were asked about, "
        f"in rounds {first:,.0f} to {last:,.0f}{drawn}."
    )
    return Chart(figure, alt, table)


def _of_one_seed(groups: Sequence[Group], asked: set[str]) -> list[tuple[str, RunRecord]]:
    """Return the run of each group of the seed that most of them have, so that their pools are the same."""
    there = [(group.title, run) for group in groups for run in group.runs if run.id in asked]
    counts = Counter(seed_of(run) for _, run in there)
    seed = min(counts, key=lambda each: (-counts[each], each))
    return [(title, run) for title, run in there if seed_of(run) == seed]


def _points(found: Comparison, subject: Subject, chosen: Sequence[RunRecord]) -> pd.DataFrame:
    """Return a sample of the pool of runs of one seed, with what any of them asked about."""
    assert subject.texts is not None
    config = chosen[0].run_config()
    corpus = subject.texts(chosen[0].corpus_key)
    copies = duplicate_groups(corpus.texts)
    split = make_split(corpus.labels, copies, config.split, config.seed, corpus.classes)
    queried = found.asked.queried.loc[found.asked.queried["run"].isin([run.id for run in chosen])]
    return pool_points(corpus, split, queried, config.seed)
