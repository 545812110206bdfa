"""Business criteria: what a model must do on validation before it is used."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from al_core.evaluation.decisions import PER_TEXTS, Outcome, Prices

ROUNDING = 1e-9
"""By how much a cost may lie above its limit: it is a sum of products."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model did to the texts of a split; None is unknown."""

    accuracy: float | None = None
    fn_rate: float | None = None
    """Share of the positives that are missed."""
    fp_rate: float | None = None
    """Share of the negatives that are taken for positives."""
    cost: float | None = None
    """Of the errors in `PER_TEXTS` decisions."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one criterion."""

    title: str
    """With what it asks for, such as "Accuracy at least 90.0%"."""
    value: str
    """What was measured, in the same unit; "unknown" where nothing was."""
    met: bool


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked of a model, as `Measured` tells it; None asks nothing."""

    accuracy: float | None = None
    """At least."""
    fn_rate: float | None = None
    """At most, as the next two."""
    fp_rate: float | None = None
    cost: float | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is asked."""
        return any(getattr(self, each.name) is not None for each in fields(self))

    def checks(self, found: Measured) -> tuple[Check, ...]:
        """Return what became of each criterion that is set; what is unknown meets none."""
        asked = ((name, title, getattr(self, name)) for name, title in TITLES.items())
        return tuple(
            _check(name, title, getattr(found, name), limit)
            for name, title, limit in asked
            if limit is not None
        )


TITLES = {
    "accuracy": "Accuracy at least",
    "fn_rate": "FN rate at most",
    "fp_rate": "FP rate at most",
    "cost": f"Cost per {PER_TEXTS:,} at most",
}


def measured(outcome: Outcome, prices: Prices) -> Measured:
    """Return what a threshold does, as criteria ask for it."""
    return Measured(
        outcome.accuracy.value,
        outcome.false_negative_rate.value,
        outcome.false_positive_rate.value,
        outcome.cost(prices).value,
    )


def share(value: float) -> str:
    """Return a share as people read it."""
    return f"{value:.1%}"


def _check(name: str, title: str, value: float | None, limit: float) -> Check:
    title = f"{title} {_exact(name, limit)}"
    if value is None:
        return Check(title, "unknown", False)
    met = value >= limit if name == "accuracy" else value <= limit
    if name == "cost":
        met = value <= limit + ROUNDING * max(1.0, limit)
    # With so many digits that what misses a limit by little does not look as if it met it.
    told = next((each for each in _told(name, value) if met or each not in _told(name, limit)), "")
    return Check(title, told or f"{value:.10g}", met)


def _exact(name: str, limit: float) -> str:
    """Return a limit with all of its digits."""
    if name == "cost":
        return f"{limit:,.10g}"
    return next(
        (told for told in _told(name, limit) if math.isclose(float(told[:-1]), 100 * limit)), share(limit)
    )


def _told(name: str, value: float) -> list[str]:
    """Return a value with one digit behind the point, with two, and so on."""
    return [f"{value:,.{digits}f}" if name == "cost" else f"{value:.{digits}%}" for digits in range(1, 9)]
