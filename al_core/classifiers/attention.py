"""A small encoder in which every word looks at every other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from al_core.classifiers.keras_classifier import KerasClassifier, Shape
from al_core.classifiers.layers import answer, dense, dropout, embedding, masked_mean
from al_core.classifiers.training import Training, parameters
from al_core.features.tokens import PADDING
from al_core.registry import Entry, Parameter


class Attention(KerasClassifier):
    """Word and place embeddings, blocks of self-attention and feed forward, the mean over words.

    Vaswani et al. 2017, Attention is all you need; layers are normalised first, as in Xiong et al.
    2020, On layer normalization in the transformer architecture, so that no warm-up is needed.
    Memory: batch x heads x length x length numbers per block.
    """

    def __init__(
        self,
        embedding: int,
        heads: int,
        feed_forward: int,
        blocks: int,
        dropout: float,
        **training: Any,
    ) -> None:
        super().__init__(Training(**training), dropout)
        self.embedding, self.heads, self.feed_forward, self.blocks = embedding, heads, feed_forward, blocks

    def seconds_per_text(self, width: int) -> float:
        """Return arithmetic at 20 GFLOP/s plus the overhead of one gradient step."""
        per_word = 4 * self.embedding**2 + 2 * self.embedding * (width + self.feed_forward)
        step = 1e-2 + 1e-2 * self.blocks
        return 3 * 2 * self.blocks * width * per_word / 20e9 + step / self.training.batch_size

    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Build the network; padding is neither looked at nor counted in the mean."""
        from keras import Input, Model, layers, ops

        def normalised(hidden: Any) -> Any:
            return layers.LayerNormalization(dtype=shape.dtype)(hidden)

        def dropped(hidden: Any) -> Any:
            return dropout(hidden, self.dropout, shape, seed)

        ids: Any = Input((shape.width,), dtype="int32")
        words: Any = ops.not_equal(ids, PADDING)
        start: Any = ops.zeros_like(ids)
        places = start + ops.arange(shape.width, dtype="int32")
        hidden = embedding(shape.vocabulary, self.embedding, shape, seed)(ids)
        hidden = hidden + embedding(shape.width, self.embedding, shape, seed)(places)
        # An empty text looks at its padding, for a softmax over nothing is not a number.
        nothing = ops.logical_not(ops.any(words, axis=1, keepdims=True))
        seen = ops.expand_dims(ops.logical_or(words, nothing), 1)
        for _ in range(self.blocks):
            attention = layers.MultiHeadAttention(
                self.heads,
                max(1, self.embedding // self.heads),
                kernel_initializer=_glorot(seed),
                dtype=shape.dtype,
            )
            normal = normalised(hidden)
            hidden = hidden + dropped(attention(normal, normal, attention_mask=seen))
            forward = dense(normalised(hidden), self.feed_forward, shape, seed, "relu")
            hidden = hidden + dropped(dense(forward, self.embedding, shape, seed))
        pooled = masked_mean(normalised(hidden), words)
        return Model(ids, answer(dropped(pooled), shape, seed))


def _glorot(seed: Callable[[], int]) -> Any:
    """Return an initializer whose copies draw other numbers.

    Attention copies one for queries, keys and values; with one seed these would start as equals.
    """
    from keras import initializers

    class Glorot(initializers.GlorotUniform):
        @classmethod
        def from_config(cls, config: Any) -> Any:
            del config
            return cls(seed=seed())

    return Glorot(seed=seed())


ENTRY = Entry(
    name="attention",
    title="Self-attention",
    help="A small transformer, trained from nothing: every word looks at every other. Wants many labels.",
    build=Attention,
    paper="Vaswani et al. 2017, Attention is all you need",
    link="https://arxiv.org/abs/1706.03762",
    cost="One epoch: n texts x blocks x length x embedding x (length + 4 embedding), forward and backward",
    parameters=parameters(
        Parameter(
            "embedding", "Embedding size", "Numbers that stand for one word.", 64, 1, 4096, advanced=True
        ),
        Parameter("heads", "Heads", "Ways in which a word looks at others.", 4, 1, 64, advanced=True),
        Parameter(
            "feed_forward",
            "Hidden units",
            "Size of the layer that works on each word in a block.",
            128,
            1,
            16_384,
            advanced=True,
        ),
        Parameter("blocks", "Blocks", "Rounds of looking at each other.", 1, 1, 12, advanced=True),
        batch_size=32,
        dropout=0.3,
        optimizer="adam",
    ),
)
