"""Budget of time: what a run may use up."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.budget import Budget


def build(value: float) -> Budget:
    """Return the criterion."""
    return Budget("minutes_at_most", "Minutes", lambda each: each.seconds / 60, value, digits=1)


ENTRY = Entry(
    name="minutes_at_most",
    title="Budget of time",
    help="Stop after the round in which scoring, choosing and training have taken this many minutes.",
    build=build,
    caution="Time differs from machine to machine: the same settings may end at different rounds.",
    parameters=(Parameter("value", "Minutes at most", "The full-data baseline is not counted.", 30.0, 0.0),),
)
