"""FN/FP ratio sampling exactly as the Keras example's code does it, faults included."""

from __future__ import annotations

import numpy as np

from al_core.registry import Entry
from al_core.strategies.base import Choice, Situation, Strategy


class RatioPublished(Strategy):
    """The published rule.

    Ones to sample = FP / (FN + FP), zeros = FN / (FN + FP), both errors read off the TEST
    split; the first texts of each class are taken from the pool by their TRUE label; `int`
    cuts, so a batch may be one short. Its text says the opposite (ones misclassified are the
    false negatives). For more classes: the share of a class is its share of the texts wrongly
    given to it, which for two classes is the published rule.
    """

    steers_on_test = True
    reads_pool_labels = True
    exact = False

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Take the first rows of each class, zeros first, as the example appends them."""
        del rng  # nothing is drawn: the first k are taken
        assert situation.test is not None and situation.pool_labels is not None
        given, classes = situation.test.wrongly_given, situation.n_classes
        shares = [each / sum(given) for each in given] if all(given) else [1 / classes] * classes
        pool, labels = situation.pool, situation.pool_labels
        return Choice(np.concatenate([pool[labels == c][: int(share * n)] for c, share in enumerate(shares)]))


ENTRY = Entry(
    name="ratio_published",
    title="FN/FP ratio, as published",
    help="The Keras example's rule: more zeros where false negatives prevail, more ones where false "
    "positives do. Takes the first texts of each class.",
    build=RatioPublished,
    paper="Deshpande 2021, Review classification using active learning",
    link="https://keras.io/examples/nlp/active_learning_review_classification/",
    cost="O(n)",
    caution="Steers on the test split and reads the pool's true labels, so its test score is not clean "
    "and it cannot work on texts without labels.",
)
