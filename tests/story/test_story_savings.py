"""What is saved at a viewer's own prices."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.errors import BadInput
from al_core.story import Prices
from al_core.story.savings import saved

numbers = st.floats(0, 1e6, allow_nan=False)
labels = st.integers(1, 10**6) | st.just(math.inf)


@given(numbers, numbers, st.integers(0, 10**6), st.floats(0, 1000))
def test_money_and_hours_scale_with_prices_and_labels(seconds, wage, count, times):
    prices = Prices(10, seconds, wage)
    assert prices.hours(count) == pytest.approx(count * seconds / 3600)
    assert prices.money(count) == pytest.approx(prices.hours(count) * wage)
    assert Prices(10, seconds, wage * times).money(count) == pytest.approx(times * prices.money(count))
    assert Prices(10, seconds * times, wage).hours(count) == pytest.approx(times * prices.hours(count))


@given(labels, labels, st.integers(1, 10**6), st.integers(1, 10**6), numbers)
def test_savings_are_never_negative_never_endless_and_add_up(asking, random, budget, texts, wage):
    found = saved(asking, random, budget, Prices(texts, 10, wage))
    if found is None:
        assert min(asking, texts) >= min(random, budget, texts) or math.isinf(asking)
        return
    assert 0 < found.labels <= texts and 0 < found.share < 1
    assert found.asking + found.labels == found.random <= min(budget, texts)
    assert found.money == pytest.approx(found.hours * wage) and math.isfinite(found.money)
    assert found.at_least == (math.isinf(random) and budget < texts)


@given(st.integers(1, 10**5), st.integers(1, 10**5), st.floats(0, 100))
def test_twice_the_wage_saves_twice_the_money(asking, more, wage):
    one = saved(asking, asking + more, 10**6, Prices(10**6, 15, wage))
    two = saved(asking, asking + more, 10**6, Prices(10**6, 15, 2 * wage))
    assert one and two and two.money == pytest.approx(2 * one.money) and two.labels == one.labels == more


def test_what_does_not_get_there_saves_nothing():
    assert saved(math.inf, 500, 1000, Prices(10**6)) is None
    assert saved(math.inf, math.inf, 1000, Prices(10**6)) is None


def test_nobody_labels_more_texts_than_there_are():
    assert saved(400, 700, 1000, Prices(400)) is None
    found = saved(400, math.inf, 1000, Prices(600))
    assert found and found.labels == 200 and not found.at_least


@pytest.mark.parametrize("given", [{"seconds": -1}, {"wage": math.nan}, {"fn": math.inf}, {"texts": -5}])
def test_a_price_that_is_none_is_one_sentence(given):
    with pytest.raises(BadInput, match="numbers from 0 up"):
        Prices(**({"texts": 10} | given))


def test_errors_have_their_prices():
    assert Prices(10, fn=3, fp=0.5).errors(10, 4) == 32
