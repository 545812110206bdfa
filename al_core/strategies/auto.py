"""Auto: a mix that one can leave on, from diversity and luck toward uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from al_core.evaluation.metrics import Metrics
from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.diverse_margin import DiverseMargin
from al_core.strategies.wrappers.epsilon_random import EpsilonRandom

LEAST, MOST = 0.1, 0.5
"""Share of a batch that is drawn at random: of a model as good as can be, and of one that knows nothing."""
CANDIDATES = 10
"""Uncertain texts for each question, of a model that one can trust."""
LOOK_BACK = 3
"""Rounds in which asking must have helped."""


class Auto(Strategy):
    """Diverse margin with a share of random picks; both follow what validation says of the model.

    Skill s is how much of the way from always saying the most frequent class to no error the model
    has gone on validation. The random share falls from 1/2 to 1/10 as s rises from 0 to 1: an
    unskilled model's uncertainty says little (Mussmann & Liang 2018, On the relationship between
    data efficiency and error for uncertainty sampling), and cold starts want typical texts (Hacohen
    et al. 2022). The rest is k-means among the texts of smallest margin (Zhdanov 2019), of which
    the fewer are let in the more skilled the model is: with s = 0 the whole pool, so that variety
    decides more than uncertainty. Where validation loss has not fallen in three rounds, which noisy labels
    and misleading uncertainty bring about, half of the batch is random again. Validation and
    labelled texts are all that it looks at.
    """

    needs = frozenset({"probabilities", "embeddings"})
    dense = True

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Set both shares by the last measurements, then ask."""
        history = situation.history
        s = skill(history[-1]) if history else 0.0
        share = MOST if stuck(history) else MOST + s * (LEAST - MOST)
        inner = DiverseMargin(candidates(s, len(situation.pool), max(1, round((1 - share) * n))))
        return EpsilonRandom(inner, share).choose(situation, n, rng)


def candidates(s: float, pool: int, n: int) -> int:
    """Return how many uncertain texts are let in for each question: 10 / s, or the whole pool."""
    largest = -(-pool // n)
    return largest if s * largest <= CANDIDATES else round(CANDIDATES / s)


def skill(measured: Metrics) -> float:
    """Return the part of the way from the most frequent class to no error: 0 to 1."""
    usual = max(sum(row) for row in measured.confusion) / measured.n
    return max(0.0, (measured.accuracy - usual) / (1.0 - usual)) if usual < 1.0 else 0.0


def stuck(history: Sequence[Metrics]) -> bool:
    """Tell whether the loss on validation has not fallen below what it was some rounds ago."""
    if len(history) <= LOOK_BACK:
        return False
    return min(each.loss for each in history[-LOOK_BACK:]) >= history[-LOOK_BACK - 1].loss


ENTRY = Entry(
    name="auto",
    title="Auto",
    help="Begins with variety and luck, and turns to uncertain texts as the model earns trust.",
    build=Auto,
    paper="After Zhdanov 2019, Diverse mini-batch active learning; Mussmann & Liang 2018",
    link="https://arxiv.org/abs/1901.05954",
    cost="One prediction and embedding of the pool, then O(k b^2 d) for each of 30 iterations",
)
