"""Temperature scaling: one number that makes all probabilities bolder or meeker."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.calibration.base import FLOOR, Fitted, Probabilities, inside
from al_core.registry import Entry

LOWEST, HIGHEST = 0.2, 20.0
"""Between these a temperature stays, whatever the texts say."""
PULL = 0.5
"""Standard deviation of ln T around 0 before any text is seen: two in three models between 0.6 and 1.65.

Drawn from known temperatures of 0.5 to 5, 5 to 200 texts at a time, 0.5 and 0.75 left the lowest
log loss; without a pull, 20 texts cost up to ten times as much. From 200 texts on it hardly matters.
"""
STEPS = 41


class Temperature:
    """p to p^(1/T), shared out again: above 1 less sure, below 1 surer. No decision changes.

    T makes the labels the likeliest, with a weak pull towards 1: a handful of texts, all of them
    right, do not make a model sure of everything. Guo et al. 2017, On calibration of modern neural
    networks. Cost: some fifty looks at n x C numbers.
    """

    passive: ClassVar = False

    def fit(self, probabilities: Probabilities, labels: npt.NDArray[np.integer]) -> Fitted:
        """Return the temperature; 1 where there is nothing to learn from."""
        if len(labels) == 0 or not np.isfinite(probabilities).all():
            return {"temperature": np.array(1.0)}
        return {"temperature": np.array(_best(_logs(probabilities), labels))}

    def apply(self, fitted: Fitted, probabilities: Probabilities) -> Probabilities:
        """Return (..., C); what is not a number stays none."""
        logits = _logs(probabilities) / float(fitted["temperature"])
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return inside(powers / powers.sum(axis=-1, keepdims=True))


def _logs(probabilities: Probabilities) -> Probabilities:
    return np.log(np.clip(probabilities, FLOOR, 1.0))


def _best(logs: Probabilities, labels: npt.NDArray[np.integer]) -> float:
    from scipy.optimize import minimize_scalar

    true = logs[np.arange(len(labels)), labels].sum()

    def loss(log_temperature: float) -> float:
        sharpness = np.exp(-log_temperature)
        # The largest logarithm of a row is at most 0, so nothing overflows, and at least -ln C.
        whole = np.log(np.exp(sharpness * logs).sum(axis=1)).sum()
        return float(whole - sharpness * true + 0.5 * (log_temperature / PULL) ** 2)

    # A grid first, because the pull may give the loss two valleys; 0 is on it, so that the loss on
    # these texts is never above that of the raw probabilities.
    grid = np.unique(np.append(np.linspace(np.log(LOWEST), np.log(HIGHEST), STEPS), 0.0))
    losses = [loss(each) for each in grid]
    at = int(np.argmin(losses))
    near = grid[max(0, at - 1)], grid[min(len(grid) - 1, at + 1)]
    found: Any = minimize_scalar(loss, bounds=near, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x if found.fun < losses[at] else grid[at]))


ENTRY = Entry(
    name="temperature",
    title="Temperature",
    help="One number makes all probabilities meeker or bolder. No decision changes. 20 texts are enough.",
    build=Temperature,
    paper="Guo et al. 2017, On calibration of modern neural networks",
    link="https://arxiv.org/abs/1706.04599",
    cost="One more prediction of validation for each fit besides the run's own",
)
