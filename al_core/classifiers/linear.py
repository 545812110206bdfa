"""What linear models share: weights that a solver finds at once, and probabilities from them."""

from __future__ import annotations

import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.classifiers.base import Epoch, Examples, FitHooks, Gift, State
from al_core.errors import WorkbenchError
from al_core.evaluation.metrics import measure
from al_core.matrix import Matrix, is_sparse
from al_core.threads import one_thread

Plane = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Slopes and offsets."""
PREDICT_BLOCK = 16_384
"""Rows predicted at a time: what is copied of a memory-mapped matrix at once."""


@dataclass(frozen=True, slots=True, eq=False)
class _Weights:
    """What a fit has found. Columns that no training text uses have weight 0 and are not kept."""

    columns: npt.NDArray[np.int64]
    slopes: npt.NDArray[np.float64]
    """(1, columns) for two classes, else (classes seen, columns)."""
    offsets: npt.NDArray[np.float64]
    seen: npt.NDArray[np.int64]
    """Classes with a training label."""
    texts: int
    """Training labels."""

    @classmethod
    def none(cls) -> _Weights:
        """Return the weights of a model that has seen nothing."""
        return cls(np.empty(0, np.int64), np.empty((0, 0)), np.empty(0), np.empty(0, np.int64), 0)

    @classmethod
    def of(cls, state: State, group: str) -> _Weights:
        """Read what `named` wrote."""
        columns, slopes, offsets, seen = (
            state[f"{group}/{name}"] for name in ("columns", "slopes", "offsets", "seen")
        )
        return cls(columns, slopes, offsets, seen, int(state[f"{group}/texts"]))

    def named(self, group: str) -> State:
        """Return the arrays under their names."""
        names = ("columns", "slopes", "offsets", "seen")
        return {f"{group}/{name}": getattr(self, name).copy() for name in names} | {
            f"{group}/texts": np.array(self.texts)
        }


class LinearClassifier(ABC):
    """One weight per feature and class. A subclass says how they are found.

    Every fit starts anew: its result depends on the labels alone, not on earlier rounds nor on a
    seed. A class without a training label gets 1 / (n + C) of the probability, by Laplace's rule of
    succession for n labels and C classes, and the classes seen share the rest: no probability is 0
    for lack of labels, and the order of texts stays the same.
    """

    reads: ClassVar = "vectors"
    usual_features: ClassVar = "words_and_topics"
    gives: frozenset[Gift] = frozenset({"embeddings"})
    start_seconds: ClassVar = 2.0

    def __init__(self) -> None:
        self.n_classes = self.width = 0
        self._now = self._best = _Weights.none()
        self._best_loss = math.inf
        self._epochs: tuple[Epoch, ...] = ()

    @abstractmethod
    def solve(self, x: Any, y: npt.NDArray[np.int32]) -> Plane:
        """Return slopes (classes, columns) and offsets (classes,) whose softmax are probabilities.

        `y` has at least two classes; for exactly two, one row of slopes gives the second one's logit.
        """

    @property
    def most_epochs(self) -> int:
        """Return 1: the solver's own steps are not epochs."""
        return 1

    def seconds_per_text(self, width: int) -> float:
        """Return what 1,000 to 40,000 film reviews take; the words in a text count, not the columns."""
        del width
        return 2e-4

    def prepare(self, width: int, n_classes: int, vocabulary: int) -> None:
        """Note the shape; `vocabulary` says no more than `width`."""
        del vocabulary
        self.width, self.n_classes = width, n_classes
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget all weights; nothing here is random."""
        del seed
        self._now = self._best = _Weights.none()
        self._best_loss, self._epochs = math.inf, ()

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
        """Fit anew on all training texts and return the one epoch; see the contract.

        An interruption waits for the solver: seconds at most. Cost: some tens of passes over the
        training texts. Memory: the columns that they use.
        """
        del seeds
        if resume and self._epochs:
            return self._epochs
        if not resume and not keep_best:
            self._best, self._best_loss = _Weights.none(), math.inf
        self._epochs = ()
        started = time.perf_counter()
        self._now = self._solved(training)
        hooks.batch(len(training))
        fitted = measure(self.predict_proba(training.x), training.y)
        measured = measure(self.predict_proba(validation.x), validation.y)
        if measured.loss < self._best_loss:
            self._best, self._best_loss = self._now, measured.loss
        epoch = Epoch(
            number=1,
            loss=fitted.loss,
            accuracy=fitted.accuracy,
            val_loss=measured.loss,
            val_accuracy=measured.accuracy,
            seconds=time.perf_counter() - started,
        )
        self._epochs = (epoch,)
        hooks.epoch(epoch)
        return self._epochs

    def _solved(self, training: Examples) -> _Weights:
        seen = np.unique(training.y).astype(np.int64)
        columns, x = _used(training.x)
        if len(seen) < 2 or len(columns) == 0:
            return _Weights(columns[:0], np.zeros((len(seen), 0)), _shares(training.y), seen, len(training))
        with one_thread():
            slopes, offsets = self.solve(x, training.y)
        return _Weights(columns, slopes, offsets, seen, len(training))

    def use_best(self) -> None:
        """Take the weights that had the lowest validation loss, if a fit has kept any."""
        if self._best.texts:
            self._now = self._best

    def predict_proba(self, x: Any) -> npt.NDArray[np.float64]:
        """Return probabilities (n, C), block by block. Memory: the result, and one block of `x`."""
        with one_thread():
            return self._predicted(x)

    def _predicted(self, x: Any) -> npt.NDArray[np.float64]:
        weights = self._now
        slopes = np.zeros((self.width, len(weights.slopes)))
        slopes[weights.columns] = weights.slopes.T
        unseen = self.n_classes - len(weights.seen)
        found = np.full((x.shape[0], self.n_classes), 1.0 / (weights.texts + self.n_classes))
        for start in range(0, x.shape[0], PREDICT_BLOCK):
            block = slice(start, start + PREDICT_BLOCK)
            shares = softmax(np.asarray(x[block] @ slopes) + weights.offsets, len(weights.seen))
            found[block, weights.seen] = shares * (1.0 - unseen / (weights.texts + self.n_classes))
        return found

    def embed(self, x: Any) -> Matrix:
        """Return the features themselves: the model is nothing but a linear layer on them."""
        return x.tocsr() if is_sparse(x) else x

    def dropout_probabilities(self, x: Any, passes: int, seed: int) -> npt.NDArray[np.float64]:
        """Raise `WorkbenchError`: there is no dropout in a model without layers."""
        del x, passes, seed
        raise WorkbenchError(
            "A linear model has no dropout; choose a neural model, or a query strategy that does not need it."
        )

    def state(self) -> State:
        """Return the weights, the best ones and the epoch, copied."""
        told = {"best_loss": self._best_loss, "epochs": [asdict(epoch) for epoch in self._epochs]}
        progress: State = {"progress": np.array(json.dumps(told))}
        return progress | self._now.named("weights") | self._best.named("best")

    def restore(self, state: State) -> None:
        """Become what the state was taken from."""
        self._now, self._best = _Weights.of(state, "weights"), _Weights.of(state, "best")
        told = json.loads(str(state["progress"]))
        self._best_loss = told["best_loss"]
        self._epochs = tuple(Epoch(**epoch) for epoch in told["epochs"])


def _used(x: Any) -> tuple[npt.NDArray[np.int64], Any]:
    """Return the columns with a value in them, and those alone, in float64.

    The penalty keeps the weight of every other column at 0, so the fit is the same, only faster:
    a hundred texts use a few thousand of a hundred thousand words.
    """
    if not is_sparse(x):
        return np.arange(x.shape[1]), np.asarray(x, dtype=np.float64)
    from scipy.sparse import csr_matrix

    x = x.tocsr()
    used = np.zeros(x.shape[1], bool)
    used[x.indices] = True
    columns = np.flatnonzero(used)
    places = (np.cumsum(used, dtype=x.indices.dtype) - 1)[x.indices]
    shape = (x.shape[0], len(columns))
    return columns, csr_matrix((x.data.astype(np.float64), places, x.indptr), shape=shape)


def _shares(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Return the log of each class's share, for texts in which nothing tells the classes apart."""
    return np.log(np.unique(labels, return_counts=True)[1] / len(labels))


def softmax(logits: npt.NDArray[np.float64], classes: int) -> npt.NDArray[np.float64]:
    """Return shares that sum to 1; the single column of two classes is the second one's logit."""
    if classes == 2 and logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    if classes == 0:
        return logits
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
