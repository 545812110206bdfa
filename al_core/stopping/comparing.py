"""What the criteria that compare rounds share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from al_core.stopping.base import Observation, Verdict

Predicted = npt.NDArray[np.int32]

STOP_SET_COST = "One prediction of the stop set, 2,000 texts of the pool at most, after each round."


def too_few(criterion: str, threshold: float, what: str) -> Verdict:
    """Return the verdict while a criterion cannot be computed yet."""
    return Verdict(criterion, False, None, threshold, f"Too few rounds for {what}")


def pairs(history: Sequence[Observation], window: int) -> list[tuple[Predicted, Predicted]]:
    """Return the last `window` pairs of consecutive predictions on the stop set; none if there are fewer."""
    predicted = [
        each.stop_set.predicted
        for each in history
        if each.stop_set is not None and len(each.stop_set.predicted)
    ]
    found = list(pairwise(predicted))
    return found[-window:] if len(found) >= window else []
