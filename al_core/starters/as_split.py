"""The initial set that the split makes: the default, and what published splits need."""

from __future__ import annotations

from al_core.registry import Entry
from al_core.strategies.random_sampling import RandomSampling

ENTRY = Entry(
    name="split",
    title="As the split says",
    help="At random, stratified, or the first of each class: whatever is set for the split.",
    build=RandomSampling,
    cost="Nothing",
)
