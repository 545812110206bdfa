"""How a sweep stands, in words."""

from __future__ import annotations

from al_core.store.states import ACTIVE
from al_core.sweeps.face import Standing
from pages.parts.words import STATES, Color


def badge(standing: Standing) -> tuple[str, Color, str]:
    """Return words, colour and icon of the state that matters most."""
    if not standing.runs:
        return "No runs", "gray", ":material/delete:"
    states = standing.states
    if any(states.get(each) for each in ACTIVE):
        return STATES["running"]
    for state in ("queued", "paused", "interrupted", "failed", "cancelled"):
        if states.get(state):
            return STATES[state]
    return STATES["finished"]


def counts(standing: Standing) -> str:
    """Return how many runs are in each state: 12 of 18 finished, 2 running, 1 failed."""
    parts = [f"{standing.finished:,} of {standing.runs:,} finished"]
    if working := sum(standing.states.get(each, 0) for each in ACTIVE):
        parts.append(f"{working:,} running")
    for state in ("queued", "paused", "interrupted", "failed", "cancelled"):
        if number := standing.states.get(state):
            parts.append(f"{number:,} {STATES[state][0].lower()}")
    return ", ".join(parts)
