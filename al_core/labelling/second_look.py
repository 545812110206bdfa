"""Labels that deserve a second look: what the model, without having seen them, is confident are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from al_core import seeding
from al_core.evaluation.label_errors import label_errors
from al_core.labelling.consensus import Labels
from al_core.labelling.paying import Fit

FOLDS = 5
LEAST = 30
"""Labels below which the model knows too little to doubt any."""
MOST = 100
"""Suspects kept, the surest errors."""


def found(fit: Fit, labels: Labels, n_classes: int, seed: int) -> dict[str, Any] | None:
    """Return `suspects` (item, given, likely, margin; the surest error first) and the share of `noise`.

    Out of fold: each label is judged by a model that learned from the others. None while there are
    too few. Cost: `FOLDS` fits.
    """
    counts = np.bincount(labels.labels, minlength=n_classes)
    if len(labels) < LEAST or np.count_nonzero(counts) < 2:
        return None
    rng = seeding.generator(seed, "second look")
    # By class and then by turns, so that no fold takes a whole class away.
    order = np.lexsort((rng.random(len(labels)), labels.labels))
    folds = np.empty(len(labels), np.int64)
    folds[order] = np.arange(len(labels)) % FOLDS
    probabilities = np.zeros((len(labels), n_classes))
    for fold in range(FOLDS):
        inside = folds == fold
        training = Labels(labels.items[~inside], labels.labels[~inside])
        probabilities[inside] = fit(training, labels.items[inside], seed)
    errors = label_errors(probabilities, labels.labels)
    suspects = [
        {
            "item": int(labels.items[each.row]),
            "given": each.given,
            "likely": each.likely,
            "margin": each.margin,
        }
        for each in errors.suspects[:MOST]
    ]
    return {"suspects": suspects, "noise": errors.noise, "labels": len(labels)}
