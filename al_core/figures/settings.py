"""Runs as lines across their settings to what came of them: parallel coordinates.

Of plain lines, not of Plotly's own kind, which needs WebGL, tells nothing at the pointer, and lays the lines
of one setting on one another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.figures.intervals import left_out, said_name
from al_core.figures.style import ACCENT, FAINT, ON_LINES, Chart, canvas, empty, plain, strategy_style

WHEN = "Appears when there are runs that differ in a setting"
TALL = 440
MOST_AXES = 7
"""Settings past which names touch, and the rest is left to the table."""
MOST_NUMBERS = 12
"""Different numbers up to which each has a place of its own, in their order; more make a scale."""
MOST_NAMES = 24
SPREAD = 0.6
"""Of the room of a value: runs that share it stand side by side in it, the better ones above."""
CROWDED = 60
NEVER = "not reached"
MISSING = "–"

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axis:
    """One upright line: where each run crosses it, from 0 to 1 (NaN: nowhere), and what is written on it."""

    title: str
    places: Numbers
    ticks: Sequence[tuple[float, str]]


def settings_lines(
    settings: pd.DataFrame, results: pd.DataFrame, strategies: Mapping[str, str], what: str, kind: str
) -> Chart:
    """Draw a line for each run, across the settings that vary, to its result.

    settings: a column for each, texts and numbers, None where a run has no such setting; results, of the same
    rows: group, seed, result (infinity: the goal was never reached); strategies: of each group its registry
    name, which decides the colour; what: the result's title; kind: share, number, money or labels.
    """
    figure = canvas(
        f"Settings and {what[:1].lower()}{what[1:]}", "", "", revision=f"settings-{what}", height=TALL
    )
    table = settings.assign(
        **{name: results[name] for name in ("group", "seed", "result") if name in results}
    )
    given = table["result"].tolist() if "result" in results else []
    result: Numbers = np.array([math.nan if each is None else each for each in given], dtype=np.float64)
    if settings.columns.empty or np.isnan(result).all():
        return empty(figure, WHEN, table)
    order = np.argsort(np.argsort(np.nan_to_num(result, nan=-math.inf), kind="stable"), kind="stable")
    shown = list(settings)[:MOST_AXES]
    axes = [_setting(name, settings[name].tolist(), order) for name in shown]
    axes.append(_result(what, result, kind))
    names = [f"{group}, seed {seed:,}" for group, seed in zip(results["group"], results["seed"], strict=True)]
    hovers = [
        f"{plain(n, 60)}<br>{plain(what)}: {_said(r, kind)}" for n, r in zip(names, result, strict=True)
    ]
    _draw(figure, axes, [strategies.get(str(group), "") for group in results["group"]], hovers)
    more = len(settings.columns) - len(shown)
    if more:
        figure.update_xaxes(title={"text": f"{more:,} more settings in the table"})
    told = ", ".join(said_name(name) for name in shown)
    alt = f"Lines of {len(result):,} runs across {told} to {what[:1].lower()}{what[1:]}."
    known = np.flatnonzero(np.isfinite(result))
    if len(known):
        for words, at in (
            ("Highest", known[result[known].argmax()]),
            ("Lowest", known[result[known].argmin()]),
        ):
            alt += f" {words}: {said_name(names[at])}, {_said(float(result[at]), kind)}."
    return Chart(figure, alt + left_out(more, "settings in the table"), table)


def _draw(figure: Any, axes: Sequence[Axis], strategies: Sequence[str], hovers: Sequence[str]) -> None:
    many = len(hovers) > CROWDED
    for strategy in dict.fromkeys(strategies):
        mine = [place for place, each in enumerate(strategies) if each == strategy]
        xs: list[float | None] = []
        ys: list[float | None] = []
        for place in mine:
            xs += [*range(len(axes)), None]
            ys += [*(_or_none(axis.places[place]) for axis in axes), None]
        color = strategy_style(strategy)["color"] if len(set(strategies)) > 1 else ACCENT
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines+markers",
            opacity=0.7 if many else 0.85,
            line={"color": color, "width": 1 if many else 1.75},
            marker={"color": color, "size": 4},
            customdata=[hovers[place] for place in mine for _ in range(len(axes) + 1)],
            hovertemplate="%{customdata}<extra></extra>",
        )
    for at, axis in enumerate(axes):
        figure.add_shape(
            type="line", x0=at, x1=at, y0=0, y1=1, layer="below", line={"color": FAINT, "width": 2}
        )
        for y, words in axis.ticks:
            figure.add_annotation(
                name=ON_LINES,
                x=at,
                y=y,
                text=words,
                xanchor="left",
                xshift=6,
                showarrow=False,
                font={"size": 12},
                borderpad=1,
            )
    last = len(axes) - 1
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(axes))),
        ticktext=[_broken(axis.title) for axis in axes],
        tickangle=0,
        showline=False,
        range=[-0.08 * last, last + min(0.75, 0.3 * last)],
    )
    figure.update_yaxes(visible=False, range=[-0.04, 1.04])
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        height=max(TALL, 100 + 20 * max(len(axis.ticks) for axis in axes)),
        margin={"t": 52},
    )


def _setting(title: str, values: Sequence[Any], order: npt.NDArray[np.integer]) -> Axis:
    """Return the axis of a setting. order (n,): the rank of each run by its result, 0 the lowest."""
    there = [each for each in values if _there(each)]
    numeric = all(isinstance(each, int | float) for each in there)
    different = sorted(set(there)) if numeric else list(dict.fromkeys(there))[::-1]
    if numeric and len(different) > MOST_NUMBERS:
        low, high = float(different[0]), float(different[-1])
        steps = _ticks(low, high)
        places = [(each - low) / (high - low) if _there(each) else math.nan for each in values]
        return Axis(title, np.array(places), [((t - low) / (high - low), _tick(t, "", steps)) for t in steps])
    if len(there) < len(values):
        different = [None, *different]
    room = 1 / max(1, len(different))
    keys = [each if _there(each) else None for each in values]
    places = np.empty(len(values))
    for place, value in enumerate(different):
        mine = np.array([at for at, each in enumerate(keys) if each == value], dtype=int)
        ranks = np.argsort(np.argsort(order[mine]))
        places[mine] = room * (place + 0.5 + SPREAD * ((ranks + 0.5) / len(mine) - 0.5))
    step = -(-len(different) // MOST_NAMES)
    ticks = [
        (room * (place + 0.5), _named(value)) for place, value in enumerate(different) if place % step == 0
    ]
    return Axis(title, places, ticks)


def _result(title: str, result: Numbers, kind: str) -> Axis:
    known = result[np.isfinite(result)]
    never = np.isinf(result)
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    # What was never reached stands above all that was.
    top = 0.88 if never.any() else 1.0
    width = high - low
    places = np.full(len(result), top / 2) if width == 0 else top * (result - low) / width
    places = np.where(never, 1.0, np.where(np.isnan(result), math.nan, places))
    if width == 0:
        ticks = [(top / 2, _said(low, kind))] if len(known) else []
    else:
        steps = _ticks(low, high)
        ticks = [(top * (t - low) / width, _tick(t, kind, steps)) for t in steps]
    return Axis(title, places, [*ticks, (1.0, NEVER)] if never.any() else ticks)


def _ticks(low: float, high: float) -> list[float]:
    """Return three to eight round numbers from low to high."""
    size = 10.0 ** math.floor(math.log10((high - low) / 3))
    step = next(size * each for each in (5, 2.5, 2, 1) if (high - low) / (size * each) >= 3 or each == 1)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _tick(value: float, kind: str, steps: Sequence[float]) -> str:
    scale = 100.0 if kind == "share" else 1.0
    # As many digits as tell these numbers apart, and no more.
    digits = next(d for d in range(7) if d == 6 or all(_whole(each * scale * 10.0**d) for each in steps))
    return f"{value * scale:,.{digits}f}{'%' if kind == 'share' else ''}"


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6


def _said(value: float, kind: str) -> str:
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return NEVER
    words = {"share": f"{value:.1%}", "number": f"{value:.3f}", "labels": f"{value:,.0f}"}
    return words.get(kind, f"{value:,.2f}")


def _there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _named(value: Any) -> str:
    if not _there(value):
        return MISSING
    if isinstance(value, float):
        return f"{value:,g}"
    return f"{value:,}" if isinstance(value, int) else plain(value, 24)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _broken(title: str) -> str:
    """Return a title in lines of about 16 letters."""
    lines = [""]
    for word in plain(title, 48).split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= 16:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
