"""The published model: embedding, bidirectional LSTM, max over positions, small head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from al_core.classifiers.keras_classifier import KerasClassifier, Shape
from al_core.classifiers.training import Training, parameters
from al_core.registry import Entry, Parameter


class BiLSTM(KerasClassifier):
    """Bidirectional LSTM over token ids; 426,537 parameters with the published settings."""

    def __init__(self, embedding: int, units: int, dense: int, dropout: float, **training: Any) -> None:
        super().__init__(Training(**training), dropout)
        self.embedding, self.units, self.dense = embedding, units, dense

    def seconds_per_text(self, width: int) -> float:
        """Return arithmetic at 75 GFLOP/s plus the overhead of one step per word and batch."""
        multiplications = width * 8 * self.units * (self.embedding + self.units)
        return 3 * 2 * multiplications / 75e9 + width * 2e-4 / self.training.batch_size

    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Build the network with Keras's default initializers, each with a seed of its own."""
        from keras import Input, Model, initializers, layers

        dtype = shape.dtype

        def glorot() -> Any:
            return initializers.GlorotUniform(seed=seed())

        def orthogonal() -> Any:
            return initializers.Orthogonal(seed=seed())

        def lstm(*, backwards: bool) -> Any:
            return layers.LSTM(
                self.units,
                return_sequences=True,
                go_backwards=backwards,
                kernel_initializer=glorot(),
                recurrent_initializer=orthogonal(),
                dtype=dtype,
            )

        ids = Input((shape.width,), dtype="int32")
        uniform: Any = initializers.RandomUniform(seed=seed())
        hidden = layers.Embedding(
            shape.vocabulary, self.embedding, embeddings_initializer=uniform, dtype=dtype
        )(ids)
        both = layers.Bidirectional(lstm(backwards=False), backward_layer=lstm(backwards=True), dtype=dtype)
        hidden = layers.GlobalMaxPooling1D(dtype=dtype)(both(hidden))
        hidden = layers.Dense(self.dense, "relu", kernel_initializer=glorot(), dtype=dtype)(hidden)
        hidden = layers.Dropout(self.dropout, seed=seed(), dtype=dtype)(hidden)
        # Probabilities stay float32 in mixed precision, or small ones would become 0.
        head = layers.Dense(shape.outputs, shape.activation, kernel_initializer=glorot(), dtype="float32")
        return Model(ids, head(hidden))


ENTRY = Entry(
    name="bilstm",
    title="Bidirectional LSTM",
    help="The published network: reads a text's words in both directions. Minutes per fit on a CPU.",
    build=BiLSTM,
    cost="One epoch: n texts x length x embedding x units, forward and backward.",
    link="https://keras.io/examples/nlp/active_learning_review_classification/",
    parameters=parameters(
        Parameter(
            "embedding", "Embedding size", "Numbers that stand for one word.", 128, 1, 4096, advanced=True
        ),
        Parameter("units", "LSTM units", "Size of the memory in each direction.", 32, 1, 4096, advanced=True),
        Parameter(
            "dense", "Hidden units", "Size of the layer before the answer.", 20, 1, 4096, advanced=True
        ),
    ),
)
