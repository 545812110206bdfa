"""The contract of a calibrator, and the numbers that all of them keep to."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.float64]

Fitted = dict[str, npt.NDArray[Any]]
"""What a calibrator has learned, as named arrays: saved without pickle."""

FLOOR = 1e-7
"""No probability is lower. The loss clips there too, so that nothing is gained by being surer."""


class Calibrator(Protocol):
    """Learns from probabilities and labels how far the probabilities can be believed."""

    passive: ClassVar[bool]
    """True: probabilities stay as they are, and nothing need be predicted to fit it."""

    def fit(self, probabilities: Probabilities, labels: npt.NDArray[np.integer]) -> Fitted:
        """Learn from raw probabilities (n, C) and labels (n,) of texts the model was not fitted on."""
        ...

    def apply(self, fitted: Fitted, probabilities: Probabilities) -> Probabilities:
        """Return calibrated probabilities (..., C) for raw ones; they sum to 1, and none is 0 or 1."""
        ...


def inside(probabilities: Probabilities) -> Probabilities:
    """Return probabilities (..., C) of which none is below `FLOOR`; a row without such is left alone."""
    low = probabilities < FLOOR
    if not low.any():
        return probabilities
    raised = np.where(low, FLOOR, probabilities)
    sums = raised.sum(axis=-1, keepdims=True)
    return np.where(low.any(axis=-1, keepdims=True), raised / sums, probabilities)
