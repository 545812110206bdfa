"""FN/FP ratio sampling as its text describes it, for any number of classes."""

from __future__ import annotations

import numpy as np

from al_core.evaluation.metrics import predicted_classes
from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import least_confidence
from al_core.strategies.selection import highest, quotas


class RatioCorrected(Strategy):
    """Share of each class in the batch = its share of the missed texts on validation.

    The pool is parted by PREDICTED class; inside a class the least confident texts come first.
    The batch size is exact; what a class cannot give, the others do.
    """

    needs = frozenset({"probabilities"})

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Fill the quota of each predicted class with its most uncertain texts."""
        assert situation.probabilities is not None and situation.history
        predicted = predicted_classes(situation.probabilities)
        uncertainty = least_confidence(situation.probabilities)
        available = np.bincount(predicted, minlength=situation.n_classes)
        shares = quotas(situation.history[-1].missed, n, available.tolist())
        parts = [
            highest(uncertainty[predicted == c], situation.pool[predicted == c], quota, rng)
            for c, quota in enumerate(shares)
        ]
        rows = np.concatenate([part.rows for part in parts])
        scores = np.concatenate([part.scores for part in parts if part.scores is not None])
        return highest(scores, rows, n, rng)


ENTRY = Entry(
    name="ratio_corrected",
    title="FN/FP ratio, corrected",
    help="More texts of the classes that the model misses on validation: the most uncertain ones "
    "among those it predicts as that class.",
    build=RatioCorrected,
    paper="After Deshpande 2021, Review classification using active learning",
    link="https://keras.io/examples/nlp/active_learning_review_classification/",
    cost="One prediction of the pool, then O(n log n)",
)
