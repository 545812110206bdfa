"""What a round leaves on disk, and what goes when there is too much of it."""

import numpy as np
import pytest

from al_core import keeping
from al_core.classifiers import saved
from al_core.classifiers.base import Examples, FitHooks
from al_core.config import Component
from al_core.errors import BadInput
from al_core.loop import Predictions

RECIPE = saved.Recipe(Component(name="logistic"), width=50, n_classes=2, vocabulary=50)


def fitted(seed):
    rng = np.random.default_rng(seed)
    found = Examples(rng.normal(size=(40, 50)).astype(np.float32), np.arange(40, dtype=np.int32) % 2)
    model = saved.clone(RECIPE, seed)
    hooks = FitHooks(lambda _: None, lambda _: None)
    model.fit(found, found, lambda *_: 0, hooks, keep_best=False, resume=False)
    shares = model.predict_proba(found.x)
    return model, found, Predictions(shares, found.y, shares[::2], found.y[::2])


def test_the_model_of_a_round_answers_as_it_did(tmp_path):
    model, found, predictions = fitted(0)
    keeping.keep(tmp_path, 3, RECIPE, model, predictions, 0.5)
    assert keeping.rounds(tmp_path) == [3]
    _, again = saved.load(keeping.model(tmp_path, 3))
    np.testing.assert_array_equal(again.predict_proba(found.x), model.predict_proba(found.x))
    kept = keeping.predictions(tmp_path, 3)
    assert kept is not None
    np.testing.assert_array_equal(kept.test, predictions.test)
    np.testing.assert_array_equal(kept.validation_labels, predictions.validation_labels)


def test_the_best_and_the_latest_stay_where_there_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "BUDGET", 1)
    model, _, predictions = fitted(0)
    for number, loss in enumerate([0.9, 0.2, 0.7, 0.8]):
        keeping.keep(tmp_path, number, RECIPE, model, predictions, loss)
    assert keeping.rounds(tmp_path) == [1, 3]
    assert all(keeping.predictions(tmp_path, number) for number in range(4))
    with pytest.raises(BadInput, match=r"round 2 was not kept; those of rounds 1, 3 were"):
        keeping.model(tmp_path, 2)


def test_all_stay_where_there_is_room(tmp_path):
    model, _, predictions = fitted(0)
    for number in range(12):
        keeping.keep(tmp_path, number, RECIPE, model, predictions, 1.0)
    assert keeping.rounds(tmp_path) == list(range(12))


def test_nothing_kept_is_said_in_words(tmp_path):
    assert keeping.rounds(tmp_path) == []
    assert keeping.predictions(tmp_path, 0) is None
    with pytest.raises(BadInput, match="none was"):
        keeping.model(tmp_path, 0)


def test_damaged_predictions_are_none(tmp_path):
    model, _, predictions = fitted(0)
    keeping.keep(tmp_path, 0, RECIPE, model, predictions, 0.5)
    (tmp_path / "round-0.predictions.npz").write_bytes(b"nothing")
    assert keeping.predictions(tmp_path, 0) is None
