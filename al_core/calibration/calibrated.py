"""A classifier whose probabilities are calibrated on the validation texts it was fitted beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from al_core.calibration.base import Calibrator, Fitted, Probabilities
from al_core.classifiers.base import Classifier, Epoch, Examples, FitHooks, Gift, State
from al_core.matrix import Matrix

PREFIX = "calibrator/"
"""Of the calibrator's arrays in a state, beside the model's own."""
KNOWN = "validated"
"""Name of a yes or no in a state: was there anything to calibrate on?"""


def calibrated(model: Classifier, calibrator: Calibrator) -> Classifier:
    """Return the model with the calibrator around it; the model itself if that would change nothing."""
    return model if calibrator.passive else CalibratedClassifier(model, calibrator)


class CalibratedClassifier:
    """Keeps the contract of a classifier, with calibrated probabilities.

    The model is fitted as without: early stopping and best weights go by its raw loss. The
    calibrator is fitted to the weights in use when probabilities are first asked for, so that
    nothing is predicted that nobody reads. Before the first fit, probabilities are raw.
    """

    def __init__(self, model: Classifier, calibrator: Calibrator) -> None:
        self.model, self.calibrator = model, calibrator
        self._validation: Examples | None = None
        self._raw: Probabilities | None = None
        """Of validation, under the weights in use; None until somebody asks."""
        self._fitted: Fitted | None = None

    if TYPE_CHECKING:
        reads: ClassVar[Literal["ids", "vectors", "subwords"]]
        usual_features: ClassVar[str]
        start_seconds: ClassVar[float]
        gives: frozenset[Gift]
    else:

        def __getattr__(self, name: str) -> Any:
            # What a model declares about itself holds for it here as well.
            if name in ("reads", "usual_features", "start_seconds", "gives"):
                return getattr(self.model, name)
            raise AttributeError(name)

    @property
    def most_epochs(self) -> int:
        """Return the model's."""
        return self.model.most_epochs

    def seconds_per_text(self, width: int) -> float:
        """Return the model's."""
        return self.model.seconds_per_text(width)

    def prepare(self, width: int, n_classes: int, vocabulary: int) -> None:
        """Prepare the model."""
        self.model.prepare(width, n_classes, vocabulary)
        self._validation = None
        self._forget()

    def reset(self, seed: int) -> None:
        """Take fresh weights; probabilities are raw until the next fit."""
        self.model.reset(seed)
        self._validation = None
        self._forget()

    def fit(
        self,
        training: Examples,
        validation: Examples,
        seeds: Callable[[str, int], int],
        hooks: FitHooks,
        *,
        keep_best: bool,
        resume: bool,
    ) -> tuple[Epoch, ...]:
        """Fit the model, and keep `validation` to calibrate on; see the contract."""
        self._validation = validation
        self._forget()
        try:
            return self.model.fit(training, validation, seeds, hooks, keep_best=keep_best, resume=resume)
        finally:
            self._forget()  # whatever was asked for between two epochs

    def use_best(self) -> None:
        """Take the weights that had the lowest validation loss."""
        self.model.use_best()
        # Without validation, as in a process that only predicts, what was restored is all there is.
        if self._validation is not None:
            self._forget()

    def predict_proba(self, x: Any) -> Probabilities:
        """Return calibrated probabilities (n, C).

        Cost: one prediction of validation besides, the first time after the weights have changed;
        none if `x` is the very array of validation's features.
        """
        if self._validation is not None and x is self._validation.x:
            return self.calibrate(self._raw_validation(self._validation))
        return self.calibrate(self.raw_proba(x))

    def raw_proba(self, x: Any) -> Probabilities:
        """Return the model's own probabilities (n, C)."""
        return self.model.predict_proba(x)

    def settle(self) -> None:
        """Fit the calibrator to the weights in use now, where there is validation to fit it on."""
        if self._fitted is None and self._validation is not None:
            raw = self._raw_validation(self._validation)
            self._fitted = self.calibrator.fit(raw, self._validation.y)

    def calibrate(self, probabilities: Probabilities) -> Probabilities:
        """Return calibrated probabilities (..., C) for raw ones of the weights in use."""
        self.settle()
        return probabilities if self._fitted is None else self.calibrator.apply(self._fitted, probabilities)

    def embed(self, x: Any) -> Matrix:
        """Return the model's embeddings; calibration leaves them alone."""
        return self.model.embed(x)

    def dropout_probabilities(self, x: Any, passes: int, seed: int) -> Probabilities:
        """Return calibrated probabilities (passes, n, C); the calibrator is that of no dropout."""
        return self.calibrate(self.model.dropout_probabilities(x, passes, seed))

    def state(self) -> State:
        """Return the model's state, and the calibrator if it has been fitted to it."""
        own = {name: value.copy() for name, value in (self._fitted or {}).items()}
        own[KNOWN] = np.array(self._validation is not None)
        return self.model.state() | {PREFIX + name: value for name, value in own.items()}

    def restore(self, state: State) -> None:
        """Become what the state was taken from.

        In a process that has not called `fit`, a state taken inside a fit gives raw probabilities
        until it does.
        """
        own = {name.removeprefix(PREFIX): state[name] for name in state if name.startswith(PREFIX)}
        self.model.restore({name: value for name, value in state.items() if not name.startswith(PREFIX)})
        self._forget()
        if not own.pop(KNOWN, False):
            self._validation = None
        self._fitted = own or None

    def _raw_validation(self, validation: Examples) -> npt.NDArray[np.float64]:
        if self._raw is None:
            self._raw = self.raw_proba(validation.x)
        return self._raw

    def _forget(self) -> None:
        """Forget what held for other weights."""
        self._raw = self._fitted = None
