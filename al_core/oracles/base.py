"""The contract of an oracle."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt


class Oracle(Protocol):
    """Answers what a text's label is."""

    def answer(self, truth: npt.NDArray[np.int32], rng: np.random.Generator) -> npt.NDArray[np.int32]:
        """Return one label per entry of `truth` (the known labels of the texts asked about)."""
        ...
