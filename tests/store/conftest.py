"""Runs and rounds to put into a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from al_core import presets
from al_core.classifiers.base import Epoch
from al_core.evaluation.metrics import Bin, Metrics
from al_core.loop import Asked, Round
from al_core.stopping import StopSet, Verdict
from al_core.store import Store, runs

BINS = (Bin(1, 0.1 + 0.5, 0.0), Bin(3, 2 / 3 + 0.2, 1.0))


@pytest.fixture
def new_run(store: Store) -> Callable[..., str]:
    config = presets.preset("demo").config

    def make(name: str = "A run", owner=None) -> str:
        return runs.create_run(store, config.model_copy(update={"name": name}), "demo-1", owner)

    return make


@pytest.fixture
def new_round() -> Callable[..., Round]:
    def make(number: int = 1, *, n: int = 3, accuracy: float = 0.75, seconds: float = 1.5) -> Round:
        metrics = Metrics(4, accuracy, 0.1 + 0.2, 1, 0, ((2, 0), (1, 1)), 0.1 + 0.1, BINS)
        asked = Asked.nothing()
        if number > 0:
            asked = Asked(
                rows=np.arange(n, dtype=np.int64) * 7,
                labels=np.arange(n, dtype=np.int32) % 2,
                scores=np.sqrt(np.arange(n, dtype=np.float64) + 0.3),
                predicted=np.zeros(n, np.int32),
            )
        epochs = tuple(Epoch(e, 1 / 3 / e, 0.5, 0.7 / e, 0.6, 0.01) for e in (1, 2))
        verdict = Verdict("accuracy_at_least", False, 0.75, 0.9, "not yet")
        return Round(
            number=number,
            labels=100 + n * max(number, 0),
            asked=asked,
            validation=metrics,
            test=metrics,
            epochs=epochs,
            seconds={"fit": seconds, "score": 0.25, "select": 0.5},
            verdicts=(verdict, Verdict("kappa", False, None, 0.99, "Too few rounds")),
            ended="",
            cost=0.1 * number,
            stop_set=StopSet(np.array([0, 1, 1], np.int32), 1 / 3) if number >= 0 else None,
            uncalibrated=replace(metrics, loss=0.4, brier=0.3, reliability=BINS[::-1])
            if number >= 0
            else None,
        )

    return make
