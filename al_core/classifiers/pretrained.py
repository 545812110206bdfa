"""A pretrained encoder that learns along with its head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from al_core import backbones
from al_core.classifiers.keras_classifier import KerasClassifier, Shape, Weights, values_of
from al_core.classifiers.layers import head
from al_core.classifiers.small_network import HIDDEN
from al_core.classifiers.training import Training, parameters
from al_core.registry import Entry


class Pretrained(KerasClassifier):
    """The mean vector of a KerasHub encoder, one hidden layer, one linear layer; all of it is fitted.

    Fresh weights are those of the preset, with a newly drawn head. The encoder's own dropout works
    while it is fitted; passes with dropout left on use that of the head. Memory, and the disk of a
    checkpoint: four times the encoder.
    """

    reads: ClassVar = "subwords"
    usual_features: ClassVar = "subwords"
    start_seconds: ClassVar = 30.0
    predict_batch: ClassVar = backbones.BATCH

    def __init__(self, preset: str, dense: int, dropout: float, **training: Any) -> None:
        super().__init__(Training(**training), dropout)
        self.preset, self.dense = preset, dense
        self._reader: Any = None
        self._given: Weights = []
        """The encoder's weights as they came."""

    def seconds_per_text(self, width: int) -> float:
        """Return arithmetic at 75 GFLOP/s plus the overhead of one gradient step."""
        return 3 * 2 * width * backbones.multiplications(self.preset) / 75e9 + 0.05 / self.training.batch_size

    def prepare(self, width: int, n_classes: int, vocabulary: int) -> None:
        """Load the encoder, and build the network around it."""
        import keras

        policy = keras.dtype_policies.get(self.training.precision)
        self._reader = backbones.reader(self.preset, width, policy)
        self._given = values_of(self._reader.weights)
        super().prepare(width, n_classes, vocabulary)

    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Build a new head on the one encoder."""
        from keras import Model

        answer = head(self._reader.output, self.dense, self.dropout, shape, seed)
        return Model(self._reader.input, answer)

    def fresh_weights(self, seed: int) -> Weights:
        """Return the encoder's weights as they came, and those of a newly drawn head."""
        return self._given + values_of(self._draw(seed).weights[len(self._given) :])


ENTRY = Entry(
    name="pretrained",
    title="Pretrained encoder, fine-tuned",
    help="An encoder that knows language already, fitted to the labels as a whole. Wants KerasHub and a GPU.",
    build=Pretrained,
    paper="Devlin et al. 2019, BERT: pre-training of deep bidirectional transformers",
    link="https://arxiv.org/abs/1810.04805",
    cost="One epoch: n texts x length x weights of the encoder, forward and backward",
    parameters=parameters(
        backbones.parameter("bert_tiny_en_uncased"),
        HIDDEN,
        epochs=10,
        patience=3,
        batch_size=16,
        dropout=0.1,
        optimizer="adam",
        learning_rate=5e-5,
    ),
)
