"""What random labels say of each class: its share of the pool, and the errors of the newest model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from al_core.figures.intervals import (
    MOST_SPOKEN,
    dots,
    left_out,
    most_rows,
    name_rows,
    named,
    said_name,
    share_axis,
    short_name,
    spoken_rows,
    with_interval,
)
from al_core.figures.outcome import ERRORS
from al_core.figures.style import ACCENT, NAMES, RANDOM, Chart, canvas, class_color, empty


def estimated_errors_per_class(frame: pd.DataFrame) -> Chart:
    """Draw how much of each class the newest model misses, and how often it wrongly gives it.

    frame: class, missed, missed_low, missed_high (of the texts of the class), wrongly_given,
    wrongly_given_low, wrongly_given_high (of all other texts); shares with their 95% intervals.
    """
    kinds = {"missed": "fn", "wrongly_given": "fp"}
    columns = [f"{kind}{end}" for kind in kinds for end in ("", "_low", "_high")]
    table = named(frame, "class", columns)
    figure = canvas("Errors per class, on random labels", "", "", revision="estimated-errors-per-class")
    if np.isnan(table[list(kinds)].to_numpy()).all():
        return empty(figure, "Appears after the first model and random labels", table)
    drawn = most_rows(table, np.nansum(table[list(kinds)].to_numpy(), axis=1))
    names = [short_name(name) for name in drawn["class"]]
    for kind, up in (("missed", -0.18), ("wrongly_given", 0.18)):
        look = ERRORS[kinds[kind]]
        dots(
            figure,
            drawn,
            np.arange(len(drawn)) + up,
            (kind, f"{kind}_low", f"{kind}_high"),
            NAMES[kinds[kind]],
            {"color": look["color"], "symbol": look["symbol"], "size": 8},
            look["color"],
            [f"{name}<br>{kind.replace('_', ' ')} " for name in names],
        )
    name_rows(figure, names, 30, len(table) - len(drawn), "Share of texts, 95% interval", "classes")
    share_axis(figure, "x", drawn, [(kind, f"{kind}_high") for kind in kinds])
    alt = f"Dots with whiskers: the two kinds of error of the newest model, of {len(table):,} classes."
    worst = drawn.sort_values("missed", ascending=False, kind="stable")
    for row in spoken_rows(worst):
        missed, given = (with_interval(row[kind], row[f"{kind}_low"], row[f"{kind}_high"]) for kind in kinds)
        alt += f" {said_name(row['class'])}: missed {missed}, wrongly given {given}."
    return Chart(figure, alt + left_out(len(table) - MOST_SPOKEN, "classes"), table)


def class_shares(frame: pd.DataFrame, colors: Sequence[str] = ()) -> Chart:
    """Draw the share of each class in the whole pool, and beside it that among the labels so far.

    frame: class, share, low, high (in the pool, intervals that hold all at once), labelled (among the
    labels, most of which were asked for: not a share of the pool). colors: `#rrggbb` of each class in
    that order; without them, the palette's.
    """
    columns = ["share", "low", "high", "labelled"]
    table = named(frame, "class", columns)
    figure = canvas("Classes of the whole pool", "", "", revision="class-shares")
    if np.isnan(table["share"].to_numpy()).all():
        return empty(figure, "Appears after the first random labels", table)
    drawn = most_rows(table, table["share"].to_numpy())
    names, places = [short_name(name) for name in drawn["class"]], np.arange(len(drawn))
    chosen = [class_color(int(position), colors) for position in drawn.index.tolist()]
    dots(
        figure,
        drawn,
        places,
        ("share", "low", "high"),
        "In the pool, with interval",
        # Ringed: the palette is too light for a white page, and what people choose may be anything.
        {"color": chosen, "symbol": "circle", "size": 11} | {"line": {"color": RANDOM, "width": 1.5}},
        RANDOM,
        [f"{name}<br>" for name in names],
        [" of the pool"] * len(names),
    )
    figure.add_scatter(
        x=drawn["labelled"],
        y=places,
        name="Among the labels so far",
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "diamond-open", "color": ACCENT, "size": 10, "line": {"width": 2}},
        customdata=[
            f"{name}<br>{share:.1%} of the labels so far"
            for name, share in zip(names, drawn["labelled"], strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    name_rows(figure, names, 24, len(table) - len(drawn), "Share", "classes")
    share_axis(figure, "x", drawn, [("share", "high"), ("labelled", "labelled")])
    alt = (
        f"Dots with whiskers: shares of {len(table):,} classes in the whole pool, estimated on random labels."
    )
    for row in spoken_rows(drawn):
        alt += f" {said_name(row['class'])}: {with_interval(row['share'], row['low'], row['high'])}"
        alt += "." if np.isnan(row["labelled"]) else f", of the labels so far {row['labelled']:.1%}."
    return Chart(figure, alt + left_out(len(table) - MOST_SPOKEN, "classes"), table)
