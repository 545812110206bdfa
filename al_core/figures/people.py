"""The people who label: how often they agree, and how fast they are."""

from __future__ import annotations

from collections import Counter
from typing import Any

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
    short_name,
    spoken_rows,
    with_interval,
)
from al_core.figures.style import ACCENT, Chart, canvas, empty

MOST_PEOPLE = 20
"""Who labelled most; the others share a row."""
MOST_BINS = 72
"""Bars of time on a phone, of 4 pixels each; past that the bins grow."""
BINS = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
"""Minutes of a bin, and from there whole days."""


def annotators(frame: pd.DataFrame) -> Chart:
    """Draw how often each person agrees with the others.

    frame: annotator, labels, seconds (the median per label), agreement, low, high (share of the answers
    of others that are the same, and its 95% interval; missing where nobody else saw a text).
    """
    table = named(frame, "annotator", ["labels", "seconds", "agreement", "low", "high"])
    figure = canvas("Agreement with the others", "", "", revision="annotators")
    if np.isnan(table["agreement"].to_numpy()).all():
        return empty(figure, "Appears when two people have labelled a text", table)
    drawn = most_rows(table, table["labels"].to_numpy())
    names, places = [short_name(name) for name in drawn["annotator"]], np.arange(len(drawn))
    after = [
        f"<br>{'no' if np.isnan(labels) else f'{labels:,.0f}'} labels"
        + ("" if np.isnan(seconds) else f", {seconds:,.1f} s each (median)")
        for labels, seconds in zip(drawn["labels"], drawn["seconds"], strict=True)
    ]
    before = [f"{name}: " for name in names]
    look = {"color": ACCENT, "symbol": "circle", "size": 10}
    estimate = ("agreement", "low", "high")
    dots(figure, drawn, places, estimate, "Agreement", look, ACCENT, before, after)
    figure.update_layout(showlegend=False)
    name_rows(figure, names, 24, len(table) - len(drawn), "Agreement, 95% interval", "people")
    figure.update_xaxes(range=[-0.03, 1.04], tickformat=".0%", dtick=0.25)
    for place in places[np.isnan(drawn["agreement"].to_numpy())]:
        figure.add_annotation(
            text="no text in common yet",
            x=0.5,
            y=place,
            showarrow=False,
            font={"size": 12},
        )
    alt = f"Dots with whiskers: agreement of {_people(len(table))} with the others."
    for row in spoken_rows(drawn):
        count = "no" if np.isnan(row["labels"]) else f"{row['labels']:,.0f}"
        agreement = with_interval(*(row[column] for column in estimate))
        alt += f" {said_name(row['annotator'])}: {agreement}, {count} labels."
    return Chart(figure, alt + left_out(len(table) - MOST_SPOKEN, "people"), table)


def pace(frame: pd.DataFrame) -> Chart:
    """Draw how many labels each person gave over time, a row of bars each.

    frame: annotator, at (start of 5 minutes, UTC), labels. Past twenty people the rest is one row;
    over many hours the bins are longer.
    """
    table = named(frame, "annotator", ["labels"])
    at = frame["at"] if "at" in frame else pd.Series(index=frame.index, dtype="object")
    # Without its zone, which Plotly would not show either.
    table.insert(1, "at", pd.to_datetime(at, errors="coerce", utc=True).dt.tz_localize(None).to_numpy())
    table = table.dropna(subset=["at", "labels"]).query("labels > 0").astype({"labels": int})
    table = table.sort_values(["at", "annotator"], kind="stable").reset_index(drop=True)
    figure = canvas("Labels over time", "Time (UTC)", "", revision="pace")
    if table.empty:
        return empty(figure, "Appears after the first label", table)
    times: list[pd.Timestamp] = table["at"].tolist()
    minutes = _minutes(times[0], times[-1])
    starts: list[Any] = pd.DatetimeIndex(times).floor(f"{minutes}min").tolist()
    people, given = table["annotator"].tolist(), table["labels"].tolist()
    totals: Counter[str] = Counter()
    for name, labels in zip(people, given, strict=True):
        totals[name] += labels
    most = {name for name, _ in totals.most_common(MOST_PEOPLE)}
    # Whoever came first stands on top and stays there, however many labels the others give.
    places = {name: place for place, name in enumerate(name for name in totals if name in most)}
    names = [short_name(name) for name in places]
    others = len(totals) - len(names)
    if others:
        names.append(f"{others:,} others, own scale")
    bars: Counter[tuple[int, Any]] = Counter()
    for name, start, labels in zip(people, starts, given, strict=True):
        bars[places.get(name, len(places)), start] += labels
    # Together the others may have many times the labels of anyone.
    tallest = [max((n for (place, _), n in bars.items() if place < len(places)), default=1)] * len(places)
    tallest += [max((n for (place, _), n in bars.items() if place == len(places)), default=1)]
    span = _span(minutes)
    figure.add_bar(
        x=[start for _, start in bars],
        # Upwards from the line of the row; the axis runs down.
        y=[-0.8 * labels / tallest[place] for (place, _), labels in bars.items()],
        base=[place + 0.4 for place, _ in bars],
        # From the start of the bin, not around it.
        offset=0,
        width=minutes * 60_000 * 0.9,
        marker={
            "color": ACCENT,
            "line": {"width": 0},
            # Hatched: the last row is not a person.
            "pattern": {
                "shape": ["/" if place == len(places) else "" for place, _ in bars],
                "fillmode": "overlay",
            },
        },
        customdata=[
            f"{names[place]}: {labels:,} labels<br>in the {span} from {start:%d %b %H:%M}"
            for (place, start), labels in bars.items()
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_layout(showlegend=False)
    name_rows(figure, names, 24, 0, "Time (UTC)", "people")
    figure.update_yaxes(title={"text": f"Labels per {span}, up to {tallest[0]:,}"})
    first, last, step = starts[0], starts[-1], pd.Timedelta(minutes=minutes)
    # A first bar alone must not fill the page.
    figure.update_xaxes(type="date", range=[first, max(last + step, first + 12 * step)], nticks=5)
    newest = table[[start == last for start in starts]]
    alt = (
        f"Bars: labels per {span} of {_people(len(totals))}, from {first:%d %b %Y %H:%M} UTC. "
        f"Newest: {newest['labels'].sum():,} labels by {_people(len(set(newest['annotator'])))} "
        f"in the {span} from {last:%d %b %H:%M}. In all {sum(totals.values()):,}:"
    )
    alt += ",".join(f" {said_name(name)} {count:,}" for name, count in totals.most_common(MOST_SPOKEN)) + "."
    return Chart(figure, alt + left_out(len(totals) - MOST_SPOKEN, "people"), table)


def _minutes(first: pd.Timestamp, last: pd.Timestamp) -> int:
    """Return how long a bin must be, so that there are not too many."""
    span = (last - first).total_seconds() / 60
    fitting = (each for each in BINS if span / each < MOST_BINS)
    return next(fitting, BINS[-1] * int(span // (BINS[-1] * MOST_BINS) + 1))


def _span(minutes: int) -> str:
    if minutes >= 1440:
        return f"{minutes // 1440:,} days" if minutes > 1440 else "day"
    if minutes >= 60:
        return f"{minutes // 60} hours" if minutes > 60 else "hour"
    return f"{minutes} minutes"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
