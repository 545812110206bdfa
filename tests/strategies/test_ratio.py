"""The published rule to the letter, and the corrected one by its text."""

from __future__ import annotations

import numpy as np

from al_core.evaluation.metrics import Metrics
from al_core.seeding import generator
from al_core.strategies import REGISTRY, Situation


def metrics(fn: int, fp: int) -> Metrics:
    confusion = ((2500 - fp, fp), (fn, 2500 - fn))
    return Metrics(n=5000, accuracy=1 - (fn + fp) / 5000, loss=0.3, fn=fn, fp=fp, confusion=confusion)


def test_published_figures_are_reproduced():
    """FN/FP 290/538 asked for int(.350 x 5000) zeros and int(.650 x 5000) ones: 4,999 in all."""
    labels = np.tile([1, 0], 12_500).astype(np.int32)
    pool = np.arange(25_000)
    situation = Situation(
        pool=pool, n_classes=2, history=(metrics(1, 1),), test=metrics(290, 538), pool_labels=labels
    )
    rows = REGISTRY["ratio_published"].create({}).query(situation, 5000, generator(0, "query", 1)).rows
    zeros, ones = int(290 / 828 * 5000), int(538 / 828 * 5000)
    assert (zeros, ones, len(rows)) == (1751, 3248, 4999)
    np.testing.assert_array_equal(rows[:zeros], pool[labels == 0][:zeros])
    np.testing.assert_array_equal(rows[zeros:], pool[labels == 1][:ones])


def test_published_rule_halves_the_batch_when_one_error_is_zero():
    labels = np.tile([1, 0], 50).astype(np.int32)
    situation = Situation(
        pool=np.arange(100), n_classes=2, history=(metrics(1, 1),), test=metrics(0, 9), pool_labels=labels
    )
    rows = REGISTRY["ratio_published"].create({}).query(situation, 10, generator(0, "query", 1)).rows
    assert (labels[rows] == 0).sum() == (labels[rows] == 1).sum() == 5


def test_corrected_rule_asks_for_more_of_the_class_that_is_missed():
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    situation = Situation(
        pool=np.arange(1000),
        n_classes=2,
        history=(metrics(300, 100),),
        probabilities=np.column_stack([1 - p, p]),
    )
    choice = REGISTRY["ratio_corrected"].create({}).query(situation, 200, generator(0, "query", 1))
    assert (p[choice.rows] > 0.5).sum() == 150, "three of four missed texts are ones"
    inside = np.sort(np.abs(p[p > 0.5] - 0.5))[:150]
    chosen = np.sort(np.abs(p[choice.rows][p[choice.rows] > 0.5] - 0.5))
    np.testing.assert_allclose(chosen, inside)
