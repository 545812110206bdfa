"""What a model is scored by, and how that is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from al_core.evaluation.verdicts import Verdict

Kind = Literal["share", "number", "money"]
PER_TEXTS = 1_000
"""Texts that a cost is told for: test splits differ in size."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to score a model on test."""

    title: str
    help: str
    kind: Kind = "share"
    less: bool | None = False
    """Whether less is better; None where neither is."""
    two: bool = False
    """Whether it takes exactly two classes."""


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric("Accuracy", "Share of the test texts that are classified right."),
    "f1": Metric("F1", "Harmonic mean of precision and recall; with more than two classes, their mean."),
    "fn_rate": Metric(
        "False negative rate", "Share of the positives missed; of more classes, the worst.", less=True
    ),
    "fp_rate": Metric(
        "False positive rate", "Share of the negatives taken for positives; of more, the worst.", less=True
    ),
    "balance": Metric("Balance of errors", "FN / (FN + FP): one half is balanced.", less=None, two=True),
    "loss": Metric("Loss", "Cross-entropy of the probabilities.", "number", less=True),
    "ece": Metric("Calibration error", "How far probabilities are from the share that is right.", less=True),
    "cost": Metric(
        "Cost of errors", f"What the errors in {PER_TEXTS:,} texts cost at your prices.", "money", True, True
    ),
}


@dataclass(frozen=True, slots=True)
class Prices:
    """What one error of each kind costs."""

    fn: float = 1.0
    fp: float = 1.0


EVEN = Prices()


def size(matrix: Any) -> int:
    """Return the number of classes of a confusion matrix; 0 where none was measured."""
    return len(matrix) if isinstance(matrix, list | tuple) else 0


def f1(matrix: Any) -> float:
    """Return F1 of class 1 of two, the mean over all of more; as `Metrics.f1`, 0/0 is 0."""
    count = size(matrix)
    if not count:
        return math.nan
    chosen = [1] if count == 2 else range(count)
    scores = []
    for c in chosen:
        whole = sum(matrix[c]) + sum(row[c] for row in matrix)
        scores.append(2 * matrix[c][c] / whole if whole else 0.0)
    return sum(scores) / len(scores)


def sentence(found: Verdict, kind: Kind) -> str:
    """Return a verdict's sentence for a score that is no share, so that no points are spoken of."""
    if found.outcome is None:
        return found.sentence
    digits = 3 if kind == "number" else 2
    unit = "" if kind == "number" else f" per {PER_TEXTS:,} texts"
    seeds = f"{found.agree} of {found.n} seeds agree"
    less = f"{found.difference:+,.{digits}f}{unit}"
    ends = ""
    if math.isfinite(found.low):
        alone = " by itself" if found.family > 1 else ""
        ends = f" (95 %{alone}: {found.low:+,.{digits}f} to {found.high:+,.{digits}f})"
    if found.outcome == "not distinguishable":
        start = f"{found.one} and {found.other} are not distinguishable"
        return f"{start}{found.measure.where}: {less}{ends}, {found.n} seeds."
    start = f"{found.one} is {found.outcome} than {found.other}"
    return f"{start}{found.measure.where}: {less}{ends}; {seeds}."
