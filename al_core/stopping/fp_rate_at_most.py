"""Business criterion: fp rate at most a given value, on validation."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.thresholds import Threshold


def build(value: float) -> Threshold:
    """Return the criterion."""
    return Threshold("fp_rate_at_most", "fp_rate", "False-positive rate", value, at_least=False)


ENTRY = Entry(
    name="fp_rate_at_most",
    title="FP rate at most",
    help="Stop when no more than this share of the negatives is taken for positive on validation.",
    build=build,
    parameters=(Parameter("value", "FP rate at most", "A share between 0 and 1.", 0.1, 0.0, 1.0),),
)
