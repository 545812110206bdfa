"""Is asking paying? The same number of labels, asked for and drawn at random, and which teach more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import seeding
from al_core.evaluation.estimates import Difference, paired_difference
from al_core.labelling.consensus import Labels

Fit = Callable[[Labels, npt.NDArray[np.int64], int], npt.NDArray[np.float64]]
"""`fit(training, rows, seed)`: the probabilities (rows, C) under the session's model, fitted anew."""

FOLDS = 5
LEAST = 20
"""Labels on either side below which a comparison would be luck."""


@dataclass(frozen=True, slots=True)
class Paying:
    """What two models of equally many labels get right of the same texts, drawn at random."""

    labels: int
    """That each of the two learned from."""
    texts: int
    """That both were measured by."""
    asked: float
    """Accuracy of the model that learned from the first texts it had asked for."""
    random: float
    """Accuracy of models that learned from texts drawn at random, each measured on others."""
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Return "yes", "no", or "unclear" while the interval holds 0."""
        return "yes" if self.low > 0 else "no" if self.high < 0 else "unclear"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def measured(fit: Fit, asked: Labels, drawn: Labels, seed: int) -> Paying | None:
    """Compare the first labels asked for with as many drawn at random; None while there are too few.

    asked: in the order of asking, nothing random among them; drawn: the validation set, from which
    each model of the random side learns all but a fold, and is measured on that. The interval of the
    paired difference is that of the texts measured; that other labels might have been drawn is not
    in it. Cost: `FOLDS` + 1 fits.
    """
    rng = seeding.generator(seed, "paying")
    order = rng.permutation(len(drawn))
    n = min(len(asked), len(drawn) - -(-len(drawn) // FOLDS))
    if n < LEAST or len(np.unique(asked.labels[:n])) < 2 or len(np.unique(drawn.labels)) < 2:
        return None
    first = Labels(asked.items[:n], asked.labels[:n])
    of_asked = fit(first, drawn.items, seed).argmax(axis=1) == drawn.labels
    of_random = np.zeros(len(drawn), bool)
    for fold in np.array_split(order, FOLDS):
        others = np.setdiff1d(order, fold)
        # As many as were asked for, drawn anew for each fold.
        chosen = others[np.argsort(rng.random(len(others)))][:n]
        training = Labels(drawn.items[chosen], drawn.labels[chosen])
        of_random[fold] = fit(training, drawn.items[fold], seed).argmax(axis=1) == drawn.labels[fold]
    found: Difference = paired_difference(of_asked, of_random)
    return Paying(
        labels=n,
        texts=len(drawn),
        asked=float(of_asked.mean()),
        random=float(of_random.mean()),
        difference=found.value,
        low=found.low,
        high=found.high,
    )
