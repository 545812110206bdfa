"""One battery that every classifier passes, whatever it reads."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from al_core import seeding
from al_core.classifiers import REGISTRY
from al_core.classifiers.base import Epoch, Examples, FitHooks
from al_core.classifiers.keras_classifier import KerasClassifier, Training
from al_core.errors import Interrupted, WorkbenchError
from al_core.features import REGISTRY as FEATURES

pytestmark = pytest.mark.xdist_group("keras")  # one process pays for TensorFlow

TRAINING = {"epochs": 3, "patience": 2, "batch_size": 16, "learning_rate": 0.02}
TINY = {"bilstm": {"embedding": 6, "units": 4, "dense": 5, **TRAINING}}
"""Settings small enough for tests; a classifier without any is small already."""

VOCABULARY, LENGTH = 12, 6
ALL = pytest.mark.parametrize("name", sorted(REGISTRY))
CLASSES = pytest.mark.parametrize("classes", [2, 3])
seeds = partial(seeding.integer, 7)


@pytest.fixture(scope="module", autouse=True)
def deterministic():
    from al_core import devices

    devices.setup()


def data(reads: str, classes: int, n: int = 120) -> Examples:
    """Return texts of which one word tells the class, nine times out of ten."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, n).astype(np.int32)
    ids = rng.integers(2, VOCABULARY, (n, LENGTH)).astype(np.int32)
    ids[:, 0] = np.where(rng.random(n) < 0.9, labels + 2, ids[:, 0])
    ids[-1] = 0  # an empty text
    if reads == "ids":
        return Examples(ids, labels)
    counts = np.stack([(ids == word).sum(axis=1) for word in range(2, VOCABULARY)], axis=1)
    counts[:, : classes + 1] *= 3
    return Examples(csr_matrix(counts / 10, dtype=np.float32), labels)


def take(examples: Examples, rows) -> Examples:
    return Examples(examples.x[rows], examples.y[rows])


def prepared(name: str, examples: Examples, classes: int, seed: int = 1, **settings):
    classifier = REGISTRY[name].create(TINY.get(name, {}) | settings)
    classifier.prepare(examples.x.shape[1], classes, VOCABULARY)
    classifier.reset(seed)
    return classifier


def fit(classifier, examples: Examples, rows=slice(0, 80), **words) -> tuple[Epoch, ...]:
    words = {"keep_best": False, "resume": False, "hooks": FitHooks(lambda n: None, lambda e: None)} | words
    hooks = words.pop("hooks")
    return classifier.fit(take(examples, rows), take(examples, slice(80, 110)), seeds, hooks, **words)


def saved(state: dict) -> dict:
    """Through a file without pickle, as a checkpoint goes."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as loaded:
        return {name: loaded[name] for name in loaded.files}


@ALL
def test_some_features_fit_and_the_entry_says_what_it_does(name):
    build = REGISTRY[name].build
    assert any(entry.build.gives == build.reads for entry in FEATURES.values())
    assert build.gives <= {"embeddings", "dropout"}
    classifier = REGISTRY[name].create({})
    assert classifier.most_epochs >= 1 and 0 < classifier.seconds_per_text(100) < 1


@ALL
@CLASSES
def test_it_learns_and_tells_how_far_it_is(name, classes):
    examples = data(REGISTRY[name].build.reads, classes)
    told, texts = [], []
    epochs = fit(
        prepared(name, examples, classes), examples, hooks=FitHooks(texts.append, lambda e: told.append(e))
    )
    assert list(epochs) == told and [each.number for each in epochs] == list(range(1, len(epochs) + 1))
    assert sum(texts) == 80 * len(epochs)
    assert epochs[-1].val_accuracy > 1 / classes and epochs[-1].seconds > 0
    assert np.isfinite([(e.loss, e.accuracy, e.val_loss) for e in epochs]).all()


@ALL
@CLASSES
def test_probabilities_are_probabilities(name, classes):
    examples = data(REGISTRY[name].build.reads, classes)
    classifier = prepared(name, examples, classes)
    for _ in range(2):  # of fresh weights, then of fitted ones
        found = classifier.predict_proba(examples.x)
        assert found.shape == (120, classes) and found.dtype == np.float64
        assert np.isfinite(found).all() and (found >= 0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
        fit(classifier, examples)
    assert classifier.predict_proba(examples.x[:0]).shape == (0, classes)


@ALL
def test_the_same_seed_gives_the_same_predictions(name):
    examples = data(REGISTRY[name].build.reads, 2)
    one, other = prepared(name, examples, 2), prepared(name, examples, 2)
    fit(one, examples)
    expected = one.predict_proba(examples.x)
    fit(other, examples)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected)
    fit(other, examples, slice(0, 20))
    other.reset(1)
    fit(other, examples)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected, "what came before is forgotten")


@ALL
@CLASSES
def test_saved_and_restored_elsewhere_it_is_the_same(name, classes):
    examples = data(REGISTRY[name].build.reads, classes)
    one = prepared(name, examples, classes)
    fit(one, examples)
    expected, state = one.predict_proba(examples.x), saved(one.state())
    fit(one, examples, slice(0, 10))
    other = prepared(name, examples, classes, seed=2)
    other.restore(state)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected)
    one.restore(state)
    np.testing.assert_array_equal(one.predict_proba(examples.x), expected)
    one.use_best()
    other.use_best()
    np.testing.assert_array_equal(other.predict_proba(examples.x), one.predict_proba(examples.x))


@ALL
def test_a_state_is_a_copy(name):
    examples = data(REGISTRY[name].build.reads, 2)
    classifier = prepared(name, examples, 2)
    fit(classifier, examples)
    state = classifier.state()
    kept = {key: value.copy() for key, value in state.items()}
    expected = classifier.predict_proba(examples.x)
    fit(classifier, examples, slice(0, 10))
    for key, value in state.items():
        np.testing.assert_array_equal(value, kept[key])
    classifier.restore(state)
    np.testing.assert_array_equal(classifier.predict_proba(examples.x), expected)


@ALL
def test_resumed_after_any_epoch_the_fit_ends_the_same(name):
    examples = data(REGISTRY[name].build.reads, 2)
    states, classifier = [], prepared(name, examples, 2)
    hooks = FitHooks(lambda n: None, lambda e: states.append(saved(classifier.state())))
    whole, expected = fit(classifier, examples, hooks=hooks), classifier.predict_proba(examples.x)
    for state in states:
        other = prepared(name, examples, 2, seed=3)
        other.restore(state)
        resumed = fit(other, examples, resume=True)
        assert [(e.number, e.loss, e.val_loss) for e in resumed] == [
            (e.number, e.loss, e.val_loss) for e in whole
        ]
        np.testing.assert_array_equal(other.predict_proba(examples.x), expected)


@ALL
def test_an_interruption_passes_through(name):
    examples = data(REGISTRY[name].build.reads, 2)

    def stop(texts):
        raise Interrupted

    with pytest.raises(Interrupted):
        fit(prepared(name, examples, 2), examples, hooks=FitHooks(stop, lambda e: None))


@ALL
def test_the_best_weights_stay_the_ones_to_beat_if_wanted(name):
    examples = data(REGISTRY[name].build.reads, 2)
    misled = Examples(examples.x, np.where(np.arange(120) < 80, 1 - examples.y, examples.y).astype(np.int32))
    for keep_best, better in ((True, True), (False, False)):
        classifier = prepared(name, examples, 2)
        fit(classifier, examples)
        classifier.use_best()
        good = classifier.predict_proba(examples.x)
        fit(classifier, misled, keep_best=keep_best)
        classifier.use_best()
        assert np.array_equal(classifier.predict_proba(examples.x), good) is better


@ALL
@CLASSES
def test_one_class_only(name, classes):
    examples = data(REGISTRY[name].build.reads, classes)
    classifier = prepared(name, examples, classes)
    epochs = fit(classifier, examples, np.flatnonzero(examples.y[:80] == 1))
    found = classifier.predict_proba(examples.x)
    assert np.isfinite(found).all() and np.isfinite(epochs[-1].val_loss)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


@ALL
@CLASSES
def test_embeddings_are_what_the_head_reads(name, classes):
    examples = data(REGISTRY[name].build.reads, classes)
    classifier = prepared(name, examples, classes)
    if "embeddings" not in classifier.gives:
        pytest.skip("gives none")
    fit(classifier, examples)
    found = classifier.embed(examples.x)
    assert found.shape[0] == 120 and classifier.embed(examples.x[:0]).shape == (0, found.shape[1])
    if isinstance(classifier, KerasClassifier):
        kernel, bias = (np.asarray(each) for each in classifier._model.layers[-1].get_weights())
        logits = np.asarray(found, np.float64) @ kernel + bias
        if classes == 2:
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        powers = np.exp(logits)
        expected = powers / powers.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(classifier.predict_proba(examples.x), expected, atol=1e-5)


@ALL
def test_passes_with_dropout_differ_and_come_again(name):
    examples = data(REGISTRY[name].build.reads, 2)
    classifier = prepared(name, examples, 2)
    fit(classifier, examples)
    if "dropout" not in classifier.gives:
        with pytest.raises(WorkbenchError):
            classifier.dropout_probabilities(examples.x, 2, 0)
        return
    before = classifier.predict_proba(examples.x)
    passes = classifier.dropout_probabilities(examples.x, 4, 5)
    assert passes.shape == (4, 120, 2)
    np.testing.assert_allclose(passes.sum(axis=2), 1, atol=1e-6)
    for one in range(4):
        assert all(not np.array_equal(passes[one], passes[other]) for other in range(one))
    np.testing.assert_array_equal(classifier.dropout_probabilities(examples.x, 4, 5), passes)
    assert not np.array_equal(classifier.dropout_probabilities(examples.x, 4, 6), passes)
    # Not any text: one that makes no unit fire looks the same whatever is switched off.
    lively = int(np.abs(np.asarray(classifier.embed(examples.x))).sum(axis=1).argmax())
    twins = classifier.dropout_probabilities(examples.x[np.full(50, lively)], 1, 5)[0, :, 1]
    assert len(np.unique(twins)) > 1, "a text has a mask of its own"
    np.testing.assert_array_equal(classifier.predict_proba(examples.x), before, "and nothing has changed")
    assert classifier.dropout_probabilities(examples.x[:0], 3, 0).shape == (3, 0, 2)


class WithMovingStatistics(KerasClassifier):
    """A network that would change if it ran as in training."""

    def seconds_per_text(self, width):
        return 1e-6

    def network(self, shape, seed):
        from keras import Input, Model, layers

        ids = Input((shape.width,), dtype="int32")
        hidden = layers.Embedding(shape.vocabulary, 4)(ids)
        hidden = layers.GlobalAveragePooling1D()(hidden)
        hidden = layers.BatchNormalization()(hidden)
        hidden = layers.Dropout(0.5, seed=seed())(hidden)
        return Model(ids, layers.Dense(shape.outputs, shape.activation)(hidden))


def test_passes_with_dropout_leave_moving_statistics_alone():
    examples = data("ids", 2)
    classifier = WithMovingStatistics(
        Training(
            optimizer="adam", learning_rate=0.02, batch_size=16, epochs=2, patience=2, precision="float32"
        )
    )
    classifier.prepare(LENGTH, 2, VOCABULARY)
    classifier.reset(1)
    fit(classifier, examples)
    layer = next(each for each in classifier._model.layers if "normalization" in each.name)
    before = [np.array(each) for each in layer.get_weights()]
    assert not np.allclose(before[2], 0), "training has moved the mean"
    expected = classifier.predict_proba(examples.x)
    passes = classifier.dropout_probabilities(examples.x, 3, 5)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    np.testing.assert_array_equal(classifier.predict_proba(examples.x), expected)
    alone = classifier.dropout_probabilities(examples.x[:1], 3, 5)
    np.testing.assert_allclose(passes[:, :1], alone, atol=1e-6, err_msg="nor did the batch's own mean count")
