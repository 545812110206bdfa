"""One battery that every classifier passes, whatever it reads."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from al_core import seeding
from al_core.classifiers import REGISTRY, Classifier, saved
from al_core.classifiers.base import Epoch, Examples, FitHooks
from al_core.classifiers.keras_classifier import KerasClassifier
from al_core.classifiers.training import Training
from al_core.config import Component
from al_core.errors import Interrupted, WorkbenchError
from al_core.features import REGISTRY as FEATURES

pytestmark = pytest.mark.xdist_group("networks")  # two processes pay for TensorFlow: this one, and "keras"

TRAINING = {"epochs": 3, "patience": 2, "batch_size": 16, "learning_rate": 0.02}
SMALL = {
    "attention": {"embedding": 6, "heads": 2, "feed_forward": 8, **TRAINING},
    "bilstm": {"embedding": 6, "units": 4, "dense": 5, **TRAINING},
    "ngram_bag": {"embedding": 6, "buckets": 20, **TRAINING, "learning_rate": 0.1},
    "pretrained": {"dense": 16, **TRAINING},
    "small_network": {"dense": 64, **TRAINING, "learning_rate": 0.01},
    "text_cnn": {"embedding": 6, "filters": 4, **TRAINING},
}
"""Settings small enough for tests; a classifier without any is small already."""

VOCABULARY, LENGTH = 12, 6
CLASSES = pytest.mark.parametrize("classes", [2, 3])
TEXTS = [
    "the film is good",
    "the film is bad",
    "",
    "zyxwvut qqq",
    "der Film ist gut und der Hund schläft",
    "この映画は素晴らしい",
    "यह फिल्म अच्छी है",
    "😀 good 😡",
    "<b>__import__('os')</b>\x00\n\t",
    "good " * 500,
]
seeds = partial(seeding.integer, 7)


@dataclass(eq=False)
class Bench:
    """One entry and its classifiers, each built once: `reset` makes them new, and keeps the graph."""

    name: str
    settings: dict[str, Any]
    _made: dict[tuple[int, bool], Classifier] = field(default_factory=dict)

    @property
    def reads(self) -> str:
        return REGISTRY[self.name].build.reads

    def data(self, classes: int, n: int = 120) -> Examples:
        """Return texts of which one word tells the class, nine times out of ten."""
        rng = np.random.default_rng(0)
        labels = rng.integers(0, classes, n).astype(np.int32)
        ids = rng.integers(5, VOCABULARY, (n, LENGTH)).astype(np.int32)
        ids[:, 0] = np.where(rng.random(n) < 0.9, labels, rng.integers(0, classes, n)) + 2
        ids[:20, 4:] = -1 if self.reads == "subwords" else 0  # short texts
        ids[-1] = [2, 3, -1, -1, -1, -1] if self.reads == "subwords" else 0  # an empty text
        if self.reads != "vectors":
            return Examples(ids, labels)
        counts = np.stack([(ids == word).sum(axis=1) for word in range(2, VOCABULARY)], axis=1)
        counts[:, : classes + 1] *= 3
        return Examples(csr_matrix(counts / 10, dtype=np.float32), labels)

    def recipe(self, classes: int, width: int = 0) -> saved.Recipe:
        width = width or self.data(classes).x.shape[1]
        return saved.Recipe(Component(name=self.name, params=self.settings), width, classes, VOCABULARY)

    def fresh(self, classes: int = 2, seed: int = 1, *, twin: bool = False) -> Any:
        """Return a classifier without a past; with `twin` the second of two."""
        if (classes, twin) not in self._made:
            self._made[classes, twin] = saved.clone(self.recipe(classes), seed)
        self._made[classes, twin].reset(seed)
        return self._made[classes, twin]


@pytest.fixture(scope="module", params=sorted(REGISTRY))
def bench(request):
    from al_core import devices

    devices.setup()
    settings: dict[str, Any] = dict(SMALL.get(request.param, {}))
    if REGISTRY[request.param].build.reads == "subwords":
        settings["preset"] = request.getfixturevalue("tiny_encoder")
    return Bench(request.param, settings)


def take(examples: Examples, rows) -> Examples:
    return Examples(examples.x[rows], examples.y[rows])


def fit(classifier, examples: Examples, rows=slice(0, 80), **words) -> tuple[Epoch, ...]:
    """Fit on whole batches: for a part of one, Keras would trace its graph once more."""
    words = {"keep_best": False, "resume": False, "hooks": FitHooks(lambda n: None, lambda e: None)} | words
    hooks = words.pop("hooks")
    return classifier.fit(take(examples, rows), take(examples, slice(80, 110)), seeds, hooks, **words)


def through_a_file(state: dict) -> dict:
    """Without pickle, as a checkpoint goes."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as loaded:
        return {name: loaded[name] for name in loaded.files}


def same(one: Any, other: Any) -> bool:
    return np.array_equal(*(each.toarray() if hasattr(each, "toarray") else each for each in (one, other)))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_some_features_fit_and_the_entry_says_what_it_does(name):
    build = REGISTRY[name].build
    assert any(entry.build.gives == build.reads for entry in FEATURES.values())
    assert build.gives <= {"embeddings", "dropout"}
    classifier = REGISTRY[name].create({})
    assert classifier.most_epochs >= 1 and 0 < classifier.seconds_per_text(100) < 1


@CLASSES
def test_it_learns_and_tells_how_far_it_is(bench, classes):
    examples, told, texts = bench.data(classes), [], []
    epochs = fit(bench.fresh(classes), examples, hooks=FitHooks(texts.append, lambda e: told.append(e)))
    assert list(epochs) == told and [each.number for each in epochs] == list(range(1, len(epochs) + 1))
    assert sum(texts) == 80 * len(epochs)
    assert epochs[-1].val_accuracy > 1 / classes and epochs[-1].seconds > 0
    assert np.isfinite([(e.loss, e.accuracy, e.val_loss) for e in epochs]).all()


@CLASSES
def test_probabilities_are_probabilities(bench, classes):
    examples, classifier = bench.data(classes), bench.fresh(classes)
    for _ in range(2):  # of fresh weights, then of fitted ones
        found = classifier.predict_proba(examples.x)
        assert found.shape == (120, classes) and found.dtype == np.float64
        assert np.isfinite(found).all() and (found >= 0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
        fit(classifier, examples)
    assert classifier.predict_proba(examples.x[:0]).shape == (0, classes)


def test_the_same_seed_gives_the_same_predictions(bench):
    examples = bench.data(2)
    one, other = bench.fresh(), bench.fresh(twin=True)
    fit(one, examples)
    expected = one.predict_proba(examples.x)
    fit(other, examples)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected)
    fit(other, examples, slice(0, 32))
    other.reset(1)
    fit(other, examples)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected, "what came before is forgotten")


def test_another_seed_gives_another_start_and_every_weight_its_own(bench):
    if not isinstance(one := bench.fresh(), KerasClassifier):
        pytest.skip("nothing is random")
    drawn = one.fresh_weights(1)
    assert all(np.array_equal(a, b) for a, b in zip(drawn, one.fresh_weights(1), strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(drawn, one.fresh_weights(2), strict=True))
    random = [each for each in drawn if each.ndim > 1 and each.std() > 0]
    for a, b in combinations(random, 2):
        assert a.shape != b.shape or not np.array_equal(a, b)


def test_saved_and_restored_elsewhere_it_is_the_same(bench):
    examples, one = bench.data(2), bench.fresh()
    fit(one, examples)
    expected, state = one.predict_proba(examples.x), through_a_file(one.state())
    fit(one, examples, slice(0, 16))
    other = bench.fresh(seed=2, twin=True)
    other.restore(state)
    np.testing.assert_array_equal(other.predict_proba(examples.x), expected)
    one.restore(state)
    np.testing.assert_array_equal(one.predict_proba(examples.x), expected)
    one.use_best()
    other.use_best()
    np.testing.assert_array_equal(other.predict_proba(examples.x), one.predict_proba(examples.x))


@CLASSES
def test_a_state_is_a_copy(bench, classes):
    examples, classifier = bench.data(classes), bench.fresh(classes)
    fit(classifier, examples)
    state = classifier.state()
    kept = {key: value.copy() for key, value in state.items()}
    expected = classifier.predict_proba(examples.x)
    fit(classifier, examples, slice(0, 16))
    for key, value in state.items():
        np.testing.assert_array_equal(value, kept[key])
    classifier.restore(state)
    np.testing.assert_array_equal(classifier.predict_proba(examples.x), expected)


def test_a_saved_model_gives_the_same_answers_and_gifts(bench, tmp_path):
    examples, one = bench.data(3), bench.fresh(3)
    fresh = one.predict_proba(examples.x)
    np.testing.assert_array_equal(saved.clone(bench.recipe(3), 1).predict_proba(examples.x), fresh)
    fit(one, examples)
    path = tmp_path / "model.npz"
    saved.save(path, bench.recipe(3), one)
    recipe, other = saved.load(path)
    assert (recipe.classifier.name, recipe.width, recipe.n_classes) == (bench.name, examples.x.shape[1], 3)
    assert recipe.classifier.params == REGISTRY[bench.name].settings(bench.settings), "defaults written out"
    np.testing.assert_array_equal(other.predict_proba(examples.x), one.predict_proba(examples.x))
    assert same(other.embed(examples.x), one.embed(examples.x))
    if "dropout" in one.gives:
        passes = one.dropout_probabilities(examples.x, 2, 5)
        np.testing.assert_array_equal(other.dropout_probabilities(examples.x, 2, 5), passes)


def test_resumed_after_any_epoch_the_fit_ends_the_same(bench):
    examples, states, classifier = bench.data(2), [], bench.fresh()
    hooks = FitHooks(lambda n: None, lambda e: states.append(through_a_file(classifier.state())))
    whole, expected = fit(classifier, examples, hooks=hooks), classifier.predict_proba(examples.x)
    for state in states:
        other = bench.fresh(seed=3, twin=True)
        other.restore(state)
        resumed = fit(other, examples, resume=True)
        assert [(e.number, e.loss, e.val_loss) for e in resumed] == [
            (e.number, e.loss, e.val_loss) for e in whole
        ]
        np.testing.assert_array_equal(other.predict_proba(examples.x), expected)


def test_an_interruption_passes_through(bench):
    def stop(texts):
        raise Interrupted

    with pytest.raises(Interrupted):
        fit(bench.fresh(), bench.data(2), hooks=FitHooks(stop, lambda e: None))


def test_the_best_weights_stay_the_ones_to_beat_if_wanted(bench):
    examples = bench.data(2)
    misled = Examples(examples.x, np.where(np.arange(120) < 80, 1 - examples.y, examples.y).astype(np.int32))
    for keep_best, better in ((True, True), (False, False)):
        classifier = bench.fresh()
        fit(classifier, examples)
        classifier.use_best()
        good = classifier.predict_proba(examples.x)
        fit(classifier, misled, keep_best=keep_best)
        classifier.use_best()
        assert np.array_equal(classifier.predict_proba(examples.x), good) is better


@CLASSES
def test_one_class_only(bench, classes):
    examples, classifier = bench.data(classes), bench.fresh(classes)
    epochs = fit(classifier, examples, np.flatnonzero(examples.y[:80] == 1)[:16])
    found = classifier.predict_proba(examples.x)
    assert np.isfinite(found).all() and np.isfinite(epochs[-1].val_loss)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_texts_of_any_kind(bench):
    """Empty, unknown words, German, Japanese and Hindi, emoji, markup, and far too long."""
    name = REGISTRY[bench.name].build.usual_features
    known = {parameter.name for parameter in FEATURES[name].parameters}
    wanted = {"vocabulary": VOCABULARY, "length": LENGTH, "rarest": 1, "preset": bench.settings.get("preset")}
    features = FEATURES[name].create({key: value for key, value in wanted.items() if key in known})
    x = features.fit_transform(TEXTS, np.array([0, 1, 4, 5, 6]))
    if bench.reads == "vectors":
        classifier = saved.clone(bench.recipe(2, x.shape[1]), 1)
    else:
        assert x.shape == (len(TEXTS), LENGTH)
        classifier = bench.fresh()
    examples = Examples(x, np.arange(len(TEXTS), dtype=np.int32) % 2)
    rows = np.arange(16) % len(TEXTS)  # a whole batch
    hooks = FitHooks(lambda n: None, lambda e: None)
    training, validation = take(examples, rows), take(examples, rows[:4])
    classifier.fit(training, validation, seeds, hooks, keep_best=False, resume=False)
    found, embedded = classifier.predict_proba(x), classifier.embed(x)
    assert found.shape == (len(TEXTS), 2) and np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert embedded.shape[0] == len(TEXTS)
    assert np.isfinite(embedded.toarray() if hasattr(embedded, "toarray") else embedded).all()
    if "dropout" in classifier.gives:
        assert np.isfinite(classifier.dropout_probabilities(x, 2, 0)).all()


def test_dense_rows_and_csr_rows_give_the_same(bench):
    if bench.reads != "vectors":
        pytest.skip("reads no vectors")
    examples, found = bench.data(2), []
    for x in (examples.x, examples.x.toarray()):
        classifier = bench.fresh()
        fit(classifier, Examples(x, examples.y))
        found.append(classifier.predict_proba(x))
    np.testing.assert_allclose(found[1], found[0], atol=1e-4)


def test_padding_carries_no_weight(bench):
    if bench.reads != "ids" or bench.name == "bilstm":  # the published network reads its padding
        pytest.skip("has no padding of its own")
    examples, classifier = bench.data(2), bench.fresh()
    expected = classifier.predict_proba(examples.x)
    table = next(each for each in classifier._model.weights if each.shape == (VOCABULARY, 6))
    values = np.array(table)
    values[0] = 100
    table.assign(values)
    np.testing.assert_allclose(classifier.predict_proba(examples.x), expected, atol=1e-6)
    values[2] = 100
    table.assign(values)
    assert not np.allclose(classifier.predict_proba(examples.x), expected, atol=1e-3), "but words do"


def test_in_mixed_precision_the_answer_stays_float32(bench):
    if not isinstance(bench.fresh(), KerasClassifier):
        pytest.skip("is no network")
    classifier = REGISTRY[bench.name].create(bench.settings | {"precision": "mixed_bfloat16"})
    classifier.prepare(LENGTH, 3, VOCABULARY)
    model = classifier._model
    assert model.output.dtype == "float32" and model.layers[-1].variable_dtype == "float32"
    assert any(layer.compute_dtype == "bfloat16" for layer in model.layers if layer.weights)


@CLASSES
def test_embeddings_are_what_the_head_reads(bench, classes):
    examples, classifier = bench.data(classes), bench.fresh(classes)
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


def test_passes_with_dropout_differ_and_come_again(bench):
    examples, classifier = bench.data(2), bench.fresh()
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
    examples = Bench("bilstm", {}).data(2)
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
