"""Auto: what it reads off validation, and what it does with it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from al_core.evaluation.metrics import Metrics
from al_core.seeding import generator
from al_core.strategies import REGISTRY
from al_core.strategies.auto import candidates, skill, stuck


def measured(right: int, loss: float = 0.5, classes: tuple[int, int] = (50, 50)) -> Metrics:
    """100 texts, of which so many were told rightly, evenly in both classes."""
    ones = min(classes[1], right // 2)
    zeros = right - ones
    confusion = ((zeros, classes[0] - zeros), (classes[1] - ones, ones))
    return Metrics(100, right / 100, loss, classes[1] - ones, classes[0] - zeros, confusion)


def test_skill_is_what_the_most_frequent_class_does_not_give():
    assert skill(measured(50)) == 0 and skill(measured(75)) == 0.5 and skill(measured(100)) == 1
    assert skill(measured(90, classes=(90, 10))) == 0
    assert skill(measured(40)) == 0, "worse than a guess"
    only = Metrics(100, 1.0, 0.0, 0, 0, ((100, 0), (0, 0)))
    assert skill(only) == 0


def test_stuck_is_three_rounds_without_a_lower_loss():
    falling = [measured(60, loss) for loss in (0.6, 0.5, 0.4, 0.3)]
    rising = [measured(60, loss) for loss in (0.6, 0.7, 0.65, 0.6)]
    assert not stuck(falling) and stuck(rising) and not stuck(rising[:3])


@pytest.mark.parametrize(
    ("right", "loss", "lucky"), [(50, 0.2, 10), (100, 0.2, 2), (75, 0.2, 6), (100, 0.7, 10)]
)
def test_the_share_of_luck_follows_the_skill(right, loss, lucky, situation):
    """Random picks carry no score."""
    strategy = REGISTRY["auto"].create({})
    past = tuple(measured(60, each) for each in (0.6, 0.6, 0.6))
    given = dataclasses.replace(situation(strategy, n=200), history=(*past, measured(right, loss)))
    choice = strategy.query(given, 20, generator(0, "query", 1))
    assert choice.scores is not None and np.isnan(choice.scores).sum() == lucky


@pytest.mark.parametrize(("s", "each"), [(0.0, 20), (0.4, 20), (0.5, 20), (0.8, 12), (1.0, 10)])
def test_the_more_skill_the_fewer_candidates(s, each):
    assert candidates(s, 200, 10) == each
