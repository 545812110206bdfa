"""The contract of an oracle."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

ABSTAINED = -1
"""The answer "I do not know": the text leaves the pool without a label."""


class Oracle(Protocol):
    """Answers what a text's label is, for a price."""

    price: float
    """Cost of one answer, in any unit; an abstention costs the same."""

    def answer(
        self, truth: npt.NDArray[np.int32], n_classes: int, rng: np.random.Generator
    ) -> npt.NDArray[np.int32]:
        """Return one label, or `ABSTAINED`, per entry of `truth` (the corpus's own labels)."""
        ...
