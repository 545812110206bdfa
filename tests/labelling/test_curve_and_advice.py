"""The curve on today's labels, and what is made of it: go on, or stop."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.evaluation.estimates import estimate, wilson
from al_core.evaluation.metrics import measure
from al_core.labelling import advice
from al_core.labelling.consensus import Labels
from al_core.labelling.curve import Curve
from al_core.labelling.models import ModelVersion

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def version(number, held_out, labels, predicted=(0, 1, 0, 1), validation_labels=10, **details):
    metrics = measure(np.array([[0.8, 0.2], [0.3, 0.7]]), np.array([0, 0]))
    told = {
        "held_out": list(held_out),
        "stop_set": {"predicted": list(predicted), "uncertainty": 0.5},
        "validation": metrics.to_dict() if validation_labels else None,
    }
    return ModelVersion("s", number, number, labels, validation_labels, 0.1, told | details, MOMENT)


def curve(said, truth, held_out=None, labelled=None, spent=None, changes=0, classes=2):
    """Return a curve: `said` (versions, v) of the validation set, `truth` (v,), spent labels by version.

    changes: so many of 1,000 texts of the stop set change from each version to the next.
    """
    said = np.asarray(said)
    held_out = np.arange(said.shape[1]) if held_out is None else np.asarray(held_out)
    labelled = np.arange(len(held_out)) if labelled is None else np.array(labelled, np.int64)
    order = labelled[np.argsort(held_out[labelled])]
    drawn = Labels(held_out[order].astype(np.int64), np.asarray(truth)[order].astype(np.int32))
    spent = [20 * (n + 1) for n in range(len(said))] if spent is None else spent
    versions = []
    for place, row in enumerate(said):
        stop = np.arange(1000) % 2
        stop[: changes * place] = 1 - stop[: changes * place]
        versions.append(version(place + 1, row, spent[place] - 10, stop))
    return Curve(versions, held_out, drawn, classes)


@given(st.data())
@settings(max_examples=40)
def test_every_version_is_measured_on_the_labels_of_today(data):
    n = data.draw(st.integers(1, 12))
    held_out = data.draw(st.permutations(range(50)))[:n]
    labelled = sorted(data.draw(st.sets(st.integers(0, n - 1))))
    said = data.draw(st.lists(st.lists(st.integers(0, 2), min_size=n, max_size=n), min_size=1, max_size=4))
    truth = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    found = curve(said, truth, held_out, labelled, classes=3)
    for row, worth in zip(said, found.estimates, strict=True):
        assert worth == estimate(np.array(row)[labelled], truth[labelled], 3)
    assert found.right.shape == (len(said), len(labelled))
    frame = found.frame()
    assert len(frame) == len(said) and (frame["validation_labels"] == len(labelled)).all()
    known = frame["accuracy"].dropna()
    assert (frame.loc[known.index, "accuracy_low"] <= known).all() and (known >= 0).all()
    assert len(found.observations()) == (len(said) if labelled else 0)
    for seen, worth in zip(found.observations(), found.estimates, strict=False):
        assert seen.validation.accuracy == worth.accuracy.value
        assert seen.validation.confusion == worth.confusion


def test_a_line_of_the_frame_by_hand():
    found = curve([[0, 0, 1, 1], [0, 1, 1, 1]], [0, 1, 1, 0], changes=100).frame()
    assert found["spent"].tolist() == [20, 40] and found["labels"].tolist() == [10, 30]
    assert found["accuracy"].tolist() == [0.5, 0.75]
    assert found["fn"].tolist() == [0.5, 0.0] and found["fp"].tolist() == [0.5, 0.5]
    share = wilson(3, 4)
    assert (found["accuracy_low"][1], found["accuracy_high"][1]) == (share.low, share.high)
    assert np.isnan(found["agreement"][0]) and found["agreement"][1] == pytest.approx(0.8)
    assert found["paying_asked"].isna().all()


def test_what_asking_paid_is_told_where_it_is_known():
    told = {"labels": 20, "asked": 0.9, "random": 0.8, "difference": 0.1, "low": -0.1, "high": 0.3}
    known = version(1, [0, 1], 20, paying=told)
    unknown = version(2, [0, 1], 30, paying=None, too_slow=True)
    labels = Labels(np.array([0, 1]), np.array([0, 1], np.int32))
    found = Curve([known, unknown], np.array([0, 1]), labels, 2).frame()
    assert found["paying_difference"][0] == 0.1 and found["paying_labels"][0] == 20
    assert found.loc[1, ["paying_labels", "paying_low"]].isna().all()


def test_errors_are_counted_as_metrics_count_them():
    seen = curve([[0, 0, 1, 1]], [1, 1, 1, 0]).observations()[0].validation
    assert (seen.n, seen.fn, seen.fp, seen.accuracy) == (4, 2, 1, 0.25)
    three = curve([[0, 2, 1, 1]], [1, 1, 1, 0], classes=3).observations()[0].validation
    assert (three.fn, three.fp) == (3, 3)


def test_without_models_or_labels_it_is_too_early():
    empty = Curve([], np.arange(5), Labels(np.empty(0, np.int64), np.empty(0, np.int32)), 2)
    assert empty.frame().empty and empty.observations() == []
    told = advice.advise(empty)
    assert (told.call, told.gain, told.changed, told.verdicts) == ("too early", None, None, ())
    assert "30 more labels of random texts" in told.words
    assert advice.verdict_frame(empty).empty
    few = curve(np.zeros((6, 40)), np.zeros(40), labelled=range(29))
    assert (
        advice.advise(few).words
        == "Too early to say: 1 more labels of random texts are needed to measure by."
    )
    young = curve(np.zeros((3, 40)), np.zeros(40))
    assert advice.advise(young).words == "Too early to say: it takes 4 models, and there are 3."
    same = curve(np.zeros((6, 40)), np.zeros(40), spent=[50] * 6)
    assert advice.advise(same).call == "too early" and "same labels" in advice.advise(same).words


@given(st.integers(2, 12), st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_flat_curve_gains_nothing(versions, texts, seed):
    """However right the models are: if each is right of the same texts, more labels are worth nothing."""
    right = np.random.default_rng(seed).random(texts) < 0.7
    found = advice.gain(np.tile(right, (versions, 1)), np.arange(1.0, versions + 1) * 10, seed)
    assert found and found.low - 1e-9 <= 0 <= found.high + 1e-9 and abs(found.value) < 1e-9


@given(st.integers(2, 12), st.integers(1, 60), st.integers(0, 1000), st.integers(1, 500))
@settings(max_examples=60)
def test_a_gain_lies_in_its_interval_and_can_be_any_history(versions, texts, seed, labels):
    rng = np.random.default_rng(seed)
    right, spent = rng.random((versions, texts)) < rng.random((versions, 1)), rng.integers(1, 900, versions)
    found = advice.gain(right, spent.astype(np.float64), seed, labels)
    if found is None:
        assert len(set(spent[-advice.WINDOW :].tolist())) == 1
        return
    assert np.isfinite([found.low, found.value, found.high]).all()
    assert found.low - 1e-9 <= found.high and found.labels == labels
    if texts > 30:
        assert found.low - 0.02 <= found.value <= found.high + 0.02
    assert found == advice.gain(right, spent.astype(np.float64), seed, labels), "seeded"


def test_the_gain_is_that_of_a_line_on_the_logarithm():
    spent = np.array([50.0, 100.0, 200.0, 400.0])
    right = np.zeros((4, 1000), bool)
    for row, share in enumerate((0.6, 0.65, 0.7, 0.75)):  # five points for each doubling
        right[row, : int(1000 * share)] = True
    found = advice.gain(right, spent, 0, 400)
    assert found and found.value == pytest.approx(0.05)
    assert 0.03 < found.low < 0.05 < found.high < 0.07


def test_a_flat_truth_is_inside_the_interval_about_as_often_as_promised():
    """Models that are right of each text by chance alone, all as often: the truth is a gain of 0."""
    rng = np.random.default_rng(0)
    spent, held = np.arange(1.0, 9) * 20, 0
    for n in range(200):
        found = advice.gain(rng.random((8, 60)) < 0.8, spent, n)
        assert found
        held += found.low <= 0 <= found.high
    assert 0.9 <= held / 200 <= 1


def rising(shares, n=200):
    """Return what versions say of texts that all are 1: the first so many are right."""
    return [[1] * int(share * n) + [0] * (n - int(share * n)) for share in shares]


def test_a_curve_that_rises_says_go_on():
    told = advice.advise(curve(rising([0.5, 0.6, 0.7, 0.8, 0.9]), np.ones(200), changes=100))
    assert told.call == "go on" and told.gain and told.gain.low > 0.01 and len(told.verdicts) == 4
    assert told.words.startswith("The next 100 labels may add +")


def test_a_curve_that_stays_says_stop():
    settled = advice.advise(curve(rising([0.8] * 12), np.ones(200)))
    assert settled.call == "stop" and settled.changed == 0.0 and settled.gain and settled.gain.high < 0.01


def test_an_interval_that_holds_more_says_soon():
    """No gain so far, but the models still change their minds, and few labels measure them."""
    rng = np.random.default_rng(3)
    said = (rng.random((8, 40)) < 0.7).astype(int)
    said[4:] = said[:4][::-1]
    told = advice.advise(curve(said, np.ones(40), spent=list(range(30, 190, 20)), changes=40))
    assert told.gain and told.gain.value < 0.01 < told.gain.high and told.changed and told.changed > 0.01
    assert told.call == "soon"
    still = advice.advise(curve(said, np.ones(40), spent=list(range(30, 190, 20)), changes=1))
    assert still.call == "stop", "predictions have settled, which bounds what accuracy can have gained"


def test_what_changed_is_counted_over_a_hundred_labels():
    said = np.ones((7, 40))
    assert advice.changed(curve(said, np.ones(40), changes=10)) == pytest.approx(0.05)
    assert advice.changed(curve(said[:5], np.ones(40), changes=10)) is None, "eighty labels apart"


def test_the_verdicts_are_those_of_each_version():
    found = advice.verdict_frame(curve(rising([0.5, 0.6, 0.7, 0.8, 0.9]), np.ones(200)))
    assert len(found) == 4 * 5 and set(found["criterion"]) == set(advice.CRITERIA)
    assert sorted(found.loc[found["criterion"] == "kappa", "labels"]) == [20, 40, 60, 80, 100]
    assert found["reason"].str.len().min() > 0
