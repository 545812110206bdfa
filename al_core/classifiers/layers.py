"""Layers that several networks have in common, on any backend of Keras; each draws its own seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from al_core.classifiers.keras_classifier import Shape

Seed = Callable[[], int]


def embedding(size: int, width: int, shape: Shape, seed: Seed) -> Any:
    """Return a layer of `size` vectors of `width` numbers."""
    from keras import initializers, layers

    uniform: Any = initializers.RandomUniform(seed=seed())
    return layers.Embedding(size, width, embeddings_initializer=uniform, dtype=shape.dtype)


def dropout(hidden: Any, rate: float, shape: Shape, seed: Seed) -> Any:
    """Return `hidden` with a share of its units switched off in training."""
    from keras import layers

    return layers.Dropout(rate, seed=seed(), dtype=shape.dtype)(hidden)


def dense(hidden: Any, size: int, shape: Shape, seed: Seed, activation: str | None = None) -> Any:
    """Return `size` linear combinations of `hidden`."""
    from keras import initializers, layers

    glorot: Any = initializers.GlorotUniform(seed=seed())
    return layers.Dense(size, activation, kernel_initializer=glorot, dtype=shape.dtype)(hidden)


def answer(hidden: Any, shape: Shape, seed: Seed) -> Any:
    """Return the probabilities: in float32, or small ones would become 0 in mixed precision."""
    from keras import initializers, layers

    glorot: Any = initializers.GlorotUniform(seed=seed())
    return layers.Dense(shape.outputs, shape.activation, kernel_initializer=glorot, dtype="float32")(hidden)


def head(vectors: Any, hidden: int, rate: float, shape: Shape, seed: Seed) -> Any:
    """Return the probabilities that one hidden layer makes of one vector per text."""
    return answer(dropout(dense(vectors, hidden, shape, seed, "relu"), rate, shape, seed), shape, seed)


def masked_mean(hidden: Any, mask: Any) -> Any:
    """Return the mean (n, d), float32, of `hidden` (n, length, d) where `mask` (n, length) is true.

    A row without a true place is a row of zeros. Float32 because half precision cannot add up
    thousands of words.
    """
    from keras import ops

    weights: Any = ops.expand_dims(ops.cast(mask, "float32"), -1)
    total: Any = ops.sum(ops.cast(hidden, "float32") * weights, axis=1)
    return total / ops.maximum(ops.sum(weights, axis=1), 1.0)
