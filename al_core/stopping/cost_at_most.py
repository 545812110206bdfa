"""Budget of money: what a run may use up."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.budget import Budget


def build(value: float) -> Budget:
    """Return the criterion."""
    return Budget("cost_at_most", "Cost", lambda each: each.cost, value, digits=2)


ENTRY = Entry(
    name="cost_at_most",
    title="Budget of money",
    help="Stop after the round in which the answers, initial labels included, have cost this much.",
    build=build,
    parameters=(Parameter("value", "Cost at most", "In the unit of the price per answer.", 100.0, 0.0),),
)
