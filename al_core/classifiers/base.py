"""The contract of a classifier, and the records of a fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt

from al_core.features.base import Kind
from al_core.matrix import Matrix

Gift = Literal["embeddings", "dropout"]
"""What a classifier may have to give besides probabilities."""

State = dict[str, npt.NDArray[Any]]
"""Everything needed to go on, as named arrays: saved without pickle."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training texts; `number` counts from 1 in each round."""

    number: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Examples:
    """Features (an array, or a sparse matrix by rows) and labels, row by row."""

    x: Any
    y: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True)
class FitHooks:
    """Whom a fit tells how far it is. `batch` may raise `Interrupted`, which ends the fit at once."""

    batch: Callable[[int], None]
    """Called with the number of texts just trained on."""
    epoch: Callable[[Epoch], None]
    """Called after each epoch, when `state()` is a point to go on from."""


class Classifier(Protocol):
    """Learns from arrays and gives class probabilities."""

    reads: ClassVar[Kind]
    """The kind of features it reads; features say what they give."""
    usual_features: ClassVar[str]
    """The features to begin with, by registry name."""
    gives: frozenset[Gift]
    """What query strategies may ask of it besides probabilities."""
    start_seconds: ClassVar[float]
    """A rough time until the first fit begins: imports, building, tracing."""

    @property
    def most_epochs(self) -> int:
        """Return how often a fit passes over the training texts at most."""
        ...

    def seconds_per_text(self, width: int) -> float:
        """Return a rough time to train once on one text of `width` features, on two cores.

        Used for estimates only, and corrected by what the store has measured.
        """
        ...

    def prepare(self, width: int, n_classes: int, vocabulary: int) -> None:
        """Learn the shape of the task, once, before anything else."""
        ...

    def reset(self, seed: int) -> None:
        """Take fresh weights and forget the best ones."""
        ...

    def fit(
        self,
        training: Examples,
        validation: Examples,
        seeds: Callable[[str, int], int],
        hooks: FitHooks,
        *,
        keep_best: bool,
        resume: bool,
    ) -> tuple[Epoch, ...]:
        """Fit from the present weights and return every epoch of this fit.

        `seeds(purpose, epoch)` gives the seed of a random choice in one epoch. `keep_best`: the
        best weights of earlier fits stay the ones to beat. `resume`: go on with the fit that the
        restored state was in the middle of.
        """
        ...

    def use_best(self) -> None:
        """Take the weights that had the lowest validation loss."""
        ...

    def predict_proba(self, x: Any) -> npt.NDArray[np.float64]:
        """Return probabilities (n, C); rows sum to 1."""
        ...

    def embed(self, x: Any) -> Matrix:
        """Return what the last, linear layer reads of each text: (n, d), dense or csr."""
        ...

    def dropout_probabilities(self, x: Any, passes: int, seed: int) -> npt.NDArray[np.float64]:
        """Return probabilities (passes, n, C) with dropout left on, a mask for each text and pass.

        Only by a classifier that gives "dropout".
        """
        ...

    def state(self) -> State:
        """Return a copy of everything that `restore` needs."""
        ...

    def restore(self, state: State) -> None:
        """Become what the state was taken from, in a process that has called `prepare`."""
        ...
