"""An oracle that leaves some questions open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from al_core.oracles.base import ABSTAINED
from al_core.oracles.price import PRICE
from al_core.registry import Entry, Parameter


class Abstaining:
    """Answers rightly or not at all, whatever the text."""

    def __init__(self, rate: float, price: float) -> None:
        self.rate, self.price = rate, price

    def answer(
        self, truth: npt.NDArray[np.int32], n_classes: int, rng: np.random.Generator
    ) -> npt.NDArray[np.int32]:
        """Return `truth`, some of it replaced by `ABSTAINED`."""
        del n_classes
        return np.where(rng.random(len(truth)) < self.rate, ABSTAINED, truth).astype(np.int32)


ENTRY = Entry(
    name="abstaining",
    title="Abstaining",
    help="Leaves a share of the questions open for good and answers the others rightly.",
    build=Abstaining,
    parameters=(
        Parameter("rate", "Share left open", "A share between 0 and 1.", 0.1, 0.0, 1.0),
        PRICE,
    ),
)
