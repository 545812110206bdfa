"""Models in files: whole or not at all, and never code."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from al_core import archive, seeding
from al_core.classifiers import saved
from al_core.classifiers.base import Examples, FitHooks
from al_core.config import Component
from al_core.errors import BadInput

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, 60).astype(np.int32)
X = (RNG.normal(size=(60, 3)) + Y[:, None]).astype(np.float32)
RECIPE = saved.Recipe(Component(name="logistic", params={"strength": 2.0}), 3, 2, 3)


def fitted(recipe=RECIPE):
    classifier = saved.clone(recipe, 1)
    classifier.fit(
        Examples(X, Y),
        Examples(X[:20], Y[:20]),
        partial(seeding.integer, 0),
        FitHooks(lambda n: None, lambda e: None),
        keep_best=False,
        resume=False,
    )
    return classifier


@pytest.fixture
def path(tmp_path):
    saved.save(tmp_path / "model.npz", RECIPE, fitted())
    return tmp_path / "model.npz"


def test_a_model_comes_back_with_its_recipe(path):
    recipe, classifier = saved.load(path)
    assert recipe.classifier == Component(name="logistic", params={"strength": 2.0, "balanced": False})
    assert (recipe.width, recipe.n_classes, recipe.vocabulary) == (3, 2, 3)
    np.testing.assert_array_equal(classifier.predict_proba(X), fitted().predict_proba(X))
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["model.npz"]


def test_calibration_is_saved_too(tmp_path):
    recipe = saved.Recipe(RECIPE.classifier, 3, 2, 3, Component(name="temperature"))
    classifier = fitted(recipe)
    saved.save(tmp_path / "model.npz", recipe, classifier)  # before anybody has asked for a probability
    expected = classifier.predict_proba(X)
    found, other = saved.load(tmp_path / "model.npz")
    assert found.calibration.name == "temperature"
    np.testing.assert_array_equal(other.predict_proba(X), expected)
    assert not np.array_equal(fitted().predict_proba(X), expected)


@pytest.mark.parametrize(
    "damage", ["missing", "empty", "cut", "text", "pickle", "other format", "no such model"]
)
def test_what_is_no_saved_model_gets_one_sentence(path, damage):
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "pickle":
        np.savez(path, about=np.array({"format": 1}, dtype=object))
    elif damage in ("other format", "no such model"):
        about, groups = archive.read(path)
        change = {"format": 99} if damage == "other format" else {"classifier": {"name": "os.system"}}
        archive.write(path, about | change, groups)
    else:
        path.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "text": b"hello"}[damage])
    with pytest.raises(BadInput) as caught:
        saved.load(path)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_write_that_breaks_leaves_the_old_one(path, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    expected = saved.load(path)[1].predict_proba(X)
    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="disk full"):
        saved.save(path, RECIPE, saved.clone(RECIPE, 2))
    np.testing.assert_array_equal(saved.load(path)[1].predict_proba(X), expected)
