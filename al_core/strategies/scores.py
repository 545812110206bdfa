"""Scores: pure functions of arrays, float64, higher = ask first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def least_confidence(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 - the largest probability of each row; (n, C) -> (n,).

    Lewis & Gale 1994, A sequential algorithm for training text classifiers.
    """
    return 1.0 - np.asarray(probabilities, dtype=np.float64).max(axis=1)
