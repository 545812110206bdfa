"""The published model: embedding, bidirectional LSTM, max over positions, small head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from al_core.classifiers.keras_classifier import KerasClassifier, Shape, Training
from al_core.registry import Entry, Parameter


class BiLSTM(KerasClassifier):
    """Bidirectional LSTM over token ids; 426,537 parameters with the published settings."""

    def __init__(self, embedding: int, units: int, dense: int, dropout: float, **training: Any) -> None:
        super().__init__(Training(**training))
        self.embedding, self.units, self.dense, self.dropout = embedding, units, dense, dropout
        if not dropout:
            self.gives = frozenset({"embeddings"})

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
    parameters=(
        Parameter(
            "epochs", "Most epochs", "Passes over the training texts in one fit, at most.", 20, 1, 1000
        ),
        Parameter(
            "patience",
            "Patience",
            "End a fit after this many epochs in a row without a lower validation loss.",
            4,
            1,
            1000,
        ),
        Parameter("batch_size", "Gradient batch", "Texts per gradient step.", 256, 1, 65_536, advanced=True),
        Parameter(
            "embedding", "Embedding size", "Numbers that stand for one word.", 128, 1, 4096, advanced=True
        ),
        Parameter("units", "LSTM units", "Size of the memory in each direction.", 32, 1, 4096, advanced=True),
        Parameter(
            "dense", "Hidden units", "Size of the layer before the answer.", 20, 1, 4096, advanced=True
        ),
        Parameter(
            "dropout",
            "Dropout",
            "Share of hidden units switched off in training.",
            0.5,
            0.0,
            0.95,
            advanced=True,
        ),
        Parameter(
            "optimizer",
            "Optimizer",
            "How the weights follow the gradient.",
            "rmsprop",
            choices=("rmsprop", "adam", "sgd"),
            advanced=True,
        ),
        Parameter(
            "learning_rate",
            "Learning rate",
            "Length of one gradient step.",
            0.001,
            1e-7,
            10.0,
            advanced=True,
        ),
        Parameter(
            "precision",
            "Precision",
            "Mixed precision is faster on a recent GPU and slower on a CPU.",
            "float32",
            choices=("float32", "mixed_float16", "mixed_bfloat16"),
            advanced=True,
        ),
    ),
)
