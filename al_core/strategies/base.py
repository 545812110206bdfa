"""The contract of a query strategy, and the checks that hold for all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from al_core.errors import BadInput, EmptyPool, PoolExhausted
from al_core.evaluation.metrics import Metrics

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What a strategy may look at. Fields it did not declare a need for are None.

    `pool` (n,) holds corpus rows in no particular order; `probabilities` (n, C) and
    `pool_labels` (n,) are aligned with it. `validation` is the model's last measurement.
    """

    pool: Rows
    n_classes: int
    validation: Metrics
    probabilities: npt.NDArray[np.float64] | None = None
    test: Metrics | None = None
    """Only for a strategy that declares `steers_on_test`."""
    pool_labels: npt.NDArray[np.int32] | None = None
    """Only for a strategy that declares `reads_pool_labels`."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Corpus rows to ask about, most wanted first, and their scores where there are any."""

    rows: Rows
    scores: npt.NDArray[np.float64] | None = None


class Strategy(ABC):
    """Chooses the next batch. A subclass declares what it needs and implements `choose`."""

    needs_probabilities: ClassVar[bool] = False
    steers_on_test: ClassVar[bool] = False
    """True only for the published rule, which reads the errors on the test split."""
    reads_pool_labels: ClassVar[bool] = False
    """True only for the published rule, which draws by labels that a real pool does not have."""
    exact: ClassVar[bool] = True
    """False: may return fewer texts than asked, as the published rule does."""
    two_classes_only: ClassVar[bool] = False

    @abstractmethod
    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Return `n` different rows of the pool."""

    def query(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Check the situation, choose, and check the choice.

        Raises `EmptyPool`, `PoolExhausted`, or `BadInput` for probabilities that are not finite.
        """
        size = len(situation.pool)
        if size == 0:
            raise EmptyPool("The pool is empty: every text has been asked about.")
        if n > size:
            raise PoolExhausted(f"{n:,} texts were asked for, but the pool holds {size:,}.")
        if self.two_classes_only and situation.n_classes != 2:
            raise BadInput(f"This query strategy is for two classes; the corpus has {situation.n_classes}.")
        if situation.probabilities is not None and not np.isfinite(situation.probabilities).all():
            raise BadInput("The model gave probabilities that are not numbers, so nothing can be ranked.")
        choice = self.choose(situation, n, rng)
        unique = len(np.unique(choice.rows))
        if unique != len(choice.rows) or (self.exact and unique != n):
            raise RuntimeError(f"{type(self).__name__} chose {unique} different rows of {n}")
        return choice
