"""How a network is fitted: one record, and the form fields that are the same for all networks."""

from __future__ import annotations

from dataclasses import dataclass

from al_core.registry import Parameter


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is fitted."""

    optimizer: str
    learning_rate: float
    batch_size: int
    epochs: int
    patience: int
    precision: str


def parameters(
    *own: Parameter,
    epochs: int = 20,
    patience: int = 4,
    batch_size: int = 256,
    dropout: float = 0.5,
    optimizer: str = "rmsprop",
    learning_rate: float = 0.001,
) -> tuple[Parameter, ...]:
    """Return the parameters of a network's entry: its `own` amid those of `Training`, and dropout.

    The defaults here are the published ones.
    """
    return (
        Parameter(
            "epochs", "Most epochs", "Passes over the training texts in one fit, at most.", epochs, 1, 1000
        ),
        Parameter(
            "patience",
            "Patience",
            "End a fit after this many epochs in a row without a lower validation loss.",
            patience,
            1,
            1000,
        ),
        Parameter(
            "batch_size", "Gradient batch", "Texts per gradient step.", batch_size, 1, 65_536, advanced=True
        ),
        *own,
        Parameter(
            "dropout",
            "Dropout",
            "Share of hidden units switched off in training.",
            dropout,
            0.0,
            0.95,
            advanced=True,
        ),
        Parameter(
            "optimizer",
            "Optimizer",
            "How the weights follow the gradient.",
            optimizer,
            choices=("rmsprop", "adam", "sgd"),
            advanced=True,
        ),
        Parameter(
            "learning_rate",
            "Learning rate",
            "Length of one gradient step.",
            learning_rate,
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
    )
