"""Auto: a mix that one can leave on, from variety and luck toward uncertainty as far as trust goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from al_core.evaluation.metrics import Metrics
from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.clustering import MOST, PER_CENTRE
from al_core.strategies.diverse_margin import one_of_each
from al_core.strategies.scores import margin
from al_core.strategies.selection import drawn
from al_core.strategies.wrappers.epsilon_random import EpsilonRandom

LUCK, LUCK_WHEN_STUCK = 0.1, 0.5
"""Share of a batch that is drawn at random."""
SHARPNESS = 8.0
"""A margin half as small counts 2 ** 8 times as much."""
CANDIDATES = 10
"""Texts drawn for each question, of which clustering leaves one."""
LOOK_BACK = 3
"""Rounds in which asking must have helped."""


class Auto(Strategy):
    """Variety among texts drawn by uncertainty, with a share of random picks.

    Candidates, ten for each question, are drawn without replacement in proportion to (1 - margin) to
    the power 8 (Kirsch et al. 2023, Stochastic batch acquisition), and k-means leaves the one at the
    heart of each cluster (Zhdanov 2019, Diverse mini-batch active learning). So probabilities decide
    how far to follow them: a model that knows nothing is as unsure of every text, and the draw is
    random and the choice is by variety alone, which is what a cold start wants (Hacohen et al. 2022);
    the surer it becomes of most texts, the more the others are asked about. Calibration on
    validation (Guo et al. 2017) keeps that trust honest: where labels prove noisy, or uncertainty
    misleads, it flattens the probabilities, and the draw goes back toward random. A tenth of each
    batch is random in any case, to see what the model ignores (Mussmann & Liang 2018), and half of
    it once validation loss has found no new low in three rounds. Validation and labelled texts are all
    that it looks at.
    """

    needs = frozenset({"probabilities", "embeddings"})
    dense = True

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Set the share of luck by the last measurements, then ask."""
        share = LUCK_WHEN_STUCK if stuck(situation.history) else LUCK
        return EpsilonRandom(_Drawn(), share).choose(situation, n, rng)


class _Drawn(Strategy):
    """One of each kind among texts drawn by how small their margin is."""

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        assert situation.probabilities is not None
        scores = margin(situation.probabilities)
        near = drawn(scores, candidates(n, len(scores)), rng, SHARPNESS)
        return one_of_each(situation, np.sort(near).astype(np.int64), scores, n, rng)


def candidates(n: int, pool: int) -> int:
    """Return how many texts are drawn to choose `n`: ten for each, but no more than a quarter of the pool.

    In a small pool ten for each would be all of it, and uncertainty would have no say; there are two
    for each at least. Bounded, as `diverse_margin` is, so that clustering stays cheap.
    """
    wanted = min(CANDIDATES * n, max(2 * n, pool // 4), max(MOST, PER_CENTRE * n))
    return min(pool, wanted)


def stuck(history: Sequence[Metrics]) -> bool:
    """Tell whether the loss on validation has found no new low in the last rounds."""
    losses = [each.loss for each in history]
    return len(losses) > LOOK_BACK and min(losses[-LOOK_BACK:]) >= min(losses[:-LOOK_BACK])


ENTRY = Entry(
    name="auto",
    title="Auto",
    help="Begins with variety, and turns to uncertain texts as far as the model can be trusted.",
    build=Auto,
    paper="After Kirsch et al. 2023, Stochastic batch acquisition, and Zhdanov 2019, Diverse mini-batch "
    "active learning",
    link="https://arxiv.org/abs/2106.12059",
    cost="One prediction and embedding of the pool, then O(10 b^2 d) for each of 30 iterations",
)
