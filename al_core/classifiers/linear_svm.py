"""A linear support vector machine whose decisions are turned into probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.classifiers.linear import LinearClassifier, Plane, softmax
from al_core.registry import Entry, Parameter

FOLDS = 5
MOST_STEPS = 10_000
UNKNOWN_SCALE = 1.0
"""Of the decisions, where a class has a single label, so that nothing can be held out."""


class LinearSvm(LinearClassifier):
    """Squared hinge loss, one class against the rest; one temperature for all decisions.

    The temperature is fitted out of fold on the training labels, so that it needs no others: Guo et
    al. 2017, On calibration of modern neural networks. It changes no decision.
    """

    def __init__(self, strength: float, balanced: bool) -> None:
        super().__init__()
        self.strength, self.balanced = strength, balanced

    def solve(self, x: Any, y: npt.NDArray[np.int32]) -> Plane:
        """Return scaled weights. Cost: a fit on all labels, and five on four fifths of them."""
        model = self._fitted(x, y)
        scale = self._scale(x, y)
        return scale * np.asarray(model.coef_), scale * np.asarray(model.intercept_)

    def _fitted(self, x: Any, y: npt.NDArray[np.int32]) -> Any:
        from sklearn.svm import LinearSVC

        # The dual solver draws its order; the seed is fixed, so that a fit depends on labels alone.
        weights = "balanced" if self.balanced else None
        model = LinearSVC(C=self.strength, class_weight=weights, max_iter=MOST_STEPS, random_state=0)
        return model.fit(x, y)

    def _scale(self, x: Any, y: npt.NDArray[np.int32]) -> float:
        """Return the factor that makes the decisions on held-out texts the likeliest."""
        from scipy.optimize import minimize_scalar
        from sklearn.model_selection import StratifiedKFold

        folds = min(FOLDS, int(np.unique(y, return_counts=True)[1].min()))
        if folds < 2:
            return UNKNOWN_SCALE
        classes, held_out = np.unique(y), []
        for fit_on, rest in StratifiedKFold(folds, shuffle=True, random_state=0).split(np.zeros(len(y)), y):
            decisions = np.asarray(self._fitted(x[fit_on], y[fit_on]).decision_function(x[rest]))
            held_out.append((decisions.reshape(len(rest), -1), np.searchsorted(classes, y[rest])))

        def loss(log_scale: float) -> float:
            total = 0.0
            for decisions, truth in held_out:
                shares = softmax(np.exp(log_scale) * decisions, len(classes))
                total -= np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-12)).sum()
            return total

        found: Any = minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded")
        return float(np.exp(found.x))


ENTRY = Entry(
    name="linear_svm",
    title="Linear SVM, calibrated",
    help="A separating plane with a wide margin; its distances become probabilities.",
    build=LinearSvm,
    paper="Joachims 1998, Text categorization with support vector machines; Guo et al. 2017, On calibration",
    link="https://arxiv.org/abs/1706.04599",
    cost="Six fits: n texts x the words in them x some tens of steps each",
    parameters=(
        Parameter(
            "strength", "Strength of fit", "How closely the model follows its labels (C).", 1.0, 1e-4, 1e6
        ),
        Parameter(
            "balanced",
            "Balance the classes",
            "Labels of rare classes count more, until all classes weigh the same.",
            False,
        ),
    ),
)
