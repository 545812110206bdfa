"""What labels cost at a viewer's own prices, and what is saved by needing fewer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from al_core.errors import BadInput

CURRENCIES = ("€", "$", "£", "CHF ", "¥")


@dataclass(frozen=True, slots=True)
class Prices:
    """A viewer's own. Raises `BadInput` for what is negative or no number."""

    texts: int
    """How many there are to label."""
    seconds: float = 15.0
    """Of a person's time for one label."""
    wage: float = 30.0
    """Of one hour."""
    fn: float = 0.0
    fp: float = 0.0
    """What one error of a kind costs."""
    currency: str = CURRENCIES[0]

    def __post_init__(self) -> None:
        values = (self.texts, self.seconds, self.wage, self.fn, self.fp)
        if not all(math.isfinite(each) and each >= 0 for each in values):
            raise BadInput("Prices, seconds and texts are numbers from 0 up; correct the one that is not.")

    def hours(self, labels: float) -> float:
        """Return the hours that so many labels take."""
        return labels * self.seconds / 3600

    def money(self, labels: float) -> float:
        """Return what so many labels cost."""
        return self.hours(labels) * self.wage

    def errors(self, fn: float, fp: float) -> float:
        """Return what so many errors cost."""
        return fn * self.fn + fp * self.fp


@dataclass(frozen=True, slots=True)
class Saved:
    """Labels to the target, asked for and at random, and what lies between."""

    asking: float
    random: float
    at_least: bool
    """Whether random did not get there with its labels, so that it needs more."""
    labels: float
    hours: float
    money: float

    @property
    def share(self) -> float:
        """Return the share of random's labels that was not needed."""
        return self.labels / self.random if self.random else 0.0


def saved(asking: float, random: float, budget: float, prices: Prices) -> Saved | None:
    """Return what asking saves against random; None where it needs as many or does not get there.

    asking, random: labels to the target, infinity for a way that did not get there; budget: the labels
    that random spent, at which it is counted then. Nobody labels more texts than there are.
    """
    if not math.isfinite(asking):
        return None
    at_least = not math.isfinite(random)
    mine, other = (min(each, prices.texts) for each in (asking, min(random, budget)))
    if mine >= other:
        return None
    at_least = at_least and budget < prices.texts
    return Saved(mine, other, at_least, other - mine, prices.hours(other - mine), prices.money(other - mine))
