"""The contract of a query strategy, and the checks that hold for all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from al_core.errors import BadInput, EmptyPool, PoolExhausted
from al_core.evaluation.metrics import Metrics
from al_core.matrix import Matrix, is_finite
from al_core.threads import one_thread

Rows = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]

Need = Literal[
    "probabilities", "embeddings", "labelled_probabilities", "committee", "dropout", "refit", "arrival"
]
NEEDS: dict[Need, str] = {
    "probabilities": "the model's probabilities for the pool",
    "embeddings": "an embedding of every text",
    "labelled_probabilities": "the model's probabilities for the labelled texts",
    "committee": "a committee: the model fitted several times over",
    "dropout": "several predictions with dropout left on",
    "refit": "a fit of the model for each candidate and class",
    "arrival": "texts that arrive one by one",
}
"""What a strategy may ask the cycle for, in words."""

Refit = Callable[[Rows, npt.NDArray[np.int32], Rows], Probabilities]
"""`refit(rows, labels, targets)`: the probabilities (t, C) of corpus rows `targets` under a model
that was fitted on everything labelled and on `rows` with `labels` besides."""


def _no_rows() -> Rows:
    return np.empty(0, np.int64)


def _no_labels() -> npt.NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What a strategy may look at. Arrays it did not declare a need for are None.

    `pool` (n,) holds corpus rows; `probabilities` (n, C), `embeddings` (n, d; dense or csr),
    `samples` (members, n, C), `pool_labels` (n,) and `arrival` (n,) are aligned with it.
    `labelled` (m,) holds the corpus rows with a label, and `labels` (m,) the answers;
    `labelled_embeddings` (m, d) and `labelled_probabilities` (m, C) are aligned with those.
    """

    pool: Rows
    n_classes: int
    history: tuple[Metrics, ...] = ()
    """What validation said after each round so far, the latest last; empty before the first model."""
    labelled: Rows = field(default_factory=_no_rows)
    labels: npt.NDArray[np.int32] = field(default_factory=_no_labels)
    probabilities: Probabilities | None = None
    embeddings: Matrix | None = None
    labelled_embeddings: Matrix | None = None
    labelled_probabilities: Probabilities | None = None
    samples: Probabilities | None = None
    """Of the committee's members, or of the passes with dropout."""
    refit: Refit | None = None
    asked: int = 0
    """How many pool texts have been asked about so far."""
    carried: float | None = None
    """What the strategy's last choice has left for this one."""
    arrival: Rows | None = None
    """The place of each pool text in the stream; texts that have passed by are not in the pool."""
    test: Metrics | None = None
    """Only for a strategy that declares `steers_on_test`."""
    pool_labels: npt.NDArray[np.int32] | None = None
    """Only for a strategy that declares `reads_pool_labels`."""

    def take(self, places: npt.NDArray[np.integer | np.bool_]) -> Situation:
        """Return the situation with only these places of the pool, in this order."""
        return replace(
            self,
            pool=self.pool[places],
            probabilities=None if self.probabilities is None else self.probabilities[places],
            embeddings=None if self.embeddings is None else self.embeddings[places],
            samples=None if self.samples is None else self.samples[:, places],
            arrival=None if self.arrival is None else self.arrival[places],
            pool_labels=None if self.pool_labels is None else self.pool_labels[places],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Corpus rows to ask about, most wanted first, and their scores where there are any."""

    rows: Rows
    scores: npt.NDArray[np.float64] | None = None
    carried: float | None = None
    """A number that the next choice shall be told."""


class Strategy(ABC):
    """Chooses the next batch. A subclass declares what it needs and implements `choose`."""

    needs: frozenset[Need] = frozenset()
    members: int = 0
    """How many committee members or dropout passes `samples` shall hold."""
    dense: bool = False
    """Wants embeddings of few dimensions: sparse features come reduced."""
    steers_on_test: bool = False
    """True only for the published rule, which reads the errors on the test split."""
    reads_pool_labels: bool = False
    """True only for the published rule, which draws by labels that a real pool does not have."""
    exact: bool = True
    """False: may return fewer texts than asked, as a stream that ends does."""
    two_classes_only: bool = False

    def fits(self, n: int, n_classes: int) -> int:
        """Return how often the model is fitted to choose `n` texts; for the plan of a run."""
        del n, n_classes
        return self.members if "committee" in self.needs else 0

    def askable(self, pool: int) -> int:
        """Return how many of so many pool texts can be asked about at most; for the plan of a run."""
        return pool

    def predictions(self) -> int:
        """Return how often the pool is predicted or embedded to choose a batch; for the plan of a run."""
        return self.members + int("probabilities" in self.needs) + int("embeddings" in self.needs)

    @abstractmethod
    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Return `n` different rows of the pool, which is sorted by row here."""

    def query(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Check the situation, sort its pool, choose, and check the choice.

        Raises `EmptyPool`, `PoolExhausted`, or `BadInput` for arrays that are not finite. Sorted,
        because the order in which a pool is handed over must not decide what is asked.
        """
        size = len(situation.pool)
        if size == 0:
            raise EmptyPool("The pool is empty: every text has been asked about.")
        if n > size:
            raise PoolExhausted(f"{n:,} texts were asked for, but the pool holds {size:,}.")
        if self.two_classes_only and situation.n_classes != 2:
            raise BadInput(f"This query strategy is for two classes; the corpus has {situation.n_classes}.")
        _check_numbers(situation)
        if (np.diff(situation.pool) < 0).any():
            situation = situation.take(np.argsort(situation.pool, kind="stable"))
        with one_thread() if "embeddings" in self.needs else nullcontext():
            choice = self.choose(situation, n, rng)
        unique = len(np.unique(choice.rows))
        if unique != len(choice.rows) or (self.exact and unique != n):
            raise RuntimeError(f"{type(self).__name__} chose {unique} different rows of {n}")
        return choice


def _check_numbers(situation: Situation) -> None:
    for array in (situation.probabilities, situation.samples, situation.labelled_probabilities):
        if array is not None and not np.isfinite(array).all():
            raise BadInput("The model gave probabilities that are not numbers, so nothing can be ranked.")
    for matrix in (situation.embeddings, situation.labelled_embeddings):
        if matrix is not None and not is_finite(matrix):
            raise BadInput("The model gave embeddings that are not numbers, so nothing can be ranked.")
