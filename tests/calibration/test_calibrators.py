"""What every calibrator keeps to, and what each one promises."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.calibration import REGISTRY
from al_core.calibration.base import FLOOR, inside
from al_core.calibration.isotonic import FEWEST, Isotonic
from al_core.calibration.temperature import HIGHEST, LOWEST, PULL, Temperature
from al_core.evaluation.metrics import measure

CALIBRATORS = {
    "none": REGISTRY["none"].create({}),
    "temperature": REGISTRY["temperature"].create({}),
    "isotonic": REGISTRY["isotonic"].create({"fewest": 2}),
}
ACTIVE = [name for name, each in CALIBRATORS.items() if not each.passive]


@st.composite
def validations(draw, most=60, classes=None):
    """Return probabilities (n, C) and labels (n,): sure, unsure, right, wrong, of one class or of all."""
    n_classes, n = classes or draw(st.integers(2, 6)), draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    sharp = draw(st.sampled_from([0.02, 0.3, 1.0, 20.0]))
    p = rng.dirichlet(np.full(n_classes, sharp), n)
    p = np.nan_to_num(p, nan=1 / n_classes)
    if draw(st.booleans()):
        p = p.astype(np.float32).astype(np.float64)
    told = draw(st.sampled_from(["right", "wrong", "chance", "one class"]))
    labels = {
        "right": p.argmax(1),
        "wrong": p.argmin(1),
        "chance": rng.integers(0, n_classes, n),
        "one class": np.zeros(n, np.int64),
    }[told]
    return p, labels.astype(np.int32)


@pytest.mark.parametrize("name", ACTIVE)
@given(validations())
def test_calibrated_probabilities_are_probabilities(name, validation):
    p, y = validation
    calibrator = CALIBRATORS[name]
    fitted = calibrator.fit(p, y)
    edges = np.vstack([np.eye(p.shape[1]), np.full((1, p.shape[1]), 1 / p.shape[1]), p])
    found = calibrator.apply(fitted, edges)
    assert found.shape == edges.shape and found.dtype == np.float64
    assert np.isfinite(found).all() and (found > 0).all() and (found < 1).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    stacked = calibrator.apply(fitted, np.stack([edges, edges]))
    np.testing.assert_array_equal(stacked, np.stack([found, found]), "as with dropout")
    assert calibrator.apply(fitted, edges[:0]).shape == (0, p.shape[1])


@pytest.mark.parametrize("name", sorted(REGISTRY))
@given(validations(most=20))
@settings(max_examples=20)
def test_what_was_fitted_goes_through_a_file_without_pickle(name, validation):
    p, y = validation
    calibrator, file = CALIBRATORS[name], io.BytesIO()
    fitted = calibrator.fit(p, y)
    np.savez(file, allow_pickle=False, **fitted)
    file.seek(0)
    with np.load(file, allow_pickle=False) as loaded:
        again = {key: loaded[key] for key in loaded.files}
    np.testing.assert_array_equal(calibrator.apply(again, p), calibrator.apply(fitted, p))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_what_is_given_is_left_alone(name):
    rng = np.random.default_rng(0)
    p, y = rng.dirichlet([1, 1], 50), rng.integers(0, 2, 50)
    before, calibrator = p.copy(), CALIBRATORS[name]
    calibrator.apply(calibrator.fit(p, y), p)
    np.testing.assert_array_equal(p, before)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_what_is_not_a_number_stays_none_of_them(name):
    p, y = np.array([[0.3, 0.7], [np.nan, np.nan], [0.6, 0.4]]), np.array([1, 0, 0])
    calibrator = CALIBRATORS[name]
    found = calibrator.apply(calibrator.fit(p, y), p)
    assert np.isnan(found[1]).all() and np.isfinite(found[[0, 2]]).all()
    with pytest.raises(ValueError, match="NaN"):
        measure(found, y)


@pytest.mark.parametrize("name", ACTIVE)
def test_without_a_text_nothing_is_learned(name):
    calibrator, p = CALIBRATORS[name], np.array([[0.2, 0.8], [0.5, 0.5]])
    found = calibrator.apply(calibrator.fit(np.empty((0, 2)), np.empty(0, int)), p)
    np.testing.assert_allclose(found, p)


def test_inside_leaves_rows_alone_that_are():
    p = np.array([[0.25, 0.75, 0.0], [0.1, 0.2, 0.7]])
    found = inside(p)
    np.testing.assert_array_equal(found[1], p[1])
    assert found[0, 2] > 0.99 * FLOOR and found[0].sum() == pytest.approx(1, abs=1e-15)
    assert inside(p[1:]) is not None and np.shares_memory(inside(p[1:]), p)


@given(validations())
def test_temperature_keeps_the_order_of_classes_and_every_decision(validation):
    p, y = validation
    temperature = Temperature()
    found = temperature.apply(temperature.fit(p, y), p)
    order = np.argsort(p, axis=1, kind="stable")
    assert (np.diff(np.take_along_axis(found, order, axis=1), axis=1) >= -1e-15).all()
    top = np.sort(p, axis=1)
    clear = top[:, -1] - top[:, -2] > 1e-9
    np.testing.assert_array_equal(found.argmax(1)[clear], p.argmax(1)[clear])


@given(validations())
def test_temperature_never_fits_worse_than_the_raw_probabilities_up_to_its_pull(validation):
    p, y = validation
    temperature = Temperature()
    fitted = temperature.fit(p, y)
    degree = float(fitted["temperature"])
    assert LOWEST <= degree <= HIGHEST
    pull = 0.5 * (np.log(degree) / PULL) ** 2
    raw, calibrated = measure(p, y), measure(temperature.apply(fitted, p), y)
    assert len(y) * calibrated.loss + pull <= len(y) * raw.loss + 1e-5 * len(y)
    assert calibrated.accuracy == raw.accuracy or len(np.unique(p)) < p.size, "ties apart"


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("classes", [2, 5])
def test_temperature_finds_the_one_that_labels_were_drawn_with(true, classes):
    rng = np.random.default_rng(1)
    logits = 3 * rng.normal(size=(20_000, classes))

    def softmax(z):
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    held = softmax(logits / true)
    y = (rng.random((20_000, 1)) > held.cumsum(axis=1)).sum(axis=1).clip(0, classes - 1)
    found = float(Temperature().fit(softmax(logits), y)["temperature"])
    assert found == pytest.approx(true, rel=0.05)


@pytest.mark.parametrize("n", [5, 20, 200])
def test_a_few_texts_all_right_do_not_make_a_model_sure_of_everything(n):
    p = np.tile([0.1, 0.9], (n, 1))
    for temperature in (Temperature(), Isotonic()):
        found = temperature.apply(temperature.fit(p, np.ones(n, int)), np.array([[0.4, 0.6], [0.1, 0.9]]))
        # By the rule of three, n texts without an error leave room for one error in n / 3.
        assert 0.6 <= found[0, 1] < 0.75 and 0.9 <= found[1, 1] < 1 - 1 / (4 * n)


def test_one_wrong_and_sure_text_of_twenty_makes_the_model_meeker_and_not_clueless():
    p = np.tile([1e-7, 1 - 1e-7], (20, 1))
    y = np.array([0] + [1] * 19)
    found = Temperature().apply(Temperature().fit(p, y), p[:1])
    assert 0.9 < found[0, 1] < 0.995


@given(validations(classes=2))
def test_isotonic_rises(validation):
    p, y = validation
    calibrator = CALIBRATORS["isotonic"]
    line = np.linspace(0, 1, 101)
    found = calibrator.apply(calibrator.fit(p, y), np.column_stack([1 - line, line]))
    assert (np.diff(found[:, 1]) >= -1e-12).all()


@given(validations())
@settings(max_examples=50)
def test_an_isotonic_curve_is_no_surer_than_its_texts_allow(validation):
    p, y = validation
    calibrator = CALIBRATORS["isotonic"]
    fitted = calibrator.fit(p, y)
    if "temperature" not in fitted:
        for c in range(1 if p.shape[1] == 2 else 0, p.shape[1]):
            curve = fitted[f"calibrated/{c}"]
            assert (curve >= 1 / (len(y) + 2) - 1e-12).all() and (np.diff(curve) >= 0).all()
            assert (curve <= 1 - 1 / (len(y) + 2) + 1e-12).all()


def test_isotonic_may_change_decisions_and_mends_what_a_temperature_cannot():
    rng = np.random.default_rng(0)
    raw = rng.random(5000)
    held = np.clip(raw + 0.3, 0, 1)  # off to one side
    y = (rng.random(5000) < held).astype(np.int32)
    p = np.column_stack([1 - raw, raw])
    losses = {}
    for name in ACTIVE:
        found = CALIBRATORS[name].apply(CALIBRATORS[name].fit(p[:2500], y[:2500]), p[2500:])
        losses[name] = measure(found, y[2500:]).loss
        assert (measure(found, y[2500:]).accuracy > measure(p[2500:], y[2500:]).accuracy) == (
            name == "isotonic"
        )
    assert losses["isotonic"] < losses["temperature"] - 0.05


@pytest.mark.parametrize("n", [5, 20, FEWEST - 1, FEWEST])
def test_isotonic_needs_enough_texts(n):
    rng = np.random.default_rng(0)
    p, y = rng.dirichlet([1, 1, 1], n), np.arange(n) % 3
    fitted = REGISTRY["isotonic"].create({}).fit(p, y)
    assert ("temperature" in fitted) == (n < FEWEST)
    if n < FEWEST:
        assert fitted == Temperature().fit(p, y)


def test_isotonic_needs_every_class():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 2000)
    assert "temperature" in REGISTRY["isotonic"].create({}).fit(p, np.arange(2000) % 2)


def test_more_classes_than_two_have_a_curve_each():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 2000)
    y = (rng.random((2000, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    calibrator = REGISTRY["isotonic"].create({})
    fitted = calibrator.fit(p, y)
    assert set(fitted) == {f"{kind}/{c}" for kind in ("raw", "calibrated") for c in range(3)}
    assert np.abs(calibrator.apply(fitted, p) - p).mean() < 0.05, "they held already"


def test_listing_the_entries_imports_nothing_heavy():
    code = (
        "import sys, al_core.calibration as c, al_core.calibration.calibrated\n"
        "assert set(c.REGISTRY) == {'none', 'temperature', 'isotonic'}\n"
        "print([m for m in ('scipy', 'sklearn', 'keras', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
