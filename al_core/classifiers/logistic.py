"""Logistic regression: one weight per feature and class, found in well under a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.classifiers.linear import LinearClassifier, Plane
from al_core.registry import Entry, Parameter

MOST_STEPS = 1000
TOLERANCE = 1e-5
"""Slope at which the solver stops. With its own 1e-4 a probability may be off by 0.1."""


class Logistic(LinearClassifier):
    """Multinomial logistic regression with an L2 penalty; for two classes the binary one.

    The loss is convex, so there is one result whatever the start.
    """

    def __init__(self, strength: float, balanced: bool) -> None:
        super().__init__()
        self.strength, self.balanced = strength, balanced

    def solve(self, x: Any, y: npt.NDArray[np.int32]) -> Plane:
        """Return what the solver finds; cost: some tens of passes over the values of `x`."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            C=self.strength,
            class_weight="balanced" if self.balanced else None,
            tol=TOLERANCE,
            max_iter=MOST_STEPS,
        )
        model.fit(x, y)
        return np.asarray(model.coef_), np.asarray(model.intercept_)


ENTRY = Entry(
    name="logistic",
    title="Logistic regression",
    help="A weight for each word or topic. Fits in a fraction of a second and needs few labels.",
    build=Logistic,
    paper="Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, section 4.4",
    link="https://scikit-learn.org/stable/modules/linear_model.html#logistic-regression",
    cost="n texts x the words in them x some tens of steps",
    parameters=(
        # Rows have length 1, a hundred words at about 0.1 each: with 1, as is usual for features
        # that vary by 1, the few labels of an early round could not move a probability off 0.5.
        Parameter(
            "strength",
            "Strength of fit",
            "How closely the model follows its labels (C). Times or divided by 10 is a step worth trying.",
            10.0,
            1e-4,
            1e6,
        ),
        Parameter(
            "balanced",
            "Balance the classes",
            "Labels of rare classes count more, until all classes weigh the same.",
            False,
        ),
    ),
)
