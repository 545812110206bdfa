"""Labels that look wrong to a model that has not seen them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.labelling import second_look
from al_core.labelling.consensus import Labels


def labels(classes, start=100):
    return Labels(np.arange(start, start + len(classes)), np.array(classes, np.int32))


def oracle(true, n_classes=2, calls=None):
    """Return a fit that knows the truth, and notes what it learned from and judged."""

    def fit(training, rows, seed):
        if calls is not None:
            calls.append((training.items.tolist(), training.labels.tolist(), rows.tolist()))
        p = np.full((len(rows), n_classes), 0.1 / (n_classes - 1))
        p[np.arange(len(rows)), [true[int(row)] for row in rows]] = 0.9
        return p

    return fit


def test_what_was_mislabelled_is_found_and_little_else():
    true = np.random.default_rng(0).integers(0, 2, 200)
    given_labels = true.copy()
    wrong = [3, 50, 77, 120]
    given_labels[wrong] = 1 - given_labels[wrong]
    of = labels(given_labels)
    found = second_look.found(oracle(dict(zip(of.items.tolist(), true, strict=True))), of, 2, 0)
    assert found is not None and found["labels"] == 200
    assert {each["item"] for each in found["suspects"]} == {100 + place for place in wrong}
    for each in found["suspects"]:
        assert each["given"] == given_labels[each["item"] - 100] == 1 - each["likely"] and each["margin"] < 0
    assert 0.01 <= found["noise"] <= 0.04


@given(st.integers(30, 90), st.integers(2, 4), st.integers(0, 50))
@settings(max_examples=40)
def test_each_label_is_judged_once_by_a_model_of_the_others(n, n_classes, seed):
    given_labels = np.random.default_rng(seed).integers(0, n_classes, n)
    given_labels[:2] = 0, 1
    of, calls = labels(given_labels), []
    true = dict(zip(of.items.tolist(), given_labels.tolist(), strict=True))
    found = second_look.found(oracle(true, n_classes, calls), of, n_classes, seed)
    assert found is not None and found["suspects"] == [] and found["noise"] == 0
    assert sorted(row for *_, judged in calls for row in judged) == of.items.tolist()
    for training, classes, judged in calls:
        assert sorted([*training, *judged]) == of.items.tolist()
        assert all(true[item] == label for item, label in zip(training, classes, strict=True))
        # By turns: a fold takes at most its share of a class, rounded up, away.
        for c in set(given_labels.tolist()):
            whole = int((given_labels == c).sum())
            assert whole - classes.count(c) <= whole // second_look.FOLDS + 1


def test_too_few_or_one_class_say_nothing():
    calls = []
    fit = oracle(dict.fromkeys(range(500), 0), calls=calls)
    assert second_look.found(fit, labels([0, 1] * 14 + [0]), 2, 0) is None
    assert second_look.found(fit, labels([0] * 60), 2, 0) is None and calls == []
    assert second_look.found(fit, labels([0] * 59 + [1]), 2, 0) is not None


def test_the_surest_errors_are_kept():
    true = np.zeros(400, int)
    true[:250] = 1
    given_labels = np.random.default_rng(1).integers(0, 2, 400)
    of = labels(given_labels)
    found = second_look.found(oracle(dict(zip(of.items.tolist(), true, strict=True))), of, 2, 0)
    assert found is not None and len(found["suspects"]) == second_look.MOST
    margins = [each["margin"] for each in found["suspects"]]
    assert margins == sorted(margins)
