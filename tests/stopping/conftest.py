"""Rounds as a criterion sees them, in one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from al_core.evaluation.metrics import Metrics
from al_core.stopping import Observation, StopSet

Rounds = Callable[..., list[Observation]]


@pytest.fixture(scope="session")
def rounds() -> Rounds:
    """Return a maker of histories: each keyword holds one value per round, or is left out."""

    def make(
        predicted: Sequence[str] = (),
        uncertainty: Sequence[float] = (),
        accuracy: Sequence[float] = (),
        loss: Sequence[float] = (),
        confusion: Sequence[tuple[tuple[int, ...], ...]] = (),
        labels: Sequence[int] = (),
        cost: Sequence[float] = (),
        seconds: Sequence[float] = (),
        classes: int = 2,
    ) -> list[Observation]:
        given = (predicted, uncertainty, accuracy, loss, confusion, labels, cost, seconds)
        found = []
        for number in range(max(len(each) for each in given)):
            matrix = confusion[number] if confusion else ((1,) * classes,) * classes
            metrics = Metrics(
                n=sum(map(sum, matrix)),
                accuracy=accuracy[number] if accuracy else 0.5,
                loss=loss[number] if loss else 0.5,
                fn=matrix[1][0],
                fp=matrix[0][1],
                confusion=matrix,
            )
            watched = None
            if predicted or uncertainty:
                classes_of = [int(each) for each in (predicted[number] if predicted else "01")]
                watched = StopSet(np.array(classes_of, np.int32), uncertainty[number] if uncertainty else 0.5)
            found.append(
                Observation(
                    round=number,
                    labels=labels[number] if labels else 100 * (number + 1),
                    cost=cost[number] if cost else 0.0,
                    seconds=seconds[number] if seconds else 1.0,
                    validation=metrics,
                    stop_set=watched,
                )
            )
        return found

    return make
