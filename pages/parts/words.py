"""Numbers, times, states and foreign words as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

from al_core.corpus.base import SYNTHETIC as SYNTHETIC

Color = Literal["gray", "blue", "orange", "red", "green"]

STATES: dict[str, tuple[str, Color, str]] = {
    "queued": ("Waiting", "gray", ":material/schedule:"),
    "starting": ("Starting", "blue", ":material/hourglass_top:"),
    "running": ("Running", "blue", ":material/play_arrow:"),
    "paused": ("Paused", "orange", ":material/pause:"),
    "interrupted": ("Interrupted", "orange", ":material/power_off:"),
    "cancelled": ("Cancelled", "gray", ":material/stop:"),
    "failed": ("Failed", "red", ":material/error:"),
    "finished": ("Finished", "green", ":material/check:"),
}
"""State: words, badge colour, icon. The words carry the meaning, the colour only repeats it."""

PHASES = {
    "prepare": "Preparing",
    "fit": "Training",
    "measure": "Measuring",
    "score": "Scoring the pool",
    "select": "Choosing texts",
    "between": "Getting ready",
}


def plain(text: str) -> str:
    r"""Return text so that Markdown shows it as it is: `a*b` becomes `a\*b`."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~$:^=@&])", r"\\\1", " ".join(text.split()))


def duration(seconds: float) -> str:
    """Return a length of time in one unit that fits: 45 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def ago(moment: datetime | None) -> str:
    """Return how long ago a moment was."""
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - moment).total_seconds()
    if seconds < 5:
        return "just now"
    return f"{duration(seconds)} ago" if seconds < 86_400 else moment.astimezone().strftime("%d %b %Y")


def waits(ahead: int) -> str:
    """Return what a run waits for; ahead: waiting runs that get a slot before it."""
    others = {0: "", 1: "; 1 other run goes first"}.get(ahead, f"; {ahead:,} other runs go first")
    return f"Waiting for a free slot{others}"


def round_title(number: int) -> str:
    """Return what people call a round."""
    return {-1: "All labels (baseline)", 0: "Initial labels"}.get(number, f"Round {number:,}")
