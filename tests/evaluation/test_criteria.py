"""Business criteria: what is asked, what was measured, and what became of it."""

import pytest

from al_core.evaluation.criteria import Check, Criteria, Measured, measured
from al_core.evaluation.decisions import Outcome, Prices


def test_what_is_not_asked_is_not_checked():
    assert not Criteria() and Criteria().checks(Measured(0.9, 0.1, 0.1, 5.0)) == ()
    assert Criteria(cost=0.0) and Criteria(accuracy=0.0)


def test_an_outcome_is_measured_by_shares_of_its_classes():
    found = measured(Outcome(0.5, 200, 50, fn=5, fp=30), Prices(10, 1))
    assert found == Measured(accuracy=165 / 200, fn_rate=0.1, fp_rate=0.2, cost=pytest.approx(400.0))


def test_each_is_met_on_its_own_side_and_at_its_limit():
    found = Measured(0.9, 0.1, 0.2, 30.0)
    asked = Criteria(accuracy=0.9, fn_rate=0.1, fp_rate=0.19, cost=1_250_000)
    assert asked.checks(found) == (
        Check("Accuracy at least 90.0%", "90.0%", True),
        Check("FN rate at most 10.0%", "10.0%", True),
        Check("FP rate at most 19.0%", "20.0%", False),
        Check("Cost per 1,000 at most 1,250,000", "30.0", True),
    )
    assert not Criteria(accuracy=0.91).checks(found)[0].met


def test_a_cost_that_is_a_sum_is_met_at_its_limit():
    # 1,000 (0.1 x 3 / 10) is a little more than 30.
    found = measured(Outcome(0.5, 10, 5, fn=3, fp=0), Prices(0.1, 1))
    assert Criteria(cost=30).checks(found)[0].met and not Criteria(cost=29.9).checks(found)[0].met


def test_what_is_unknown_meets_nothing():
    found = measured(Outcome(0.5, 10, 0, fn=0, fp=1), Prices())
    assert found.fn_rate is None
    assert Criteria(fn_rate=1.0).checks(found) == (Check("FN rate at most 100.0%", "unknown", False),)


def test_what_misses_by_little_does_not_look_met():
    asked = Criteria(accuracy=0.9, fn_rate=0.0004, fp_rate=0.125, cost=10)
    found = asked.checks(Measured(0.89996, 0.00041, 0.12503, 10.004))
    assert found == (
        Check("Accuracy at least 90.0%", "89.996%", False),
        Check("FN rate at most 0.04%", "0.041%", False),
        Check("FP rate at most 12.5%", "12.503%", False),
        Check("Cost per 1,000 at most 10", "10.004", False),
    )
    assert not any(each.met for each in found)
