"""Is asking paying: as many labels on either side, and no text judged by a model that learned from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.labelling import paying
from al_core.labelling.consensus import Labels


def labels(items, classes):
    return Labels(np.array(items, np.int64), np.array(classes, np.int32))


def some(n, start=0, seed=0):
    """Return n labels of both classes."""
    classes = np.random.default_rng(seed).permutation(np.arange(n) % 2)
    return labels(np.arange(start, start + n), classes)


class Fits:
    """A model that is right of a text or not as it is told, and remembers what it learned from."""

    def __init__(self, truth, right):
        self.truth, self.right, self.calls = truth, right, []

    def __call__(self, training, rows, seed):
        self.calls.append((training, rows, seed))
        said = np.array([self.truth[int(row)] for row in rows])
        said = np.where([self.right(training, int(row)) for row in rows], said, 1 - said)
        return np.eye(2)[said]


def truth(of):
    return dict(zip(of.items.tolist(), of.labels.tolist(), strict=True))


@given(st.integers(20, 90), st.integers(0, 90), st.integers(0, 100))
@settings(max_examples=40)
def test_both_sides_learn_from_as_many_and_are_measured_on_the_same(n_drawn, n_asked, seed):
    drawn, asked = some(n_drawn, seed=seed), some(n_asked, 1000, seed)
    fits = Fits(truth(drawn), lambda training, row: row % 3 > 0)
    found = paying.measured(fits, asked, drawn, seed)
    left = n_drawn - -(-n_drawn // paying.FOLDS)
    if min(n_asked, left) < paying.LEAST:
        assert found is None and fits.calls == []
        return
    assert found is not None and found.labels == min(n_asked, left) and found.texts == n_drawn
    (first, rows, _), *folds = fits.calls
    assert first.items.tolist() == asked.items[: found.labels].tolist(), "the first, in the order of asking"
    assert first.labels.tolist() == asked.labels[: found.labels].tolist()
    assert rows.tolist() == drawn.items.tolist() and len(folds) == paying.FOLDS
    known = truth(drawn)
    for training, judged, _ in folds:
        assert len(training) == found.labels == len(set(training.items.tolist()))
        assert not set(training.items.tolist()) & set(judged.tolist()), "none has learned from what it judges"
        assert all(known[int(i)] == c for i, c in zip(training.items, training.labels, strict=True))
    assert sorted(int(row) for _, judged, _ in folds for row in judged) == drawn.items.tolist()
    assert found.asked == found.random == pytest.approx(np.mean([row % 3 > 0 for row in range(n_drawn)]))
    assert found.difference == 0 and found.verdict == "unclear"


@pytest.mark.parametrize(("who", "verdict"), [("asked", "yes"), ("drawn", "no")])
def test_who_is_right_oftener_wins(who, verdict):
    drawn, asked = some(100), some(60, 1000)

    def right(training, row):
        mine = training.items[0] >= 1000
        return row % 10 > 0 if mine == (who == "asked") else row % 10 > 3

    found = paying.measured(Fits(truth(drawn), right), asked, drawn, 0)
    assert found and found.verdict == verdict and abs(found.difference) == pytest.approx(0.3)
    assert found.low <= found.difference <= found.high
    assert paying.Paying(**found.to_dict()) == found


def test_labels_of_one_class_compare_nothing():
    drawn, asked = some(50), labels(np.arange(1000, 1040), np.zeros(40))
    fits = Fits(truth(drawn), lambda training, row: True)
    assert paying.measured(fits, asked, drawn, 0) is None
    alone = labels(np.arange(50), np.ones(50))
    assert paying.measured(fits, some(40, 1000), alone, 0) is None and fits.calls == []


def test_chance_is_seeded():
    drawn, asked = some(70), some(40, 1000)
    told = []
    for seed in (1, 1, 2):
        fits = Fits(truth(drawn), lambda training, row: True)
        paying.measured(fits, asked, drawn, seed)
        told.append([training.items.tolist() for training, _, _ in fits.calls])
    assert told[0] == told[1] != told[2]
