"""The contract of a stopping criterion, and how several are combined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from al_core.evaluation.metrics import Metrics, predicted_classes
from al_core.strategies.scores import entropy


@dataclass(frozen=True, slots=True, eq=False)
class StopSet:
    """What the model says of the stop set: pool texts drawn once, before the first round.

    The set stays the same although some of its texts may be labelled later: criteria that
    compare consecutive models need the same texts each time (Bloodgood & Vijay-Shanker 2009).
    """

    predicted: npt.NDArray[np.int32]
    """The class of each text (s,)."""
    uncertainty: float | None
    """Mean entropy of the texts not asked about yet, over its highest possible value, ln C: from 0 to
    1. None once all of them have been."""

    @classmethod
    def of(cls, probabilities: npt.NDArray[np.float64], still_open: npt.NDArray[np.bool_]) -> StopSet:
        """Read it off the probabilities (s, C) of the stop set; `still_open` (s,) may be asked about."""
        highest = math.log(max(2, probabilities.shape[1]))
        scores = entropy(probabilities)[still_open] / highest
        return cls(predicted_classes(probabilities), float(scores.mean()) if len(scores) else None)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What a criterion may know of one round. Nothing of the test split."""

    round: int
    """0 is the fit on the initial set."""
    labels: int
    """Labels spent so far."""
    cost: float
    """What the oracle has charged so far."""
    seconds: float
    """Time that this and all earlier rounds took."""
    validation: Metrics
    stop_set: StopSet | None = None
    """There if a criterion of the run declares `needs_stop_set`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one criterion said after one round."""

    criterion: str
    stop: bool
    value: float | None
    """What is compared with the threshold; None while there are too few rounds for it."""
    threshold: float
    reason: str


class Criterion(Protocol):
    """Reads the rounds so far, the latest last; never the test split. Keeps no state between calls."""

    needs_stop_set: bool

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Return the verdict after the latest round; `history` has at least one entry."""
        ...


@dataclass(frozen=True, slots=True)
class Stopping:
    """Several criteria, of which any or all must say stop. Without criteria it never stops."""

    criteria: tuple[Criterion, ...]
    combine: Literal["any", "all"]

    @property
    def needs_stop_set(self) -> bool:
        """Tell whether the model must predict the stop set after each round."""
        return any(criterion.needs_stop_set for criterion in self.criteria)

    def check(self, history: Sequence[Observation]) -> tuple[bool, tuple[Verdict, ...]]:
        """Return whether to stop, and what each criterion said."""
        verdicts = tuple(criterion.check(history) for criterion in self.criteria)
        said = [verdict.stop for verdict in verdicts]
        return bool(said) and (any(said) if self.combine == "any" else all(said)), verdicts
