"""The contract of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt


class Features(Protocol):
    """Turns texts into one array row each."""

    gives: ClassVar[Literal["ids", "vectors"]]
    """Word numbers for networks, or vectors; a classifier says which kind it reads."""
    vocabulary: int
    """How many different ids there are, or how many columns."""

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return the corpus rows that the features are fitted on; validation and test never."""
        ...

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> Any:
        """Fit on `texts[rows]`, then return an array or csr matrix with one row per text of `texts`."""
        ...
