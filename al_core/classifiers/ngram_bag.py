"""Bag of word and word-pair embeddings, averaged: fastText's classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from al_core.classifiers.keras_classifier import KerasClassifier, Shape
from al_core.classifiers.layers import answer, dropout, embedding, masked_mean
from al_core.classifiers.training import Training, parameters
from al_core.features.tokens import PADDING
from al_core.registry import Entry, Parameter

MOST_BUCKETS = 1_000_000
SPREAD = 1009
"""A prime; times the largest bucket it still fits 32 bits, whatever a backend does beyond."""


class NgramBag(KerasClassifier):
    """Mean of the vectors of a text's words and pairs of words, then one linear layer.

    Joulin et al. 2016, Bag of tricks for efficient text classification. Pairs have no vocabulary:
    they share `buckets` vectors by a hash. Memory: (vocabulary + buckets) x embedding numbers,
    four times over while it is fitted.
    """

    def __init__(self, embedding: int, buckets: int, dropout: float, **training: Any) -> None:
        super().__init__(Training(**training), dropout)
        self.embedding, self.buckets = embedding, buckets

    def seconds_per_text(self, width: int) -> float:
        """Return the time of looking up two vectors per word, and of moving all vectors per batch."""
        step = 6e-3 + (self.buckets + 3000) * self.embedding * 4e-9
        return width * self.embedding * 1e-9 + step / self.training.batch_size

    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Build the network; a pair counts only where both of its places hold a word."""
        from keras import Input, Model, ops

        ids: Any = Input((shape.width,), dtype="int32")
        words: Any = ops.not_equal(ids, PADDING)
        vectors, there = [embedding(shape.vocabulary, self.embedding, shape, seed)(ids)], [words]
        if shape.width > 1:
            pairs = ((ids[:, :-1] % self.buckets) * SPREAD + ids[:, 1:]) % self.buckets
            vectors.append(embedding(self.buckets, self.embedding, shape, seed)(pairs))
            there.append(ops.logical_and(words[:, :-1], words[:, 1:]))
        hidden = masked_mean(ops.concatenate(vectors, axis=1), ops.concatenate(there, axis=1))
        return Model(ids, answer(dropout(hidden, self.dropout, shape, seed), shape, seed))


ENTRY = Entry(
    name="ngram_bag",
    title="Bag of word pairs",
    help="Averages the vectors of a text's words and pairs of words, as fastText does. Seconds on a CPU.",
    build=NgramBag,
    paper="Joulin et al. 2016, Bag of tricks for efficient text classification",
    link="https://arxiv.org/abs/1607.01759",
    cost="One epoch: n texts x length x embedding, and all vectors once per gradient batch",
    parameters=parameters(
        Parameter(
            "embedding",
            "Embedding size",
            "Numbers that stand for a word or pair.",
            32,
            1,
            4096,
            advanced=True,
        ),
        Parameter(
            "buckets",
            "Buckets for pairs",
            "Vectors that all pairs of words share; more of them mix up fewer pairs.",
            20_000,
            1,
            MOST_BUCKETS,
            advanced=True,
        ),
        epochs=40,
        batch_size=32,
        dropout=0.3,
        optimizer="adam",
        learning_rate=0.03,
    ),
)
