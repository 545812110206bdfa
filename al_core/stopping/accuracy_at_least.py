"""Business criterion: accuracy at least a given value, on validation."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.thresholds import Threshold


def build(value: float) -> Threshold:
    """Return the criterion."""
    return Threshold("accuracy_at_least", "accuracy", "Accuracy", value, at_least=True)


ENTRY = Entry(
    name="accuracy_at_least",
    title="Accuracy at least",
    help="Stop when the validation accuracy reaches this.",
    build=build,
    parameters=(Parameter("value", "Accuracy at least", "A share between 0 and 1.", 0.9, 0.0, 1.0),),
)
