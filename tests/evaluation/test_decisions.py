"""Every threshold does what counting the texts one by one says it does."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from al_core.evaluation.decisions import HALF, Prices, decisions

texts = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.7, 0.99, 1.0]), st.integers(0, 1)),
    min_size=1,
    max_size=40,
)


def split(pairs):
    return np.array([p for p, _ in pairs]), np.array([y for _, y in pairs], np.int32)


def counted(p, y, threshold):
    positive = p > threshold
    return int((~positive & (y == 1)).sum()), int((positive & (y == 0)).sum())


@given(texts, st.floats(0, 1))
def test_errors_are_those_of_counting(pairs, threshold):
    p, y = split(pairs)
    outcome = decisions(p, y).at(threshold)
    assert (outcome.fn, outcome.fp) == counted(p, y, threshold)
    assert (outcome.n, outcome.positives) == (len(y), int(y.sum()))


@given(texts, st.floats(0, 100), st.floats(0, 100))
def test_no_threshold_is_cheaper_than_the_best(pairs, fn, fp):
    p, y = split(pairs)
    found, prices = decisions(p, y), Prices(fn, fp)
    best = found.at(found.best(prices)).cost(prices).value
    for threshold in np.linspace(0, 1, 41):
        assert best <= found.at(float(threshold)).cost(prices).value + 1e-9


@given(texts)
def test_the_best_is_a_half_where_nothing_is_cheaper(pairs):
    p, y = split(pairs)
    found = decisions(p, y)
    prices = Prices(1, 1)
    if found.at(HALF).cost(prices).value <= found.costs(prices).min() + 1e-12:
        assert found.best(prices) == HALF


@given(texts)
def test_areas_are_those_of_scikit_learn(pairs):
    p, y = split(pairs)
    found = decisions(p, y)
    if 0 < y.sum() < len(y):
        area = found.roc_area()
        assert area is not None
        assert area.value == pytest.approx(roc_auc_score(y, p))
        assert 0 <= area.low <= area.value + 1e-12 and area.value - 1e-12 <= area.high <= 1
    else:
        assert found.roc_area() is None
    if y.sum():
        assert found.average_precision() == pytest.approx(average_precision_score(y, p))
    else:
        assert math.isnan(found.average_precision())


def test_an_area_of_one_is_no_certainty():
    for n in (2, 5, 50):
        area = decisions(np.repeat([0.1, 0.9], n), np.repeat([0, 1], n).astype(np.int32)).roc_area()
        assert area is not None and (area.value, area.high) == (1, 1)
        assert {2: 0.2, 5: 0.55, 50: 0.9}[n] < area.low < {2: 0.6, 5: 0.8, 50: 0.97}[n]


@pytest.mark.parametrize("apart", [0.3, 1.0, 2.5])
def test_intervals_of_the_area_hold_the_truth_as_often_as_they_say(apart):
    rng, truth, held = np.random.default_rng(1), float(norm.cdf(apart / math.sqrt(2))), 0
    for _ in range(400):
        scores = np.concatenate([rng.normal(0, 1, 30), rng.normal(apart, 1, 20)])
        area = decisions(norm.cdf(scores), np.repeat([0, 1], [30, 20]).astype(np.int32)).roc_area()
        held += area is not None and area.low <= truth <= area.high
    assert 0.92 <= held / 400 <= 0.99


@given(texts, st.floats(0, 1))
def test_intervals_hold_the_number(pairs, threshold):
    outcome = decisions(*split(pairs)).at(threshold)
    cost = outcome.cost(Prices(5, 2))
    assert 0 <= cost.low <= cost.value + 1e-9 and cost.value <= cost.high + 1e-9
    for share in (outcome.accuracy, outcome.recall, outcome.precision, outcome.false_positive_rate):
        assert share.value is None or share.low - 1e-12 <= share.value <= share.high + 1e-12


def test_a_half_decides_as_the_most_probable_class_does():
    p = np.array([0.5, 0.5 + 1e-12, 0.4])
    outcome = decisions(p, np.array([1, 1, 0], np.int32)).at(HALF)
    # Of equal probabilities the first class is taken, so the first text is missed.
    assert (outcome.fn, outcome.fp) == (1, 0)


def test_dear_false_negatives_lower_the_threshold():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000).astype(np.int32)
    p = np.clip(0.5 + 0.2 * (2 * y - 1) + rng.normal(0, 0.25, 2000), 0, 1)
    found = decisions(p, y)
    assert found.best(Prices(10, 1)) < found.best(Prices(1, 1)) < found.best(Prices(1, 10))


def test_cost_intervals_cover_at_the_stated_rate():
    rng, prices, inside = np.random.default_rng(1), Prices(5, 1), 0
    # A text is a missed positive in 4 % of cases and a false alarm in 10 %: 300 per 1,000 in price.
    truth = 1000 * (5 * 0.04 + 0.10)
    for _ in range(400):
        kind = rng.choice(4, 300, p=[0.04, 0.10, 0.36, 0.50])
        y = np.isin(kind, [0, 2]).astype(np.int32)
        p = np.isin(kind, [1, 2]).astype(float)
        cost = decisions(p, y).at(HALF).cost(prices)
        inside += cost.low <= truth <= cost.high
    assert inside / 400 > 0.92


@pytest.mark.parametrize("p", [[math.nan, 0.2], [math.inf, 0.1]])
def test_what_is_no_number_is_refused(p):
    with pytest.raises(ValueError, match="NaN"):
        decisions(np.array(p), np.array([0, 1], np.int32))


def test_no_text_decides_nothing():
    with pytest.raises(ValueError, match="empty"):
        decisions(np.empty(0), np.empty(0, np.int32))


def test_a_stamp_tells_numbers_apart_and_stays_the_same_for_the_same():
    p, y = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 1, 0, 1], np.int32)
    found = decisions(p, y)
    assert found.stamp == decisions(p.copy(), y.copy()).stamp
    others = [decisions(p, 1 - y), decisions(p + 0.01, y), decisions(p, np.zeros(4, np.int32))]
    assert len({found.stamp, *(each.stamp for each in others)}) == 4


def test_misses_are_a_share_of_the_positives():
    outcome = decisions(np.array([0.2, 0.9, 0.9]), np.array([1, 1, 0], np.int32)).at(0.5)
    assert (outcome.false_negative_rate.value, outcome.false_positive_rate.value) == (0.5, 1.0)
