"""What a model is scored by, and how that is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from al_core.evaluation.decisions import EVEN, PER_TEXTS, Prices
from al_core.evaluation.measures import Kind

__all__ = ["METRICS", "Kind", "Metric", "f1", "macro_f1", "naive", "score_of", "size"]


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
    copies: bool = False
    """Whether it is measured only where copies of test texts stand in training."""
    way: bool = False
    """Whether a target may be a share of the way from the most frequent class to all labels."""
    level: float = 0.8
    """A target to begin with."""

    @property
    def inside(self) -> str:
        """Return the title as it stands inside a sentence: false negative rate, but F1."""
        return self.title if self.title[1:2].isdigit() else self.title[:1].lower() + self.title[1:]


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric("Accuracy", "Share of the test texts that are classified right.", way=True),
    "f1": Metric(
        "F1",
        "Harmonic mean of precision and recall of the second class; with more than two classes, their mean.",
        way=True,
    ),
    "macro_f1": Metric("Macro F1", "Mean of the F1 of both classes.", two=True, way=True),
    "fn_rate": Metric(
        "False negative rate",
        "Share of the positives missed; of more classes, the worst.",
        less=True,
        level=0.2,
    ),
    "fp_rate": Metric(
        "False positive rate",
        "Share of the negatives taken for positives; of more, the worst.",
        less=True,
        level=0.2,
    ),
    "imbalance": Metric(
        "Imbalance of errors",
        f"How far FN and FP are apart in {PER_TEXTS:,} texts, whichever is more: 0 is balanced.",
        "texts",
        less=True,
        two=True,
        level=20.0,
    ),
    "balance": Metric("Balance of errors", "FN / (FN + FP): one half is balanced.", less=None, two=True),
    "seen": Metric(
        "Accuracy on seen texts",
        "Share classified right of the test texts of which a copy stands in the initial set or the pool.",
        copies=True,
    ),
    "unseen": Metric(
        "Accuracy on unseen texts",
        "Share classified right of the test texts of which no copy stands in the initial set or the pool.",
        copies=True,
    ),
    "loss": Metric("Loss", "Cross-entropy of the probabilities.", "number", less=True, level=0.5),
    "ece": Metric(
        "Calibration error", "How far probabilities are from the share that is right.", less=True, level=0.05
    ),
    "cost": Metric(
        "Cost of errors",
        f"What the errors in {PER_TEXTS:,} texts cost at your prices.",
        "money",
        less=True,
        two=True,
        way=True,
        level=200.0,
    ),
}


def size(matrix: Any) -> int:
    """Return the number of classes of a confusion matrix; 0 where none was measured."""
    return len(matrix) if isinstance(matrix, list | tuple) else 0


def f1(matrix: Any) -> float:
    """Return F1 of class 1 of two, the mean over all of more; as `Metrics.f1`, 0/0 is 0."""
    scores = _f1s(matrix)
    return scores[1] if len(scores) == 2 else macro_f1(matrix)


def macro_f1(matrix: Any) -> float:
    """Return the mean of F1 over all classes; NaN where nothing was measured."""
    scores = _f1s(matrix)
    return sum(scores) / len(scores) if scores else math.nan


def _f1s(matrix: Any) -> list[float]:
    """Return F1 of each class; 0/0 is 0."""
    scores = []
    for c in range(size(matrix)):
        whole = sum(matrix[c]) + sum(row[c] for row in matrix)
        scores.append(2 * matrix[c][c] / whole if whole else 0.0)
    return scores


def naive(matrix: Any) -> list[list[float]]:
    """Return the confusion matrix (C, C) of always naming the most frequent class, of equals the first."""
    totals = [sum(row) for row in matrix]
    top = totals.index(max(totals))
    return [[float(total) if c == top else 0.0 for c in range(len(totals))] for total in totals]


def score_of(matrix: Any, metric: str, prices: Prices = EVEN) -> float:
    """Return a score that follows from a confusion matrix alone; NaN for any other, and of no texts."""
    texts = sum(map(sum, matrix)) if size(matrix) else 0
    if not texts:
        return math.nan
    if metric == "accuracy":
        return sum(matrix[c][c] for c in range(len(matrix))) / texts
    if metric == "cost" and len(matrix) == 2:
        return PER_TEXTS * (prices.fn * matrix[1][0] + prices.fp * matrix[0][1]) / texts
    return {"f1": f1, "macro_f1": macro_f1}.get(metric, lambda _: math.nan)(matrix)
