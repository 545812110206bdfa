"""Business criterion: F1 at least a given value, on validation."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.thresholds import Threshold


def build(value: float) -> Threshold:
    """Return the criterion."""
    return Threshold("f1_at_least", "f1", "F1", value, at_least=True)


ENTRY = Entry(
    name="f1_at_least",
    title="F1 at least",
    help="Stop when the validation F1 reaches this: the positive class's, or the mean of more than two.",
    build=build,
    parameters=(Parameter("value", "F1 at least", "A share between 0 and 1.", 0.9, 0.0, 1.0),),
)
