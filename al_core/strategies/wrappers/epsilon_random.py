"""Epsilon-random: a share of each batch by luck, the rest by the strategy inside."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.wrappers.around import Around

ROUNDING = 1e-9
"""So that a share of 0.3 of 20 is 6, whatever 0.3 is in binary."""


class EpsilonRandom(Around):
    """The strategy's picks first, then a random share of what is left, exact on average.

    The random picks tell how good the model is on texts that nobody chose, and find classes that
    the model does not know of.
    """

    def __init__(self, inner: Strategy, epsilon: float) -> None:
        super().__init__(inner)
        self.epsilon = epsilon

    def fits(self, n: int, n_classes: int) -> int:
        """Return the inner strategy's, for its share."""
        return self.inner.fits(round((1 - self.epsilon) * n), n_classes)

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Ask the inner strategy for its share, and draw the rest."""
        by_luck = int(self.epsilon * n + ROUNDING + rng.random() * (1 - 2 * ROUNDING))
        by_strategy = n - by_luck
        if not by_strategy:
            return Choice(rng.choice(situation.pool, n, replace=False))
        inner = self.inner.choose(situation, by_strategy, rng)
        rest = np.setdiff1d(situation.pool, inner.rows)
        lucky = rng.choice(rest, min(by_luck, len(rest)), replace=False)
        scores = inner.scores
        if scores is not None:
            scores = np.concatenate([scores, np.full(len(lucky), np.nan)])
        return Choice(np.concatenate([inner.rows, lucky]), scores)


ENTRY = Entry(
    name="epsilon_random",
    title="A share at random",
    help="Draws a share of every batch at random, which keeps an eye on what the strategy ignores.",
    build=EpsilonRandom,
    paper="After epsilon-greedy: Sutton & Barto 2018, Reinforcement learning, section 2.2",
    link="http://incompleteideas.net/book/the-book-2nd.html",
    cost="That of the strategy inside, and O(n)",
    parameters=(Parameter("epsilon", "Share at random", "Of each batch.", 0.1, 0.0, 1.0),),
)
