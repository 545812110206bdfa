"""The contract of a stopping criterion, and how several are combined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from al_core.evaluation.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one criterion said after one round."""

    criterion: str
    stop: bool
    value: float
    threshold: float
    reason: str


class Criterion(Protocol):
    """Reads the validation metrics of all rounds so far, the latest last; never the test split."""

    def check(self, history: Sequence[Metrics]) -> Verdict:
        """Return the verdict after the latest round; `history` has at least one entry."""
        ...


@dataclass(frozen=True, slots=True)
class Stopping:
    """Several criteria, of which any or all must say stop. Without criteria it never stops."""

    criteria: tuple[Criterion, ...]
    combine: Literal["any", "all"]

    def check(self, history: Sequence[Metrics]) -> tuple[bool, tuple[Verdict, ...]]:
        """Return whether to stop, and what each criterion said."""
        verdicts = tuple(criterion.check(history) for criterion in self.criteria)
        said = [verdict.stop for verdict in verdicts]
        return bool(said) and (any(said) if self.combine == "any" else all(said)), verdicts
