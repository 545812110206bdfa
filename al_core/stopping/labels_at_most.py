"""Budget of labels: what a run may use up."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.budget import Budget


def build(value: int) -> Budget:
    """Return the criterion."""
    return Budget("labels_at_most", "Labels", lambda each: each.labels, value)


ENTRY = Entry(
    name="labels_at_most",
    title="Budget of labels",
    help="Stop after the round in which the labels, the initial ones included, reach this number.",
    build=build,
    parameters=(
        Parameter(
            "value", "Labels at most", "Asked for in whole batches: the last may go beyond it.", 1000, 1
        ),
    ),
)
