"""An oracle that errs."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from al_core.errors import BadInput
from al_core.oracles.price import PRICE
from al_core.registry import Entry, Parameter

Shares = npt.NDArray[np.float64]


class Noisy:
    """Answers from the distribution of its answers to texts of the true class."""

    def __init__(self, rate: float, matrix: str, price: float) -> None:
        """Take a share of wrong answers, or, if it is not empty, a matrix in its place."""
        self.rate, self.price = rate, price
        self.matrix = _parsed(matrix) if matrix.strip() else None

    def answer(
        self, truth: npt.NDArray[np.int32], n_classes: int, rng: np.random.Generator
    ) -> npt.NDArray[np.int32]:
        """Draw an answer to each text. Raises `BadInput` if the matrix is for other classes."""
        cumulative = self._shares(n_classes).cumsum(axis=1)
        # Over the last: it is 1 but for rounding, and a draw must find a class.
        cumulative /= cumulative[:, -1:]
        return (rng.random((len(truth), 1)) >= cumulative[truth]).sum(axis=1).astype(np.int32)

    def _shares(self, n_classes: int) -> Shares:
        """Return the share of each answer (C, C), by true class."""
        if self.matrix is None:
            rate = self.rate if n_classes > 1 else 0.0
            shares = np.full((n_classes, n_classes), rate / max(1, n_classes - 1))
            np.fill_diagonal(shares, 1.0 - rate)
            return shares
        if len(self.matrix) != n_classes:
            raise BadInput(
                f"The matrix of answers has {len(self.matrix)} rows, but the corpus has {n_classes} classes; "
                "write one row per class."
            )
        return self.matrix


def _parsed(text: str) -> Shares:
    """Read "0.9 0.1; 0.2 0.8". Raises `BadInput` in one sentence."""
    rows = [row.replace(",", " ").split() for row in text.strip().strip(";").split(";")]
    try:
        shares = [[float(cell) for cell in row] for row in rows]
    except ValueError as error:
        raise BadInput('The matrix of answers holds numbers only, such as "0.9 0.1; 0.2 0.8".') from error
    for number, row in enumerate(shares, start=1):
        if len(row) != len(shares):
            raise BadInput(
                f"The matrix of answers has {len(shares)} rows, but {len(row)} numbers in row {number}; "
                "write as many numbers in each row as there are rows."
            )
        if not all(0 <= share <= 1 for share in row) or not math.isclose(sum(row), 1.0, abs_tol=1e-6):
            raise BadInput(
                f"Row {number} of the matrix of answers must hold shares between 0 and 1 that sum to 1; "
                f"it sums to {sum(row):g}."
            )
    return np.array(shares)


ENTRY = Entry(
    name="noisy",
    title="Noisy",
    help="Gives a share of wrong answers; the initial labels and the validation and test splits stay right.",
    build=Noisy,
    parameters=(
        Parameter("rate", "Share of wrong answers", "Spread evenly over the other classes.", 0.1, 0.0, 1.0),
        Parameter(
            "matrix",
            "Answers by true class",
            "In place of the share: one row per true class, such as 0.9 0.1; 0.2 0.8.",
            "",
        ),
        PRICE,
    ),
)
