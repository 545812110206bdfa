"""Fits of the run's own model on other labels than its own, which leave it as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import seeding
from al_core.classifiers import Classifier
from al_core.classifiers.base import Epoch, Examples, FitHooks

Rows = npt.NDArray[np.int64]


class Trials:
    """Fits a classifier from fresh weights, as often as wanted, inside `kept`.

    `check` is called after every gradient step and may raise `Interrupted`.
    """

    def __init__(self, classifier: Classifier, validation: Examples, check: Callable[[], None]) -> None:
        self._classifier, self._validation = classifier, validation

        def batch(texts: int) -> None:
            del texts
            check()

        def epoch(done: Epoch) -> None:
            del done
            check()

        self._hooks = FitHooks(batch, epoch)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Give the classifier back as it was, whatever is fitted inside the block."""
        state = self._classifier.state()
        try:
            yield
        finally:
            self._classifier.restore(state)

    def predict(self, training: Examples, seed: int, x: Any) -> npt.NDArray[np.float64]:
        """Fit on `training` alone, best weights kept, and return the probabilities of `x`."""
        classifier = self._classifier
        classifier.reset(seeding.integer(seed, "weights"))
        classifier.fit(
            training,
            self._validation,
            lambda purpose, epoch: seeding.integer(seed, purpose, epoch),
            self._hooks,
            keep_best=False,
            resume=False,
        )
        classifier.use_best()
        return classifier.predict_proba(x)


def bootstrap(labels: npt.NDArray[np.int32], rng: np.random.Generator) -> Rows:
    """Return places drawn with replacement, as many as there are; every class keeps at least one.

    Without the last, a member may never have heard of a class that the others vote for.
    """
    classes = np.unique(labels)
    sure = [int(rng.choice(np.flatnonzero(labels == c))) for c in classes]
    rest = rng.integers(0, len(labels), len(labels) - len(sure))
    return np.sort(np.concatenate([np.array(sure, np.int64), rest]))


def committee(
    trials: Trials,
    examples: Examples,
    x: Any,
    seeds: Sequence[int],
) -> npt.NDArray[np.float64]:
    """Return the probabilities (members, n, C) of `x` under models fitted on bootstrap samples.

    One member per seed. Cost: a fit and a prediction each. Breiman 1996, Bagging predictors;
    as a committee, Abe & Mamitsuka 1998, Query learning strategies using boosting and bagging.
    """
    samples = []
    with trials.kept():
        for seed in seeds:
            places = bootstrap(examples.y, seeding.generator(seed, "bootstrap"))
            drawn = Examples(examples.x[places], examples.y[places])
            samples.append(trials.predict(drawn, seed, x))
    return np.stack(samples)
