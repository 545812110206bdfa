"""Budget of rounds: what a run may use up."""

from __future__ import annotations

from al_core.registry import Entry, Parameter
from al_core.stopping.budget import Budget


def build(value: int) -> Budget:
    """Return the criterion."""
    return Budget("rounds_at_most", "Round", lambda each: each.round, value)


ENTRY = Entry(
    name="rounds_at_most",
    title="Budget of rounds",
    help="Stop after this many rounds, the fit on the initial labels not counted.",
    build=build,
    parameters=(Parameter("value", "Rounds at most", "How often the model asks.", 10, 1, 10_000),),
)
