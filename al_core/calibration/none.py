"""No calibration: the model's own probabilities."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from al_core.calibration.base import Fitted, Probabilities
from al_core.registry import Entry


class NoCalibration:
    """Leaves everything as it is."""

    passive: ClassVar = True

    def fit(self, probabilities: Probabilities, labels: npt.NDArray[np.integer]) -> Fitted:
        """Learn nothing."""
        del probabilities, labels
        return {}

    def apply(self, fitted: Fitted, probabilities: Probabilities) -> Probabilities:
        """Return what was given."""
        del fitted
        return probabilities


ENTRY = Entry(
    name="none",
    title="None",
    help="The model's own probabilities. Networks tend to be too sure of them.",
    build=NoCalibration,
)
