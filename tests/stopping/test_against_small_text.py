"""Call by call beside small-text 1.4.1, whose criteria keep state, where its own are right."""

from __future__ import annotations

import numpy as np
import pytest
from small_text.stopping_criteria import (
    ClassificationChange,
    DeltaFScore,
    KappaAverage,
    MaxIterations,
    OverallUncertainty,
)

from al_core.evaluation.metrics import Metrics
from al_core.stopping import REGISTRY, Observation, StopSet

TEXTS, CALLS = 64, 14


def run(classes: int, seed: int) -> list[np.ndarray]:
    """Return probabilities (s, C) per call: a model that settles, most of the time."""
    rng = np.random.default_rng(seed)
    target = 3 * np.eye(classes)[rng.integers(0, classes, TEXTS)]
    found = []
    for call in range(CALLS):
        logits = (call + 1) * target + rng.normal(0, 4 / (1 + call % 7), (TEXTS, classes))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        found.append(powers / powers.sum(axis=1, keepdims=True))
    return found


def ours(name: str, settings: dict, probabilities: list[np.ndarray]) -> list[bool]:
    classes = probabilities[0].shape[1]
    nothing = Metrics(1, 0.5, 0.5, 0, 0, ((0,) * classes,) * classes)
    seen = [
        Observation(number, 100 * number, 0.0, 1.0, nothing, StopSet.of(each, np.ones(len(each), bool)))
        for number, each in enumerate(probabilities, start=1)
    ]
    criterion = REGISTRY[name].create(settings)
    return [criterion.check(seen[: end + 1]).stop for end in range(len(seen))]


def theirs(criterion, probabilities: list[np.ndarray]) -> list[bool]:
    return [
        bool(
            criterion.stop(predictions=each.argmax(axis=1), proba=each, indices_stopping=np.arange(len(each)))
        )
        for each in probabilities
    ]


SAME = {
    "kappa": (
        {"window": 2, "threshold": 0.9},
        lambda classes: KappaAverage(classes, window_size=2, kappa=0.9),
        (2, 3, 5),
    ),
    "kappa, defaults": ({}, KappaAverage, (2, 3, 5)),
    "f_change": (
        {"window": 2, "threshold": 0.1},
        lambda classes: DeltaFScore(classes, window_size=2, threshold=0.1),
        (2,),
    ),
    "f_change, defaults": ({}, DeltaFScore, (2,)),
    "classification_change": (
        {"threshold": 0.125},
        lambda classes: ClassificationChange(classes, threshold=0.125),
        (2, 3, 5),
    ),
    "classification_change, defaults": ({}, ClassificationChange, (2, 3, 5)),
    "uncertainty": (
        {"threshold": 0.02},
        lambda classes: OverallUncertainty(classes, threshold=0.02),
        (2, 3, 5),
    ),
    "uncertainty, defaults": ({}, OverallUncertainty, (2, 3, 5)),
}


@pytest.mark.parametrize("case", SAME)
def test_call_by_call(case):
    settings, make, sizes = SAME[case]
    name = case.partition(",")[0]
    said: set[bool] = set()
    for classes in sizes:
        for seed in range(8):
            probabilities = run(classes, seed)
            mine = ours(name, settings, probabilities)
            assert mine == theirs(make(classes), probabilities), (classes, seed)
            said |= set(mine)
    assert said == {True, False}, "a comparison in which nothing stops, or everything, shows nothing"


def test_without_a_positive_prediction_ours_stops_and_theirs_cannot():
    """Nobody predicts the class: F is 0/0. Theirs is NaN, which is below no threshold, so it never stops.

    Nothing changes from call to call, and no change is what the criterion waits for.
    """
    never = [np.tile([0.9, 0.1], (TEXTS, 1))] * 8
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert theirs(DeltaFScore(2), never) == [False] * 8
    assert ours("f_change", {}, never) == [False] * 3 + [True] * 5


def test_a_budget_of_rounds_counts_rounds_and_theirs_counts_calls():
    """Theirs says stop on its k-th call, which comes after the fit on the initial set already."""
    calls = [MaxIterations(3)]
    assert [bool(calls[0].stop()) for _ in range(4)] == [False, False, True, True]
    nothing = Metrics(1, 0.5, 0.5, 0, 0, ((1, 0), (0, 0)))
    seen = [Observation(number, 1, 0.0, 0.0, nothing) for number in range(4)]
    criterion = REGISTRY["rounds_at_most"].create({"value": 3})
    assert [criterion.check(seen[: end + 1]).stop for end in range(4)] == [False, False, False, True]
