"""What a comparison says, in words that a page and a report share."""

from __future__ import annotations

import math

from al_core.evaluation.comparison import Reached

NO_RANDOM = (
    "No run asks at random on the same corpus and model, so that there is nothing to compare with. "
    "A sweep adds random by itself."
)
NO_SIDE = "Neither more nor less of this is better, so that there is no verdict on it."
CAVEAT = (
    "By the area under the curve, seed by seed. It holds for the texts at hand: other texts would "
    "differ by more than other seeds."
)


def needed(found: Reached | None) -> str:
    """Return how many labels a group needed for the target."""
    if found is None or not found.seeds:
        return "–"
    of = f"{found.reached:,} of {found.seeds:,} seeds"
    return f"{found.median:,.0f} ({of})" if math.isfinite(found.median) else f"not reached ({of})"


def saved(found: Reached | None) -> str:
    """Return what share of random's labels a group did not need."""
    savings = found.saved if found else None
    if savings is None:
        return "–"
    if savings.only_control:
        return f"none: on {savings.only_control:,} seed(s) only random got there"
    if savings.mean is None:
        return "neither got there"
    least = "at least " if savings.lower_bound else ""
    ends = f" ({savings.mean.low:.0%} to {savings.mean.high:.0%})" if savings.mean.n > 1 else " (1 seed)"
    return f"{least}{savings.mean.mean:.0%}{ends}"
