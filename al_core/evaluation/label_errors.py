"""Labels that are likely wrong, by confident learning.

Northcutt, Jiang & Chuang 2021, Confident learning: estimating uncertainty in dataset labels, JAIR 70.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Table = tuple[tuple[float, ...], ...]

ROUNDING = 1e-9
"""A mean of equal probabilities may come out above each of them."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that the model, without having seen it, is confident is another class."""

    row: int
    given: int
    likely: int
    margin: float
    """Probability of the class given less the largest of the others: -1 is the surest error, and above 0
    the model still thinks the given class the most probable."""


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """The suspects, the surest error first, and what they rest on."""

    suspects: tuple[Suspect, ...]
    thresholds: tuple[float | None, ...]
    """Per class, the mean probability of it among its own labels; None for a class without labels, which
    no text can be confident in."""
    confident: tuple[tuple[int, ...], ...]
    """`confident[i][j]` counts the texts given i and confident in j."""
    joint: Table
    """`joint[i][j]` estimates the share of all texts that are given i and truly are j."""

    @property
    def noise(self) -> float:
        """Return the estimated share of labels that are wrong."""
        return sum(cell for i, row in enumerate(self.joint) for j, cell in enumerate(row) if i != j)


def label_errors(probabilities: npt.NDArray[np.floating], given: npt.NDArray[np.integer]) -> LabelErrors:
    """Find likely errors among labels `given` (n,) from out-of-fold probabilities (n, C).

    Out of fold: of a model that did not learn from the label it is asked about; one that did has learned
    the errors too, and finds none. A text is confident in the most probable class of those that reach
    their threshold; among equally probable ones the given class, then the first. Costs O(n C) time and two
    float64 copies of the probabilities. Raises ValueError on NaN, other shapes, or labels that are no class.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    _check(p, given)
    n, n_classes = p.shape
    rows = np.arange(n)
    labels = given.astype(np.int64)
    of_class = np.bincount(labels, minlength=n_classes)
    own = p[rows, labels]
    sums = np.bincount(labels, weights=own, minlength=n_classes)
    thresholds = np.where(of_class > 0, sums / np.maximum(of_class, 1), np.inf)

    reached = np.where(p >= thresholds - ROUNDING, p, -np.inf)
    likely = reached.argmax(axis=1) if n else labels
    top = reached[rows, likely]
    likely = np.where(reached[rows, labels] >= top, labels, likely)
    sure = top > -np.inf
    cells = (labels * n_classes + likely)[sure]
    confident = np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)

    wrong = np.flatnonzero(sure & (likely != labels))
    others = p[wrong]
    others[np.arange(len(wrong)), labels[wrong]] = -np.inf
    margins = own[wrong] - others.max(axis=1) if len(wrong) else np.empty(0)
    suspects = tuple(
        Suspect(int(wrong[k]), int(labels[wrong[k]]), int(likely[wrong[k]]), float(margins[k]))
        for k in np.argsort(margins, kind="stable")
    )
    return LabelErrors(
        suspects=suspects,
        thresholds=tuple(float(t) if np.isfinite(t) else None for t in thresholds),
        confident=tuple(tuple(int(cell) for cell in row) for row in confident),
        joint=tuple(tuple(float(cell) for cell in row) for row in estimated_joint(confident, of_class)),
    )


def estimated_joint(confident: npt.NDArray[np.integer], of_class: npt.NDArray[np.integer]) -> Numbers:
    """Return the shares (C, C) of texts given i and truly j (Northcutt et al. 2021, equation 3).

    The confident texts (C, C) of each given class stand for all its texts `of_class` (C,), so its row sums
    to its share. Where none is confident nothing speaks against the labels, and they are taken as right.
    """
    counts = confident.astype(np.float64)
    without = counts.sum(axis=1) == 0
    counts[without, without] = 1.0
    scaled = counts / counts.sum(axis=1, keepdims=True) * of_class[:, None]
    return scaled / max(int(of_class.sum()), 1)


def _check(p: Numbers, given: npt.NDArray[np.integer]) -> None:
    if p.ndim != 2 or given.shape != (len(p),):
        raise ValueError(
            f"probabilities must be (n, classes) and labels (n,), not {p.shape} and {given.shape}"
        )
    if not np.isfinite(p).all():
        raise ValueError("probabilities contain NaN or infinity")
    if len(given) and not 0 <= given.min() <= given.max() < p.shape[1]:
        raise ValueError(
            f"labels must be classes from 0 to {p.shape[1] - 1}, not {given.min()} to {given.max()}"
        )
