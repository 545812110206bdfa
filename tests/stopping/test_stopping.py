from __future__ import annotations

import pytest

from al_core.evaluation.metrics import Metrics
from al_core.stopping import REGISTRY, Stopping

GOOD = Metrics(n=100, accuracy=0.92, loss=0.2, fn=2, fp=6, confusion=((44, 6), (2, 48)))


@pytest.mark.parametrize(
    ("name", "bound", "value", "stops"),
    [
        ("accuracy_at_least", 0.92, 0.92, True),
        ("accuracy_at_least", 0.93, 0.92, False),
        ("fn_rate_at_most", 0.04, 0.04, True),
        ("fn_rate_at_most", 0.03, 0.04, False),
        ("fp_rate_at_most", 0.12, 0.12, True),
        ("fp_rate_at_most", 0.11, 0.12, False),
    ],
)
def test_thresholds(name, bound, value, stops):
    verdict = REGISTRY[name].create({"value": bound}).check([GOOD])
    assert (verdict.stop, verdict.threshold, verdict.criterion) == (stops, bound, name)
    assert verdict.value == pytest.approx(value)
    assert "validation" in verdict.reason


@pytest.mark.parametrize(("combine", "expected"), [("any", True), ("all", False)])
def test_combination(combine, expected):
    criteria = (
        REGISTRY["accuracy_at_least"].create({"value": 0.9}),
        REGISTRY["fn_rate_at_most"].create({"value": 0.01}),
    )
    stop, verdicts = Stopping(criteria, combine).check([GOOD])
    assert stop is expected and [v.stop for v in verdicts] == [True, False]


def test_no_criterion_never_stops():
    assert Stopping((), "all").check([GOOD]) == (False, ())


def test_every_entry_is_tested_here():
    assert set(REGISTRY) == {"accuracy_at_least", "fn_rate_at_most", "fp_rate_at_most"}
