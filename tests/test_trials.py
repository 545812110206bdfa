"""Fits on other labels: what they draw, and that they leave the model alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from al_core import catalogue
from al_core.classifiers.base import Examples
from al_core.trials import Trials, bootstrap, committee


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 2**31))
def test_a_bootstrap_sample_keeps_every_class(labels, seed):
    y = np.array(labels, np.int32)
    places = bootstrap(y, np.random.default_rng(seed))
    assert len(places) == len(y)
    assert set(y[places]) == set(labels)


def test_a_bootstrap_sample_leaves_out_about_a_third():
    y = np.zeros(1000, np.int32)
    share = len(np.unique(bootstrap(y, np.random.default_rng(0)))) / 1000
    assert 0.58 < share < 0.68


def test_members_differ_by_seed_and_repeat_with_it():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 5)), (rng.random(80) < 0.5).astype(np.int32)
    model = catalogue.REGISTRIES["classifiers"]["logistic"].create({})
    model.prepare(5, 2, 5)
    calls = []
    trials = Trials(model, Examples(x[:20], y[:20]), lambda: calls.append(1))
    first = committee(trials, Examples(x, y), x, [1, 2, 1])
    np.testing.assert_array_equal(first[0], first[2])
    assert not np.allclose(first[0], first[1])
    assert len(calls) >= 3, "it can be interrupted"


def test_an_interrupted_trial_leaves_the_model_as_it_was():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 5)), (rng.random(80) < 0.5).astype(np.int32)
    model = catalogue.REGISTRIES["classifiers"]["logistic"].create({})
    model.prepare(5, 2, 5)

    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    Trials(model, Examples(x, y), lambda: None).predict(Examples(x, y), 0, x)
    before = model.predict_proba(x)
    try:
        committee(Trials(model, Examples(x, y), stop), Examples(x[:30], y[:30]), x, [1])
    except Stop:
        np.testing.assert_array_equal(model.predict_proba(x), before)
    else:
        raise AssertionError("it was not interrupted")
