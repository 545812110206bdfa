"""Metrics of one model on one split, from its probabilities alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

LOSS_CLIP = 1e-7
"""Keras's own: log(0) is avoided by clipping probabilities."""
BINS = 10
"""Of equal width, from 1 / C to 1: where the probability of a predicted class may lie."""


class Bin(NamedTuple):
    """The texts whose predicted class has about one probability."""

    n: int
    probability: float
    """Mean probability of the predicted class."""
    right: float
    """Share of the predictions that are right."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Accuracy, loss and the two kinds of error.

    `confusion[t][p]` counts texts of true class t predicted as p. For two classes `fn` counts
    ones taken for zeros and `fp` zeros taken for ones. For more classes every error is a false
    negative of one class and a false positive of another; `fn` and `fp` both count the errors,
    and `missed` and `wrongly_given` hold them per class.
    """

    n: int
    accuracy: float
    loss: float
    fn: int
    fp: int
    confusion: tuple[tuple[int, ...], ...]
    brier: float | None = None
    """Squared error of the probabilities, summed over the classes; for two classes that of one of them.
    None in what was stored before it was measured."""
    reliability: tuple[Bin, ...] = ()
    """The bins that hold a text, the lowest probability first."""
    seen: float | None = None
    """Accuracy on the texts of which a copy stands in the initial set or the pool; None where none does."""
    unseen: float | None = None
    """Accuracy on the others, where there are both."""
    first: tuple[tuple[int, int], ...] = ()
    """Row and predicted class of the first texts, to be looked at; empty where none were kept."""

    @property
    def ece(self) -> float | None:
        """Return the expected calibration error: how far probability and share right are apart.

        The mean over all texts of their bin's gap (Naeini, Cooper & Hauskrecht 2015, Obtaining well
        calibrated probabilities using Bayesian binning). None where no bins were measured.
        """
        texts = sum(each.n for each in self.reliability)
        if texts == 0:
            return None
        return sum(each.n * abs(each.probability - each.right) for each in self.reliability) / texts

    @property
    def missed(self) -> tuple[int, ...]:
        """Return the false negatives of each class."""
        return tuple(sum(row) - row[c] for c, row in enumerate(self.confusion))

    @property
    def wrongly_given(self) -> tuple[int, ...]:
        """Return the false positives of each class."""
        columns = zip(*self.confusion, strict=True)
        return tuple(sum(column) - column[c] for c, column in enumerate(columns))

    @property
    def fn_rate(self) -> float:
        """Return the share of positives that were missed; for more than two classes the worst class's."""
        return _worst(self.missed, [sum(row) for row in self.confusion])

    @property
    def fp_rate(self) -> float:
        """Return the share of negatives taken for positives; for more than two classes the worst class's."""
        given = self.wrongly_given
        others = [self.n - sum(row) for row in self.confusion]
        return _worst(given, others)

    @property
    def f1(self) -> float:
        """Return F1 of the positive class; for more than two classes the mean over all. 0/0 is 0."""
        chosen = [1] if len(self.confusion) == 2 else range(len(self.confusion))
        missed, given = self.missed, self.wrongly_given
        scores = []
        for c in chosen:
            twice = 2 * self.confusion[c][c]
            whole = twice + missed[c] + given[c]
            scores.append(twice / whole if whole else 0.0)
        return sum(scores) / len(scores)

    def defines(self, metric: str) -> bool:
        """Tell whether the split holds texts that a rate can be of; every other metric always is."""
        if len(self.confusion) != 2 or metric not in ("fn_rate", "fp_rate"):
            return True
        return sum(self.confusion[1 if metric == "fn_rate" else 0]) > 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, rates included, as stored and as printed."""
        return asdict(self) | {"fn_rate": self.fn_rate, "fp_rate": self.fp_rate, "ece": self.ece}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Metrics:
        """Read back what `to_dict` wrote, now or before there were bins, copies and first texts."""
        confusion = tuple(tuple(int(cell) for cell in row) for row in data["confusion"])
        bins = tuple(Bin(*each) for each in data.get("reliability", ()))
        return cls(
            n=data["n"],
            accuracy=data["accuracy"],
            loss=data["loss"],
            fn=data["fn"],
            fp=data["fp"],
            confusion=confusion,
            brier=data.get("brier"),
            reliability=bins,
            seen=data.get("seen"),
            unseen=data.get("unseen"),
            first=tuple((int(row), int(predicted)) for row, predicted in data.get("first", ())),
        )


def _worst(errors: tuple[int, ...], totals: list[int]) -> float:
    """Two classes: the positive class's rate. More: the largest of all classes. No text: 0."""
    chosen = [1] if len(errors) == 2 else range(len(errors))
    return max((errors[c] / totals[c] if totals[c] else 0.0) for c in chosen)


def predicted_classes(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
    """Return the most probable class of each row; of equal ones the first (so p > 0.5 for a sigmoid)."""
    return probabilities.argmax(axis=1).astype(np.int32)


def measure(
    probabilities: npt.NDArray[np.floating],
    labels: npt.NDArray[np.integer],
    copies: npt.NDArray[np.bool_] | None = None,
) -> Metrics:
    """Measure probabilities (n, C) against labels (n,). Raises ValueError on NaN or an empty split.

    `copies` (n,) marks texts that also stand where a model may train; they are measured apart.
    """
    if len(labels) == 0:
        raise ValueError("an empty split cannot be measured")
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities contain NaN or infinity")
    n_classes = probabilities.shape[1]
    predicted = predicted_classes(probabilities)
    confusion = np.bincount(labels * n_classes + predicted, minlength=n_classes**2)
    confusion = confusion.reshape(n_classes, n_classes)
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    loss = float(-np.log(np.clip(chosen, LOSS_CLIP, 1.0)).mean())
    errors = int(len(labels) - np.trace(confusion))
    fn, fp = (int(confusion[1, 0]), int(confusion[0, 1])) if n_classes == 2 else (errors, errors)
    return Metrics(
        n=len(labels),
        accuracy=float(np.trace(confusion) / len(labels)),
        loss=loss,
        fn=fn,
        fp=fp,
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
        brier=_brier(probabilities, labels),
        reliability=_bins(probabilities.max(axis=1), predicted == labels, n_classes),
        seen=None if copies is None else _share(predicted == labels, copies),
        unseen=None if copies is None else _share(predicted == labels, ~copies),
    )


def _share(right: npt.NDArray[np.bool_], where: npt.NDArray[np.bool_]) -> float | None:
    return float(right[where].mean()) if where.any() else None


def _brier(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]) -> float:
    """Return the mean squared error: from 0 to 1 for two classes, from 0 to 2 for more (Brier 1950)."""
    squares = np.einsum("nc,nc->n", probabilities, probabilities, dtype=np.float64)
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    whole = float((squares - 2 * true + 1).mean())
    return max(0.0, whole / 2 if probabilities.shape[1] == 2 else whole)


def _bins(tops: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], n_classes: int) -> tuple[Bin, ...]:
    """Return the bins of the predicted classes' probabilities (n,)."""
    lowest = 1.0 / n_classes
    places = np.floor((tops - lowest) * (BINS / (1.0 - lowest))).astype(np.int64).clip(0, BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    sums = np.bincount(places, weights=tops, minlength=BINS)
    hits = np.bincount(places, weights=right, minlength=BINS)
    return tuple(
        Bin(int(n), float(total / n), float(hit / n))
        for n, total, hit in zip(counts, sums, hits, strict=True)
        if n
    )
