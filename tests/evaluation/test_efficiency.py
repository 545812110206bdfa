"""Labels to a target, areas and intervals: by hand, and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.evaluation.efficiency import area, at, interval, labels_to, saved, target

curves = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_interval_is_students():
    found = interval([1.0, 2.0, 3.0])
    assert found.mean == 2 and found.n == 3
    assert found.margin == pytest.approx(4.302652729 / math.sqrt(3))
    assert (found.low, found.high) == (2 - found.margin, 2 + found.margin)
    alone = interval([0.5])
    assert alone.mean == 0.5 and math.isnan(alone.margin)


def test_area_is_the_mean_score_while_labelling():
    assert area([0, 100], [0.5, 0.7]) == pytest.approx(0.6)
    assert area([0, 100, 400], [0.5, 0.7, 0.7]) == pytest.approx((60 + 210) / 400)
    assert area([20], [0.6]) == 0.6


@given(curves)
def test_area_lies_between_the_lowest_and_the_highest(scores):
    found = area(range(10, 10 + len(scores)), scores)
    assert min(scores) - 1e-9 <= found <= max(scores) + 1e-9


def test_the_score_at_a_budget():
    assert at([20, 40, 60], [0.5, 0.6, 0.7], 59) == 0.6
    assert at([20, 40, 60], [0.5, 0.6, 0.7], 1000) == 0.7
    assert math.isnan(at([20], [0.5], 10))


def test_target_is_a_share_of_the_way():
    assert target(0.5, 0.9, 0.9) == pytest.approx(0.86)


def test_one_lucky_round_is_not_there_yet():
    labels = [20, 40, 60, 80, 100, 120]
    assert labels_to(labels, [0.5, 0.9, 0.5, 0.8, 0.82, 0.81], 0.8) == 80
    assert labels_to(labels, [0.5, 0.6, 0.7, 0.7, 0.7, 0.8], 0.8) == 120
    assert labels_to(labels, [0.5] * 6, 0.8) == math.inf


@given(curves, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_never_needs_fewer_labels(scores, one, other):
    labels = np.arange(1, len(scores) + 1)
    low, high = sorted((one, other))
    assert labels_to(labels, scores, low) <= labels_to(labels, scores, high)


def test_savings():
    assert saved(300, 600, 1000) == 0.5
    assert saved(600, 300, 1000) == -1
    assert saved(300, math.inf, 1000) == pytest.approx(0.7), "a lower bound"
    assert saved(math.inf, 300, 1000) == -math.inf
    assert math.isnan(saved(math.inf, math.inf, 1000))


@pytest.mark.parametrize("score", [0.7, -0.2, 1234.1])
def test_a_score_that_is_the_target_has_reached_it(score):
    assert labels_to([20, 40, 60], [score] * 3, score) == 20
