"""One hidden layer on vectors: the head of a frozen encoder, when they are sentence embeddings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from al_core.classifiers.keras_classifier import KerasClassifier, Shape
from al_core.classifiers.layers import head
from al_core.classifiers.training import Training, parameters
from al_core.registry import Entry, Parameter

HIDDEN = Parameter(
    "dense", "Hidden units", "Size of the layer before the answer.", 64, 1, 4096, advanced=True
)


class SmallNetwork(KerasClassifier):
    """One hidden layer and one linear layer on rows of length 1, dense or csr.

    Memory: four times columns x hidden units, and one batch of rows, made dense: meant for hundreds
    of columns, bearable with a hundred thousand.
    """

    reads: ClassVar = "vectors"
    usual_features: ClassVar = "tfidf_svd"
    predict_batch: ClassVar = 64

    def __init__(self, dense: int, dropout: float, **training: Any) -> None:
        super().__init__(Training(**training), dropout)
        self.dense = dense

    def seconds_per_text(self, width: int) -> float:
        """Return the overhead of one gradient step; columns are not known before the features are."""
        del width
        return 5e-5 + 5e-3 / self.training.batch_size

    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Build the network; longer rows make the hidden layer begin at the size that it is made for."""
        from keras import Input, Model

        rows: Any = Input((shape.width,), dtype="float32")
        return Model(rows, head(rows * shape.width**0.5, self.dense, self.dropout, shape, seed))


ENTRY = Entry(
    name="small_network",
    title="Small network on vectors",
    help="One hidden layer. With sentence embeddings it is a frozen encoder with a head. Seconds on a CPU.",
    build=SmallNetwork,
    paper="Peters, Ruder & Smith 2019, To tune or not to tune? Adapting pretrained representations",
    link="https://arxiv.org/abs/1903.05987",
    cost="One epoch: n texts x columns x hidden units, forward and backward",
    parameters=parameters(
        HIDDEN, epochs=40, patience=5, batch_size=32, dropout=0.3, optimizer="adam", learning_rate=0.003
    ),
)
