"""Entropy reduction: draw among the texts above a threshold, more often where entropy is higher."""

from __future__ import annotations

import math

import numpy as np

from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import entropy
from al_core.strategies.selection import drawn, highest


class EntropyThreshold(Strategy):
    """A draw in proportion to entropy, among texts whose share of the highest entropy is large.

    Where too few texts lie above the threshold, the most uncertain of the others fill the batch.
    """

    needs = frozenset({"probabilities"})

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Draw above the threshold, then fill up from the top below it."""
        assert situation.probabilities is not None
        scores = entropy(situation.probabilities)
        above = scores >= self.threshold * math.log(situation.n_classes)
        inside, outside = np.flatnonzero(above), np.flatnonzero(~above)
        places = inside[drawn(scores[inside], min(n, len(inside)), rng)]
        rest = highest(scores[outside], outside, n - len(places), rng).rows
        places = np.concatenate([places, rest])
        return Choice(situation.pool[places], scores[places])


ENTRY = Entry(
    name="entropy_threshold",
    title="Entropy above a threshold",
    help="Draws among the texts above an entropy threshold, the more often the higher the entropy; "
    "the Keras example calls it entropy reduction.",
    build=EntropyThreshold,
    paper="Named in Deshpande 2021, Review classification using active learning",
    link="https://keras.io/examples/nlp/active_learning_review_classification/",
    cost="One prediction of the pool, then O(n (C + log n))",
    parameters=(
        Parameter("threshold", "Threshold", "Share of the highest possible entropy, ln C.", 0.5, 0.0, 1.0),
    ),
)
