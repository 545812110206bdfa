"""Clicks on the points of a chart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

_mount = component("chart_clicks", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a chart that was clicked."""

    line: int
    """The `meta` of its trace."""
    x: float


def clicked(frame: str, chart: str) -> Point | None:
    """Return the point last clicked of the chart in the container with the key `frame`, if there is one.

    Call it inside that container. `chart`: what the chart shows; a click on another is forgotten. Only traces
    with a number as `meta` count.
    """
    state: Any = _mount(
        key=f"{frame}-clicks", data={"frame": frame, "chart": chart}, on_point_change=_nothing
    )
    return _point(state.get("point") if isinstance(state, dict) else None, chart)


def _point(found: object, chart: str) -> Point | None:
    """Return the point, of what may be anything that a browser sends."""
    if not isinstance(found, dict) or found.get("chart") != chart:
        return None
    line, x = found.get("line"), found.get("x")
    if not isinstance(line, int) or not isinstance(x, int | float) or not math.isfinite(x):
        return None
    return Point(line, float(x))


def _nothing() -> None:
    """Let Streamlit know that there is such a state; the page is drawn again anyway."""
