"""Words of labelling: states, counts, shares with their intervals."""

from __future__ import annotations

from pages.parts.words import Color

SESSION_STATES: dict[str, tuple[str, Color, str]] = {
    "active": ("Active", "green", ":material/play_arrow:"),
    "paused": ("Paused", "orange", ":material/pause:"),
    "archived": ("Archived", "gray", ":material/inventory_2:"),
}
"""State: words, badge colour, icon."""


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 text, 1,200 texts."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def between(low: float | None, high: float | None) -> str:
    """Return the ends of an interval of shares: 76 to 90%; "" where there is none."""
    return "" if low is None or high is None else f"{100 * low:.0f} to {100 * high:.0f}%"


def points(value: float) -> str:
    """Return a difference of shares in points: +4.0."""
    return f"{100 * value:+.1f}"
