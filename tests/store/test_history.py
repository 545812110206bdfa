"""Rounds, epochs and queries: what goes in comes out, once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from al_core.classifiers.base import Epoch
from al_core.loop import BASELINE
from al_core.oracles import ABSTAINED
from al_core.stopping import StopSet
from al_core.store import frames, history, runs


def test_a_round_comes_back_number_for_number(store, new_run, new_round):
    run_id = new_run()
    made = [new_round(number) for number in (BASELINE, 0, 1, 2)]
    assert all(history.commit_round(store, run_id, each) for each in made)
    found = history.done_rounds(store, run_id)
    assert [each.number for each in found] == [-1, 0, 1, 2]
    for one, other in zip(made, found, strict=True):
        assert history.differences(one, other) == []
        assert (one.seconds, one.verdicts, one.epochs) == (other.seconds, other.verdicts, other.epochs)
        assert (one.test, one.uncalibrated) == (other.test, other.uncalibrated)
        assert one.cost == other.cost and (one.stop_set is None) == (other.stop_set is None)
        if one.stop_set is not None and other.stop_set is not None:
            assert one.stop_set.uncertainty == other.stop_set.uncertainty
            assert other.stop_set.predicted.dtype == np.int32
            np.testing.assert_array_equal(one.stop_set.predicted, other.stop_set.predicted)
        assert other.asked.rows.dtype == np.int64 and other.asked.labels.dtype == np.int32
    assert found[0].asked.scores is None


def test_a_committed_round_stays_as_it_is(store, new_run, new_round):
    run_id = new_run()
    first = new_round(1)
    assert history.commit_round(store, run_id, first)
    assert not history.commit_round(store, run_id, new_round(1, n=2, accuracy=0.1, seconds=9.0))
    (found,) = history.done_rounds(store, run_id)
    assert history.differences(first, found) == [] and found.seconds == first.seconds
    assert runs.run(store, run_id).test_accuracy == 0.75


def test_a_round_is_written_whole_or_not_at_all(store, new_run, new_round):
    run_id, broken = new_run(), new_round(1)
    broken = replace(broken, epochs=(broken.epochs[0], broken.epochs[0]))
    with pytest.raises(IntegrityError):
        history.commit_round(store, run_id, broken)
    assert history.done_rounds(store, run_id) == []
    assert frames.query_page(store, run_id).total == 0 and runs.run(store, run_id).labels == 0


def test_the_summary_follows_the_rounds(store, new_run, new_round):
    run_id = new_run()
    history.commit_round(store, run_id, new_round(BASELINE, accuracy=0.99))
    assert runs.run(store, run_id).test_accuracy is None
    history.commit_round(store, run_id, new_round(0, accuracy=0.5))
    history.commit_round(store, run_id, new_round(1, accuracy=0.6))
    found = runs.run(store, run_id)
    assert (found.rounds_done, found.labels, found.test_accuracy) == (1, 103, 0.6)
    assert found.validation_labels == 4


def test_epochs_are_there_live_and_replays_change_nothing(store, new_run, new_round):
    run_id = new_run()
    assert history.add_epoch(store, run_id, 1, Epoch(1, 0.5, 0.5, 0.5, 0.5, 1.0))
    assert not history.add_epoch(store, run_id, 1, Epoch(1, 0.5, 0.5, 0.5, 0.5, 2.0))
    history.add_epoch(store, run_id, 1, Epoch(3, 0.1, 0.5, 0.5, 0.5, 1.0))
    assert frames.epoch_frame(store, run_id)["seconds"].tolist() == [1.0, 1.0]
    history.commit_round(store, run_id, new_round(1))
    frame = frames.epoch_frame(store, run_id)
    assert frame["epoch"].tolist() == [1, 2], "a committed round has its own epochs and no others"
    assert frame["loss"].tolist() == [1 / 3, 1 / 6]


def test_scores_may_be_missing(store, new_run, new_round):
    run_id = new_run()
    made = new_round(1)
    none = replace(made, asked=replace(made.asked, scores=None, predicted=None))
    history.commit_round(store, run_id, none)
    some = replace(made, number=2, asked=replace(made.asked, scores=np.array([1.0, np.nan, -np.inf])))
    history.commit_round(store, run_id, some)
    found = history.done_rounds(store, run_id)
    assert found[0].asked.scores is None and found[0].asked.predicted is None
    assert history.differences(found[1], some) == []


def test_an_abstention_comes_back_and_is_no_label(store, new_run, new_round):
    run_id, made = new_run(), new_round(1)
    open_one = replace(made, asked=replace(made.asked, labels=np.array([1, ABSTAINED, 1], np.int32)))
    history.commit_round(store, run_id, open_one)
    (found,) = history.done_rounds(store, run_id)
    assert found.asked.labels.tolist() == [1, ABSTAINED, 1] and history.differences(found, open_one) == []
    assert frames.queried_counts(store, run_id)["count"].tolist() == [0, 2]
    none = np.full(3, ABSTAINED, np.int32)
    history.commit_round(store, run_id, replace(made, number=2, asked=replace(made.asked, labels=none)))
    assert frames.queried_counts(store, run_id)["count"].tolist() == [0, 2, 0, 0]


def test_differences_are_named(new_round):
    one = new_round(1)
    assert history.differences(one, replace(one, seconds={})) == []
    other = replace(new_round(1, accuracy=0.5), asked=replace(one.asked, scores=None), labels=1)
    assert history.differences(one, other) == ["labels", "validation", "test", "uncalibrated", "scores"]
    assert history.differences(one, replace(one, cost=0.2, stop_set=None)) == ["cost", "stop set"]
    assert history.differences(one, replace(one, uncalibrated=None)) == ["uncalibrated"]
    before = replace(one.test, brier=None, reliability=())
    assert history.differences(one, replace(one, test=before)) == [], "bins were not measured then"
    apart = replace(one.test, seen=0.9, unseen=0.7)
    assert history.differences(one, replace(one, test=apart)) == [], "copies were not measured apart then"
    first = replace(one.test, first=((7, 1),))
    assert history.differences(one, replace(one, test=first)) == [], "nor were the first texts kept"
    other = replace(one, test=replace(first, first=((7, 0),)))
    assert history.differences(replace(one, test=first), other) == ["test"]
    other = replace(one, test=replace(apart, seen=0.8))
    assert history.differences(replace(one, test=apart), other) == ["test"]
    for changed in (StopSet(np.array([0, 1, 0]), 1 / 3), StopSet(np.array([0, 1, 1]), 0.3)):
        assert history.differences(one, replace(one, stop_set=changed)) == ["stop set"]


def test_what_copies_got_right_is_kept_apart(store, new_run, new_round):
    run_id, done = new_run(), new_round(0)
    done = replace(done, test=replace(done.test, seen=0.9, unseen=0.7, first=((7, 1), (3, 0))))
    history.commit_round(store, run_id, done)
    last = frames.round_frame(store, run_id).iloc[-1]
    assert (last["test_seen"], last["test_unseen"]) == (0.9, 0.7)
    assert last["test_first"] == [[7, 1], [3, 0]]
    assert history.done_rounds(store, run_id)[-1].test == done.test


def test_frames(store, new_run, new_round):
    run_id = new_run()
    empty = frames.round_frame(store, run_id)
    assert len(empty) == 0 and frames.epoch_frame(store, run_id).empty
    for number in (BASELINE, 0, 1):
        history.commit_round(store, run_id, new_round(number))
    frame = frames.round_frame(store, run_id)
    assert list(frame.columns) == list(empty.columns)
    last = frame.iloc[-1]
    assert (last["round"], last["labels"], last["test_fn"], last["validation_fp"]) == (1, 103, 1, 0)
    assert (last["seconds_fit"], last["test_n"], last["test_fn_rate"]) == (1.5, 4, 0.5)
    assert last["test_confusion"] == [[2, 0], [1, 1]]
    assert frame["cost"].tolist() == [-0.1, 0, 0.1]
    assert last["test_reliability"] == [[1, 0.6, 0.0], [3, pytest.approx(2 / 3 + 0.2), 1.0]]
    assert last["test_ece"] == last["uncalibrated_ece"] == pytest.approx((0.6 + 3 * (1 / 3 - 0.2)) / 4)
    assert last["test_brier"] == pytest.approx(0.2) and last["uncalibrated_brier"] == 0.3
    assert frame["test_seen"].isna().all() and frame["test_unseen"].dtype == "float64"
    assert frame["uncalibrated_loss"].isna().tolist() == [True, False, False]
    assert frame["uncalibrated_reliability"].tolist()[0] is None
    counts = frames.queried_counts(store, run_id)
    assert counts.values.tolist() == [[1, 0, 2], [1, 1, 1]]
    page = frames.query_page(store, run_id, 1, limit=2, offset=1)
    assert page.total == 3 and page.frame["row"].tolist() == [7, 14]
    assert frames.query_page(store, run_id, 2).total == 0


def test_verdicts_are_one_line_per_round_and_criterion(store, new_run, new_round):
    run_id = new_run()
    empty = frames.verdict_frame(store, run_id)
    for number in (0, 1):
        history.commit_round(store, run_id, new_round(number))
    frame = frames.verdict_frame(store, run_id)
    assert list(frame.columns) == list(empty.columns) and len(empty) == 0
    assert frame["value"].dtype == empty["value"].dtype == np.float64
    assert frame[["round", "labels", "place", "criterion", "threshold", "stop"]].values.tolist() == [
        [0, 100, 0, "accuracy_at_least", 0.9, False],
        [0, 100, 1, "kappa", 0.99, False],
        [1, 103, 0, "accuracy_at_least", 0.9, False],
        [1, 103, 1, "kappa", 0.99, False],
    ]
    np.testing.assert_array_equal(frame["value"], [0.75, np.nan, 0.75, np.nan])
