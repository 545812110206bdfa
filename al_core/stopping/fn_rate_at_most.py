"""Business criterion: fn rate at most a given value, on validation."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.thresholds import Threshold


def build(value: float) -> Threshold:
    """Return the criterion."""
    return Threshold("fn_rate_at_most", "fn_rate", "False-negative rate", value, at_least=False)


ENTRY = Entry(
    name="fn_rate_at_most",
    title="FN rate at most",
    help="Stop when no more than this share of the positives is missed on validation.",
    build=build,
    parameters=(Parameter("value", "FN rate at most", "A share between 0 and 1.", 0.1, 0.0, 1.0),),
)
