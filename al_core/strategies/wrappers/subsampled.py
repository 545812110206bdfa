"""Sub-sampling: the strategy inside sees a random part of the pool only."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.wrappers.around import Around


class Subsampled(Around):
    """Makes a dear strategy affordable on a large pool, and its batches more diverse."""

    def __init__(self, inner: Strategy, size: int) -> None:
        super().__init__(inner)
        self.size = size

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Draw the part, at least as large as the batch, and ask the strategy inside."""
        size = min(len(situation.pool), max(self.size, n))
        places = np.sort(rng.choice(len(situation.pool), size, replace=False))
        return self.inner.choose(situation.take(places), n, rng)


ENTRY = Entry(
    name="subsampled",
    title="Only a part of the pool",
    help="Lets the strategy choose from a random part of the pool: for strategies that compare texts.",
    build=Subsampled,
    paper="Ertekin et al. 2007, Learning on the border: active learning in imbalanced data",
    link="https://doi.org/10.1145/1321440.1321461",
    cost="Predictions of the whole pool, then what the strategy inside does with `size` texts",
    parameters=(
        Parameter(
            "size", "Texts shown", "Drawn anew in each round; more than the batch.", 5000, 1, 10_000_000
        ),
    ),
)
