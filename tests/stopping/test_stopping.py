"""Every criterion on sequences worked out by hand, and on any sequence at all."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.evaluation.metrics import Metrics, measure
from al_core.stopping import REGISTRY, Observation, Stopping, StopSet
from al_core.stopping.f_change import f_change
from al_core.stopping.kappa import kappa

A, B = "1111100000", "1111000000"
"""They agree on 9 of 10 texts, 0.5 of them by chance: kappa 0.8; and 8 of 9 positives: F changes by 1/9."""

GOOD = {"confusion": [((44, 6), (2, 48))], "accuracy": [0.92]}

# Criterion, settings, history, what it says after its last round: stop and value.
CASES = [
    ("accuracy_at_least", {"value": 0.92}, GOOD, True, 0.92),
    ("accuracy_at_least", {"value": 0.93}, GOOD, False, 0.92),
    ("fn_rate_at_most", {"value": 0.04}, GOOD, True, 0.04),
    ("fn_rate_at_most", {"value": 0.03}, GOOD, False, 0.04),
    ("fp_rate_at_most", {"value": 0.12}, GOOD, True, 0.12),
    ("fp_rate_at_most", {"value": 0.11}, GOOD, False, 0.12),
    ("f1_at_least", {"value": 0.92}, GOOD, True, 96 / 104),
    ("f1_at_least", {"value": 0.93}, GOOD, False, 96 / 104),
    ("labels_at_most", {"value": 300}, {"labels": [100, 200, 300]}, True, 300),
    ("labels_at_most", {"value": 301}, {"labels": [100, 200, 300]}, False, 300),
    ("rounds_at_most", {"value": 2}, {"labels": [100, 200, 300]}, True, 2),
    ("rounds_at_most", {"value": 3}, {"labels": [100, 200, 300]}, False, 2),
    ("minutes_at_most", {"value": 1.5}, {"seconds": [60.0, 90.0]}, True, 1.5),
    ("minutes_at_most", {"value": 1.6}, {"seconds": [60.0, 90.0]}, False, 1.5),
    ("cost_at_most", {"value": 12.5}, {"cost": [10.0, 12.5]}, True, 12.5),
    ("cost_at_most", {"value": 12.6}, {"cost": [10.0, 12.5]}, False, 12.5),
    ("plateau", {}, {"accuracy": [0.7]}, False, None),
    ("plateau", {}, {"accuracy": [0.7, 0.8, 0.8, 0.801, 0.79]}, True, 3),
    ("plateau", {}, {"accuracy": [0.7, 0.8, 0.8, 0.801, 0.803]}, False, 0),
    # Each gain is small, but against the best so far they add up.
    ("plateau", {"min_delta": 0.015}, {"accuracy": [0.7, 0.71, 0.72, 0.73]}, False, 1),
    ("plateau", {"metric": "loss", "patience": 2}, {"loss": [0.5, 0.4, 0.399, 0.41]}, True, 2),
    ("plateau", {"metric": "f1", "patience": 1}, {"confusion": [((1, 1), (1, 1))] * 2}, True, 1),
    ("kappa", {}, {"predicted": [A, B, A]}, False, None),
    ("kappa", {"threshold": 0.86}, {"predicted": [A, B, A, A]}, True, (0.8 + 0.8 + 1) / 3),
    ("kappa", {"threshold": 0.87}, {"predicted": [A, B, A, A]}, False, (0.8 + 0.8 + 1) / 3),
    ("kappa", {"window": 1}, {"predicted": [A, B, A, A]}, True, 1),
    ("kappa", {}, {"predicted": ["0000"] * 4}, True, 1),
    ("kappa", {}, {"predicted": ["0000", "1111"] * 2}, False, 0),
    ("kappa", {}, {"predicted": ["0"] * 4}, True, 1),
    ("kappa", {}, {"predicted": [""] * 4}, False, None),
    ("f_change", {}, {"predicted": [A, B, A]}, False, None),
    ("f_change", {}, {"predicted": [A, B, B, B]}, False, 1 / 9),
    ("f_change", {"threshold": 0.12}, {"predicted": [A, B, B, B]}, True, 1 / 9),
    ("f_change", {"window": 2}, {"predicted": [A, B, B, B]}, True, 0),
    ("f_change", {}, {"predicted": ["0000"] * 4}, True, 0),
    ("f_change", {}, {"predicted": ["0000", "0001"] * 2}, False, 1),
    # Class 0 changes by 1 - 2/3, class 1 by 1 - 4/5; nobody gives class 2.
    ("f_change", {"window": 1}, {"predicted": ["0011", "0111"], "classes": 3}, False, (1 / 3 + 1 / 5) / 2),
    ("classification_change", {}, {"predicted": [A]}, False, None),
    ("classification_change", {}, {"predicted": [A, A]}, True, 0),
    ("classification_change", {}, {"predicted": [A, B]}, False, 0.1),
    ("classification_change", {"threshold": 0.1}, {"predicted": [A, B]}, True, 0.1),
    ("uncertainty", {}, {"accuracy": [0.5]}, False, None),
    ("uncertainty", {}, {"uncertainty": [0.9, 0.049]}, True, 0.049),
    ("uncertainty", {}, {"uncertainty": [0.04, 0.05]}, False, 0.05),
    ("expected_gain", {"window": 3}, {"accuracy": [0.5, 0.6]}, False, None),
    # A line exactly: 0.1 for each doubling, so 0.1 log2(1.5) for 200 more than 400.
    (
        "expected_gain",
        {"window": 3},
        {"accuracy": [0.5, 0.6, 0.7], "labels": [100, 200, 400]},
        False,
        0.1 * math.log2(1.5),
    ),
    (
        "expected_gain",
        {"window": 3, "threshold": 0.06},
        {"accuracy": [0.5, 0.6, 0.7], "labels": [100, 200, 400]},
        True,
        0.1 * math.log2(1.5),
    ),
    (
        "expected_gain",
        {"window": 2},
        {"accuracy": [0.6, 0.5], "labels": [100, 200]},
        True,
        -0.1 * math.log2(1.5),
    ),
    ("expected_gain", {"window": 2}, {"accuracy": [0.5, 0.9], "labels": [100, 100]}, False, None),
    ("expected_gain", {"window": 2}, {"accuracy": [0.5, 0.9], "labels": [0, 100]}, False, None),
]

# Criterion and parameter: a history, and two settings of the parameter that make a difference on it.
DIFFERENCES = {
    ("accuracy_at_least", "value"): (GOOD, 0.92, 0.93),
    ("fn_rate_at_most", "value"): (GOOD, 0.04, 0.03),
    ("fp_rate_at_most", "value"): (GOOD, 0.12, 0.11),
    ("f1_at_least", "value"): (GOOD, 0.92, 0.93),
    ("labels_at_most", "value"): ({"labels": [100, 200]}, 200, 201),
    ("rounds_at_most", "value"): ({"labels": [100, 200]}, 1, 2),
    ("minutes_at_most", "value"): ({"seconds": [60.0]}, 1.0, 1.1),
    ("cost_at_most", "value"): ({"cost": [5.0]}, 5.0, 5.1),
    ("plateau", "metric"): ({"accuracy": [0.7, 0.8], "loss": [0.4, 0.5]}, "accuracy", "loss"),
    ("plateau", "patience"): ({"accuracy": [0.7, 0.7]}, 1, 2),
    ("plateau", "min_delta"): ({"accuracy": [0.7, 0.71]}, 0.0, 0.02),
    ("kappa", "window"): ({"predicted": [A, B, A, A]}, 1, 3),
    ("kappa", "threshold"): ({"predicted": [A, B, A, A]}, 0.86, 0.87),
    ("f_change", "window"): ({"predicted": [A, B, B, B]}, 2, 3),
    ("f_change", "threshold"): ({"predicted": [A, B, B, B]}, 0.11, 0.12),
    ("classification_change", "threshold"): ({"predicted": [A, B]}, 0.0, 0.1),
    ("uncertainty", "threshold"): ({"uncertainty": [0.1]}, 0.1, 0.11),
    ("expected_gain", "window"): ({"accuracy": [0.5, 0.8, 0.8]}, 2, 3),
    ("expected_gain", "threshold"): ({"accuracy": [0.5, 0.5, 0.5, 0.5]}, 0.0, 0.1),
}


@pytest.mark.parametrize(("name", "given_settings", "history", "stop", "value"), CASES)
def test_by_hand(rounds, name, given_settings, history, stop, value):
    verdict = REGISTRY[name].create(given_settings).check(rounds(**history))
    assert (verdict.criterion, verdict.stop) == (name, stop)
    assert verdict.value == (None if value is None else pytest.approx(value, abs=1e-12))
    assert verdict.reason.startswith("Too few") == (value is None)
    assert "test" not in verdict.reason and "\n" not in verdict.reason


def test_every_entry_is_worked_out_by_hand_both_ways():
    assert {name for name, _, _, stop, _ in CASES if stop} == set(REGISTRY)
    assert {name for name, _, _, stop, _ in CASES if not stop} == set(REGISTRY)


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, parameter.name) for name, entry in REGISTRY.items() for parameter in entry.parameters],
)
def test_every_parameter_makes_a_difference(rounds, name, parameter):
    history, one, other = DIFFERENCES[name, parameter]
    seen = rounds(**history)
    said = [REGISTRY[name].create({parameter: value}).check(seen) for value in (one, other)]
    assert (said[0].stop, said[0].value) != (said[1].stop, said[1].value)


def test_no_parameter_is_tested_that_is_not_there():
    assert set(DIFFERENCES) == {
        (name, each.name) for name, entry in REGISTRY.items() for each in entry.parameters
    }


@pytest.mark.parametrize("name", REGISTRY)
def test_a_stop_set_is_wanted_where_it_is_read(rounds, name):
    criterion = REGISTRY[name].create({})
    without = criterion.check(rounds(accuracy=[0.5] * 200, labels=range(1, 201)))
    assert (without.value is None) == criterion.needs_stop_set


def test_the_earliest_stop_of_kappa_is_the_fourth_call(rounds):
    seen = rounds(predicted=[A] * 6)
    criterion = REGISTRY["kappa"].create({})
    assert [criterion.check(seen[: n + 1]).stop for n in range(6)] == [False] * 3 + [True] * 3


def test_kappa_of_chance_is_zero_and_of_opposites_negative():
    one, other = np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 0, 1], np.int32)
    assert kappa(one, other) == 0 and kappa(one, 1 - one) == -1


def test_change_of_f_is_one_minus_f():
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(1)
    for classes in (2, 3, 5):
        one, other = (rng.integers(0, classes, 50).astype(np.int32) for _ in range(2))
        f = f1_score(one, other, average="binary" if classes == 2 else "macro")
        assert f_change(one, other, classes) == pytest.approx(1 - f)


def test_a_criterion_may_know_nothing_of_the_test_split():
    assert {field.name for field in fields(Observation)} == {
        "round", "labels", "cost", "seconds", "validation", "stop_set",
    }  # fmt: skip


@pytest.mark.parametrize(("combine", "expected"), [("any", True), ("all", False)])
def test_combination(rounds, combine, expected):
    criteria = (
        REGISTRY["accuracy_at_least"].create({"value": 0.9}),
        REGISTRY["fn_rate_at_most"].create({"value": 0.01}),
    )
    stop, verdicts = Stopping(criteria, combine).check(rounds(**GOOD))
    assert stop is expected and [v.stop for v in verdicts] == [True, False]


def test_all_waits_for_a_criterion_that_cannot_be_computed_yet(rounds):
    criteria = (REGISTRY["accuracy_at_least"].create({}), REGISTRY["kappa"].create({}))
    assert Stopping(criteria, "all").check(rounds(predicted=[A], accuracy=[0.99]))[0] is False
    assert Stopping(criteria, "all").needs_stop_set and not Stopping(criteria[:1], "all").needs_stop_set


def test_no_criterion_never_stops(rounds):
    assert Stopping((), "all").check(rounds(**GOOD)) == (False, ())


@st.composite
def histories(draw):
    """Any run: empty classes, one text, constant predictions, rounds without a label, no stop set."""
    classes, texts = draw(st.integers(2, 4)), draw(st.integers(0, 5))
    labels, found = draw(st.sampled_from([0, 1, 50])), []
    still_open = draw(st.integers(0, 5))
    steps = st.sampled_from([0, 1, 100])
    certain = st.sampled_from(np.eye(classes).tolist())
    row = certain | st.just([1 / classes] * classes)
    for number in range(draw(st.integers(1, 7))):
        n = draw(st.integers(1, 4))
        truth = np.array(draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)))
        guesses = np.array(draw(st.lists(row, min_size=n, max_size=n)))
        watched = np.array(draw(st.lists(row, min_size=texts, max_size=texts)))
        found.append(
            Observation(
                round=number,
                labels=labels,
                cost=draw(st.sampled_from([0.0, 1e9])),
                seconds=draw(st.sampled_from([0.0, 1e9])),
                validation=measure(guesses, truth),
                stop_set=StopSet.of(watched, np.arange(texts) < still_open) if texts else None,
            )
        )
        labels += draw(steps)
    return found


def values(parameter):
    """Draw a setting from the whole of its range, its ends included."""
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    low = parameter.minimum
    high = parameter.maximum if parameter.maximum is not None else low + 1000
    if parameter.kind == "int":
        return st.integers(int(low), int(high)) | st.integers(int(low), int(low) + 3)
    return st.floats(low, high)


@pytest.mark.parametrize("name", REGISTRY)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_run_gets_a_verdict_and_the_same_one_again(name, data):
    entry, history = REGISTRY[name], data.draw(histories())
    given_settings = {each.name: data.draw(values(each)) for each in entry.parameters}
    criterion = entry.create(given_settings)
    with np.errstate(all="raise"):
        first = criterion.check(history)
        for end in range(1, len(history)):
            criterion.check(history[:end])
        assert criterion.check(history) == first == entry.create(given_settings).check(history)
    json.dumps(asdict(first), allow_nan=False)
    assert isinstance(first.stop, bool) and not (first.stop and first.value is None)
    assert first.reason and "nan" not in first.reason.lower().split()


@pytest.mark.parametrize(
    ("name", "confusion"), [("fn_rate_at_most", ((9, 1), (0, 0))), ("fp_rate_at_most", ((0, 0), (1, 9)))]
)
def test_a_rate_of_nothing_is_not_reached(name, confusion):
    """A validation split without positives says nothing of false negatives."""
    measured = Metrics(10, 0.9, 0.3, confusion[1][0], confusion[0][1], confusion)
    verdict = REGISTRY[name].create({"value": 0.5}).check([Observation(0, 10, 0.0, 1.0, measured)])
    assert not verdict.stop and verdict.value is None and "no text" in verdict.reason


def test_uncertainty_is_that_of_texts_that_may_still_be_asked_about():
    probabilities = np.array([[0.5, 0.5], [1.0, 0.0]])
    assert StopSet.of(probabilities, np.array([True, False])).uncertainty == pytest.approx(1.0)
    assert StopSet.of(probabilities, np.array([False, True])).uncertainty == 0.0
    nothing = StopSet.of(probabilities, np.zeros(2, bool))
    measured = Metrics(2, 0.5, 0.7, 1, 0, ((1, 0), (1, 0)))
    verdict = REGISTRY["uncertainty"].create({}).check([Observation(0, 10, 0.0, 1.0, measured, nothing)])
    assert not verdict.stop and verdict.value is None
