"""What a measurement says of the code, on a machine that others share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def quietest(seconds: Sequence[float], parts: int = 3) -> float:
    """Return the median of the quietest part of measurements in a row: other work only ever adds."""
    return min(float(np.median(part)) for part in np.array_split(seconds, parts))
