"""A calibrated classifier keeps the contract, and adds to it only what it must."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from al_core import catalogue, seeding
from al_core.calibration import REGISTRY
from al_core.calibration.calibrated import PREFIX, CalibratedClassifier, calibrated
from al_core.classifiers.base import Examples, FitHooks
from al_core.evaluation.metrics import measure
from al_core.trials import Trials, committee

pytestmark = pytest.mark.xdist_group("keras")  # one process pays for TensorFlow

NETWORK = {"embedding": 6, "buckets": 50, "epochs": 3, "patience": 2, "batch_size": 16}
MODELS = {"ngram_bag": NETWORK | {"learning_rate": 0.02}, "logistic": {}, "linear_svm": {}}
VOCABULARY, LENGTH = 12, 6
ALL = pytest.mark.parametrize("name", MODELS)
QUIET = FitHooks(lambda n: None, lambda e: None)
TEMPERATURE, ISOTONIC = ("temperature", {}), ("isotonic", {"fewest": 10})
FAST = [name for name in MODELS if name != "ngram_bag"]


def combined(what, *numbers):
    """Return every combination for models that are quick, and two for a network, which compiles each time."""
    cases = [(name, n, each) for name in FAST for n in numbers for each in (TEMPERATURE, ISOTONIC)]
    cases += [("ngram_bag", numbers[0], TEMPERATURE), ("ngram_bag", numbers[-1], ISOTONIC)]
    return pytest.mark.parametrize(
        ("name", what, "calibrator"), cases, ids=[f"{n}-{m}-{each[0]}" for n, m, each in cases]
    )


seeds = partial(seeding.integer, 7)


@pytest.fixture(scope="module", autouse=True)
def deterministic():
    from al_core import devices

    devices.setup()


def data(name, classes=2, n=120):
    """Return texts of which one word tells the class, four times out of five."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, n).astype(np.int32)
    ids = rng.integers(2, VOCABULARY, (n, LENGTH)).astype(np.int32)
    ids[:, 0] = np.where(rng.random(n) < 0.8, labels + 2, ids[:, 0])
    if name == "ngram_bag":
        return Examples(ids, labels)
    counts = np.stack([(ids == word).sum(axis=1) for word in range(2, VOCABULARY)], axis=1)
    return Examples(csr_matrix(counts, dtype=np.float32), labels)


def model(name, examples, classes=2, calibrator=("temperature", {}), seed=1):
    made = catalogue.REGISTRIES["classifiers"][name].create(MODELS[name])
    wrapped = calibrated(made, REGISTRY[calibrator[0]].create(calibrator[1]))
    wrapped.prepare(examples.x.shape[1], classes, VOCABULARY)
    wrapped.reset(seed)
    return wrapped


def parts(examples, training=slice(0, 80)):
    """Return training and validation texts."""
    return [Examples(examples.x[rows], examples.y[rows]) for rows in (training, slice(80, 120))]


def fit(classifier, examples, training=slice(0, 80), hooks=QUIET, **words):
    words = {"keep_best": False, "resume": False} | words
    return classifier.fit(*parts(examples, training), seeds, hooks, **words)


def saved(state):
    """Through a file without pickle, as a checkpoint goes."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as loaded:
        return {name: loaded[name] for name in loaded.files}


class Counting:
    """Counts the rows that a model is asked to predict."""

    def __init__(self, wrapped):
        self.rows, self._predict = [], wrapped.model.predict_proba
        wrapped.model.predict_proba = self

    def __call__(self, x):
        self.rows.append(x.shape[0])
        return self._predict(x)


def test_without_calibration_there_is_no_wrapper():
    made = catalogue.REGISTRIES["classifiers"]["logistic"].create({})
    assert calibrated(made, REGISTRY["none"].create({})) is made


@ALL
def test_it_declares_what_the_model_declares(name):
    wrapped = model(name, data(name))
    inner = wrapped.model
    assert isinstance(wrapped, CalibratedClassifier)
    for word in ("reads", "usual_features", "gives", "start_seconds", "most_epochs"):
        assert getattr(wrapped, word) == getattr(inner, word)
    assert wrapped.seconds_per_text(9) == inner.seconds_per_text(9)
    assert not hasattr(wrapped, "nonsense")


@combined("classes", 2, 3)
def test_the_fit_is_that_of_the_model_alone_and_the_probabilities_are_calibrated(name, classes, calibrator):
    examples = data(name, classes)
    wrapped, plain = model(name, examples, classes, calibrator), model(name, examples, classes, ("none", {}))

    def untimed(epochs):
        return [(e.number, e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in epochs]

    np.testing.assert_array_equal(
        wrapped.predict_proba(examples.x), plain.predict_proba(examples.x), "raw before the first fit"
    )
    assert untimed(fit(wrapped, examples)) == untimed(fit(plain, examples))
    for turn in range(2):
        raw, found = plain.predict_proba(examples.x), wrapped.predict_proba(examples.x)
        np.testing.assert_array_equal(wrapped.raw_proba(examples.x), raw)
        fresh = REGISTRY[calibrator[0]].create(calibrator[1])
        expected = fresh.apply(fresh.fit(raw[80:], examples.y[80:]), raw)
        np.testing.assert_allclose(found, expected, atol=1e-7, err_msg="last weights, then the best ones")
        np.testing.assert_array_equal(wrapped.calibrate(raw), found)
        assert found.shape == (120, classes) and (found > 0).all() and (found < 1).all()
        if calibrator[0] == "temperature":
            np.testing.assert_array_equal(found.argmax(1), raw.argmax(1))
            assert measure(found[80:], examples.y[80:]).loss <= measure(raw[80:], examples.y[80:]).loss + 1e-6
        if turn == 0:
            wrapped.use_best()
            plain.use_best()
    assert wrapped.predict_proba(examples.x[:0]).shape == (0, classes)
    one, other = wrapped.embed(examples.x), plain.embed(examples.x)
    assert abs(one - other).max() == 0


@ALL
def test_nothing_is_predicted_that_nobody_reads(name):
    examples = data(name)
    wrapped = model(name, examples)
    training, validation = parts(examples)
    wrapped.fit(training, validation, seeds, QUIET, keep_best=False, resume=False)
    wrapped.use_best()
    asked = Counting(wrapped)
    wrapped.state()
    assert asked.rows == []
    wrapped.predict_proba(validation.x)
    assert asked.rows == [40], "validation is not predicted again to calibrate on"
    wrapped.predict_proba(validation.x)
    wrapped.predict_proba(training.x)
    wrapped.state()
    assert asked.rows == [40, 80]
    wrapped.use_best()
    wrapped.predict_proba(training.x)
    assert sorted(asked.rows[2:]) == [40, 80]


@combined("classes", 2, 3)
def test_saved_and_restored_elsewhere_it_is_the_same(name, classes, calibrator):
    examples = data(name, classes)
    one = model(name, examples, classes, calibrator)
    fit(one, examples)
    one.use_best()
    expected = one.predict_proba(examples.x)
    state = saved(one.state())
    assert not np.array_equal(expected, one.raw_proba(examples.x))
    fit(one, examples, slice(0, 10))
    other = model(name, examples, classes, calibrator, seed=2)
    other.restore(state)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected, "without a validation text")
    one.restore(state)
    np.testing.assert_array_equal(one.predict_proba(examples.x), expected)


@ALL
def test_a_state_is_a_copy_and_holds_no_calibrator_of_other_weights(name):
    examples = data(name)
    wrapped = model(name, examples)
    during = []
    hooks = FitHooks(
        lambda n: None, lambda e: (wrapped.predict_proba(examples.x), during.append(wrapped.state()))
    )
    fit(wrapped, examples, hooks=hooks)
    assert PREFIX + "temperature" not in wrapped.state(), "what held for an epoch is forgotten"
    expected = wrapped.predict_proba(examples.x)
    state = wrapped.state()
    assert PREFIX + "temperature" in state
    kept = {key: value.copy() for key, value in state.items()}
    fit(wrapped, examples, slice(0, 10))
    for key, value in state.items():
        np.testing.assert_array_equal(value, kept[key])
    wrapped.restore(state)
    np.testing.assert_array_equal(wrapped.predict_proba(examples.x), expected)
    wrapped.reset(1)
    raw = wrapped.raw_proba(examples.x)
    np.testing.assert_array_equal(wrapped.predict_proba(examples.x), raw, "fresh weights have none")


@ALL
def test_resumed_after_any_epoch_the_fit_ends_the_same(name):
    examples = data(name)
    states, wrapped = [], model(name, examples)
    fit(wrapped, examples, hooks=FitHooks(lambda n: None, lambda e: states.append(saved(wrapped.state()))))
    wrapped.use_best()
    expected = wrapped.predict_proba(examples.x)
    for state in states:
        other = model(name, examples, seed=3)
        other.restore(state)
        fit(other, examples, resume=True)
        other.use_best()
        np.testing.assert_array_equal(other.predict_proba(examples.x), expected)


def test_passes_with_dropout_are_calibrated_too():
    examples = data("ngram_bag")
    wrapped = model("ngram_bag", examples)
    fit(wrapped, examples)
    found = wrapped.dropout_probabilities(examples.x, 3, 5)
    raw = wrapped.model.dropout_probabilities(examples.x, 3, 5)
    np.testing.assert_array_equal(found, wrapped.calibrate(raw))
    assert found.shape == (3, 120, 2) and not np.array_equal(found, raw)


def test_members_of_a_committee_are_calibrated_each_and_leave_the_model_as_it_was():
    examples = data("logistic")
    wrapped = model("logistic", examples)
    training, validation = parts(examples)
    trials = Trials(wrapped, validation, lambda: None)
    fresh = wrapped.predict_proba(examples.x)
    committee(trials, training, examples.x, [3])
    np.testing.assert_array_equal(wrapped.predict_proba(examples.x), fresh, "also one never fitted")
    fit(wrapped, examples)
    before = wrapped.predict_proba(examples.x)
    samples = committee(trials, training, examples.x, [1, 2])
    np.testing.assert_array_equal(wrapped.predict_proba(examples.x), before)
    plain = model("logistic", examples, calibrator=("none", {}))
    raw = committee(Trials(plain, validation, lambda: None), training, examples.x, [1, 2])
    temperature = REGISTRY["temperature"].create({})
    for member, unscaled in zip(samples, raw, strict=True):
        expected = temperature.apply(temperature.fit(unscaled[80:], validation.y), unscaled)
        np.testing.assert_allclose(member, expected, atol=1e-9)


@combined("size", 1, 5, 20)
def test_few_validation_texts_even_of_one_class(name, size, calibrator):
    examples = data(name)
    wrapped = model(name, examples, calibrator=calibrator)
    chosen = np.flatnonzero(examples.y == 1)[:size]
    validation = Examples(examples.x[chosen], examples.y[chosen])
    wrapped.fit(parts(examples)[0], validation, seeds, QUIET, keep_best=False, resume=False)
    found = wrapped.predict_proba(examples.x)
    assert np.isfinite(found).all() and (found > 0).all() and (found < 1).all()
    assert measure(found, examples.y).accuracy == measure(wrapped.raw_proba(examples.x), examples.y).accuracy
