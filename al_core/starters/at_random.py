"""A random initial set, whatever the classes are."""

from __future__ import annotations

from al_core.registry import Entry
from al_core.strategies.random_sampling import RandomSampling

ENTRY = Entry(
    name="random",
    title="Random",
    help="Texts drawn at random from all that is not validation or test.",
    build=RandomSampling,
    cost="O(n)",
)
