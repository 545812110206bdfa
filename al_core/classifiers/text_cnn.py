"""Convolutions over the words of a text, and the strongest answer of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from al_core.classifiers.keras_classifier import KerasClassifier, Shape
from al_core.classifiers.layers import answer, dropout, embedding
from al_core.classifiers.training import Training, parameters
from al_core.features.tokens import PADDING
from al_core.registry import Entry, Parameter

SPANS = (3, 4, 5)
"""Words in a row that one filter looks at."""


class TextCnn(KerasClassifier):
    """Filters over 3, 4 and 5 words in a row, the maximum of each over the text, one linear layer.

    Kim 2014, Convolutional neural networks for sentence classification ("CNN-rand": the word
    vectors are learned with the rest).
    """

    def __init__(self, embedding: int, filters: int, dropout: float, **training: Any) -> None:
        super().__init__(Training(**training), dropout)
        self.embedding, self.filters = embedding, filters

    def seconds_per_text(self, width: int) -> float:
        """Return arithmetic at 40 GFLOP/s plus the overhead of one gradient step."""
        multiplications = width * sum(SPANS) * self.embedding * self.filters
        return 3 * 2 * multiplications / 40e9 + 1e-2 / self.training.batch_size

    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Build the network; a filter looks at each word and what follows, never at padding alone."""
        from keras import Input, Model, initializers, layers, ops

        ids: Any = Input((shape.width,), dtype="int32")
        hidden = embedding(shape.vocabulary, self.embedding, shape, seed)(ids)
        words = ops.expand_dims(ops.cast(ops.not_equal(ids, PADDING), hidden.dtype), -1)
        hidden = hidden * words
        strongest = []
        for span in SPANS:
            glorot: Any = initializers.GlorotUniform(seed=seed())
            convolution = layers.Conv1D(
                self.filters, span, activation="relu", kernel_initializer=glorot, dtype=shape.dtype
            )
            found = convolution(ops.pad(hidden, ((0, 0), (0, span - 1), (0, 0))))
            # An answer is 0 or more, so 0 in place of one takes it out of the maximum.
            strongest.append(ops.max(found * words, axis=1))
        joined = ops.concatenate(strongest, axis=-1)
        return Model(ids, answer(dropout(joined, self.dropout, shape, seed), shape, seed))


ENTRY = Entry(
    name="text_cnn",
    title="Convolutional network",
    help="Looks for telling groups of 3 to 5 words, wherever they stand. Under a minute per fit on a CPU.",
    build=TextCnn,
    paper="Kim 2014, Convolutional neural networks for sentence classification",
    link="https://arxiv.org/abs/1408.5882",
    cost="One epoch: n texts x length x embedding x filters x 12, forward and backward",
    parameters=parameters(
        Parameter(
            "embedding", "Embedding size", "Numbers that stand for one word.", 64, 1, 4096, advanced=True
        ),
        Parameter(
            "filters",
            "Filters",
            "Patterns of words that are looked for, for each of 3, 4 and 5 words in a row.",
            100,
            1,
            4096,
            advanced=True,
        ),
        batch_size=32,
        optimizer="adam",
        learning_rate=0.003,
    ),
)
