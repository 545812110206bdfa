"""Auto: what it reads off validation and probabilities, and what it does with it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from al_core.evaluation.metrics import Metrics
from al_core.seeding import generator
from al_core.strategies import REGISTRY
from al_core.strategies.auto import candidates, stuck


def measured(loss: float) -> Metrics:
    """A validation split of 100 texts, three quarters of them told rightly."""
    return Metrics(100, 0.75, loss, 12, 13, ((37, 13), (12, 38)))


def test_stuck_is_three_rounds_without_a_new_low():
    def after(*losses: float) -> bool:
        return stuck([measured(loss) for loss in losses])

    assert not after(0.6, 0.5, 0.4, 0.3)
    assert after(0.6, 0.7, 0.65, 0.6) and not after(0.6, 0.7, 0.65)
    assert not after(0.6, 0.3, 0.7, 0.65, 0.29), "a new low in the last of the three"
    assert after(0.3, 0.6, 0.5, 0.4, 0.35), "falling, but not below what it was"


@pytest.mark.parametrize(("losses", "lucky"), [((), 2), ((0.6, 0.5), 2), ((0.6, 0.6, 0.6, 0.7), 10)])
def test_half_is_luck_when_asking_has_not_helped(losses, lucky, situation):
    """Random picks carry no score."""
    strategy = REGISTRY["auto"].create({})
    history = tuple(measured(loss) for loss in losses)
    choice = strategy.query(
        dataclasses.replace(situation(strategy, n=200), history=history), 20, generator(0, "query", 1)
    )
    assert choice.scores is not None and np.isnan(choice.scores).sum() == lucky


@pytest.mark.parametrize(
    ("n", "pool", "wanted"), [(20, 40_000, 200), (50, 1000, 250), (400, 1000, 800), (600, 1000, 1000)]
)
def test_ten_candidates_each_but_a_quarter_of_a_small_pool(n, pool, wanted):
    assert candidates(n, pool) == wanted


def shares_asked(gap: float, situation) -> float:
    """Return how much of many batches goes to the half of a pool with the smaller margin."""
    strategy = REGISTRY["auto"].create({})
    given = situation(strategy, n=900)
    sure = np.arange(900) % 2 == 0
    first = np.where(sure, 0.5 + gap / 2, 0.5)
    given = dataclasses.replace(given, probabilities=np.stack([first, 1 - first], axis=1))
    unsure = 0
    for seed in range(20):
        rows = strategy.query(given, 20, generator(seed, "query", 1)).rows
        unsure += np.isin(rows, given.pool[~sure]).sum()
    return unsure / 400


def test_a_flat_model_is_asked_at_random_and_a_sure_one_where_it_is_not(situation):
    flat, some, much = (shares_asked(gap, situation) for gap in (0.01, 0.1, 0.9))
    assert flat == pytest.approx(0.5, abs=0.12), "four standard errors of 400 draws, and a little trust"
    assert some > 0.6
    assert much == pytest.approx(0.95, abs=0.05), "all but half of the random tenth"
