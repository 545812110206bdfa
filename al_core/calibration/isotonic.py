"""Isotonic regression: any rising curve from raw to calibrated probability."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from al_core.calibration.base import Fitted, Probabilities, inside
from al_core.calibration.temperature import Temperature
from al_core.registry import Entry, Parameter

FEWEST = 1000
"""Validation texts below which the curve follows chance: Niculescu-Mizil & Caruana 2005, Predicting
good probabilities with supervised learning, section 5."""


class Isotonic:
    """A step curve for each class against the rest, then shares; for two classes one curve.

    Zadrozny & Elkan 2002, Transforming classifier scores into accurate multiclass probability
    estimates. With fewer than `fewest` texts, or without a text of some class, one temperature
    instead. No probability is closer to 0 or 1 than n texts can tell: 1 / (n + 2), by Laplace's
    rule of succession. Cost: sorting n x C numbers.
    """

    passive: ClassVar = False

    def __init__(self, fewest: int = FEWEST) -> None:
        self.fewest, self._instead = fewest, Temperature()

    def fit(self, probabilities: Probabilities, labels: npt.NDArray[np.integer]) -> Fitted:
        """Return the corners of each curve, or a temperature where there are too few texts."""
        from sklearn.isotonic import IsotonicRegression

        n, n_classes = probabilities.shape
        few = n < self.fewest or len(np.unique(labels)) < n_classes
        if few or not np.isfinite(probabilities).all():
            return self._instead.fit(probabilities, labels)
        edge = 1.0 / (n + 2)
        fitted: Fitted = {}
        for c in _curves(n_classes):
            curve = IsotonicRegression(y_min=edge, y_max=1.0 - edge, increasing=True)
            curve.fit(probabilities[:, c], labels == c)
            fitted |= {f"raw/{c}": curve.X_thresholds_, f"calibrated/{c}": curve.y_thresholds_}
        return fitted

    def apply(self, fitted: Fitted, probabilities: Probabilities) -> Probabilities:
        """Return (..., C); what is not a number stays none."""
        if "temperature" in fitted:
            return self._instead.apply(fitted, probabilities)
        found = np.empty(probabilities.shape)
        for c in _curves(probabilities.shape[-1]):
            found[..., c] = np.interp(probabilities[..., c], fitted[f"raw/{c}"], fitted[f"calibrated/{c}"])
        if probabilities.shape[-1] == 2:
            found[..., 0] = 1.0 - found[..., 1]
        return inside(found / found.sum(axis=-1, keepdims=True))


def _curves(n_classes: int) -> range:
    """Return the classes with a curve; of two classes, one follows from the other."""
    return range(1, 2) if n_classes == 2 else range(n_classes)


ENTRY = Entry(
    name="isotonic",
    title="Isotonic regression",
    help="Any rising curve, for each class. Fits better with many texts, but may change decisions and give "
    "texts equal probabilities.",
    build=Isotonic,
    paper="Zadrozny & Elkan 2002, Transforming classifier scores into accurate multiclass probability "
    "estimates",
    link="https://doi.org/10.1145/775047.775151",
    cost="One more prediction of validation for each fit besides the run's own",
    parameters=(
        Parameter(
            "fewest",
            "Fewest validation texts",
            "With fewer, one temperature is used instead: a free curve would follow chance.",
            FEWEST,
            2,
            1_000_000,
        ),
    ),
)
