"""Discriminative active learning: ask about texts that can be told from the labelled ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from al_core.matrix import Matrix, stack
from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.selection import filled, highest, quotas


class Discriminative(Strategy):
    """Highest probability of being unlabelled first, in several small batches.

    After each small batch its texts count as labelled, and the discriminator is fitted again: a
    logistic regression, whose penalty does what the authors' early stop at 98 % accuracy does. It
    is fitted on a part of the pool (`factor` texts for each labelled one) and scores all of it.
    """

    needs = frozenset({"embeddings"})
    dense = True

    def __init__(self, sub_batches: int, factor: int) -> None:
        self.sub_batches, self.factor = sub_batches, factor

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Choose a small batch, move it to the labelled side, and again."""
        pool, labelled = situation.embeddings, situation.labelled_embeddings
        assert pool is not None and labelled is not None
        size = len(situation.pool)
        if labelled.shape[0] == 0:
            return Choice(situation.pool[filled(np.empty(0, np.intp), size, n, rng)])
        left = np.arange(size)
        places, scores = np.empty(0, np.intp), np.empty(0)
        parts = quotas([1.0] * min(self.sub_batches, n), n, [n] * min(self.sub_batches, n))
        for part in parts:
            side = stack(labelled, pool[places]) if len(places) else labelled
            shown = min(len(left), self.factor * side.shape[0])
            sample = left if shown == len(left) else np.sort(rng.choice(left, shown, replace=False))
            unlike = unlabelled_probability(side, pool[sample], pool[left])
            picked = highest(unlike, left, part, rng)
            places = np.concatenate([places, picked.rows]).astype(np.intp)
            scores = np.concatenate([scores, picked.scores if picked.scores is not None else []])
            left = np.setdiff1d(left, picked.rows)
        return Choice(situation.pool[places], scores)


def unlabelled_probability(labelled: Matrix, unlabelled: Matrix, x: Matrix) -> npt.NDArray[np.float64]:
    """Return the probability that each row of `x` is unlabelled, by a logistic regression.

    It is fitted on the rows of the two sides, `labelled` as 0 and `unlabelled` as 1. Cost O(rows d)
    an iteration.
    """
    from sklearn.linear_model import LogisticRegression

    side = np.concatenate([np.zeros(labelled.shape[0]), np.ones(unlabelled.shape[0])])
    model = LogisticRegression(max_iter=1000).fit(stack(labelled, unlabelled), side)
    return np.asarray(model.predict_proba(x)[:, 1], dtype=np.float64)


ENTRY = Entry(
    name="discriminative",
    title="Discriminative",
    help="Asks about texts that a second model can tell from the labelled ones, until it no longer can.",
    build=Discriminative,
    paper="Gissin & Shalev-Shwartz 2019, Discriminative active learning",
    link="https://arxiv.org/abs/1907.06347",
    cost="One embedding of the pool, then O((m + n) d) for each small batch",
    parameters=(
        Parameter("sub_batches", "Small batches", "The batch is asked for in so many steps.", 10, 1, 1000),
        Parameter(
            "factor",
            "Pool texts shown",
            "For each labelled text, to the second model.",
            10,
            1,
            1000,
            advanced=True,
        ),
    ),
)
