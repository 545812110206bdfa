"""Models on record, and their predictions on disk."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from al_core import paths
from al_core.evaluation.metrics import measure
from al_core.labelling import models


def write(store, session_id, version, event_id=7, **details):
    with store.write() as connection:
        models.write(
            connection,
            session_id,
            version=version,
            event_id=event_id,
            labels=30 * version,
            validation_labels=10,
            seconds=0.5,
            details={"validation": None, "stop_set": {"predicted": [0, 1], "uncertainty": 0.5}} | details,
        )


def test_versions_read_back_the_oldest_first(store, new_session):
    session_id, other = new_session(), new_session()
    assert models.latest(store, session_id) is None and models.versions(store, session_id) == []
    assert models.seen(store, session_id) == 0
    for version in (1, 2, 10):
        write(store, session_id, version, event_id=version * 5)
    write(store, other, 1, event_id=99)
    found = models.versions(store, session_id)
    assert [each.version for each in found] == [1, 2, 10]
    assert models.latest(store, session_id) == found[-1] and models.seen(store, session_id) == 50
    assert (found[1].labels, found[1].validation_labels, found[1].spent) == (60, 10, 70)


def test_a_number_is_given_once(store, new_session):
    session_id = new_session()
    write(store, session_id, 1)
    with pytest.raises(IntegrityError):
        write(store, session_id, 1)
    assert len(models.versions(store, session_id)) == 1


def test_what_is_found_out_later_is_added(store, new_session):
    session_id = new_session()
    write(store, session_id, 1)
    write(store, session_id, 2)
    models.complete(store, session_id, 2, {"validation": None, "paying": {"labels": 20}})
    one, two = models.versions(store, session_id)
    assert "paying" not in one.details and two.details["paying"] == {"labels": 20}


def test_an_observation_needs_validation(store, new_session):
    session_id = new_session()
    write(store, session_id, 1)
    assert models.versions(store, session_id)[0].observation() is None
    metrics = measure(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 0]))
    write(store, session_id, 2, validation=metrics.to_dict())
    write(store, session_id, 3, validation=metrics.to_dict(), stop_set=None)
    _, two, three = models.versions(store, session_id)
    assert two.validation == metrics
    found, without = two.observation(), three.observation()
    assert found and (found.round, found.labels, found.validation) == (2, 70, metrics)
    assert found.stop_set and found.stop_set.predicted.tolist() == [0, 1]
    assert without and without.stop_set is None


def test_the_predictions_of_the_last_versions_are_kept(home):
    for version in range(1, 7):
        models.keep_predictions("s", version, np.full((4, 2), version / 10))
    kept = sorted(each.name for each in paths.labelling("s").iterdir())
    assert kept == ["predictions-4.npy", "predictions-5.npy", "predictions-6.npy"] and models.KEPT == 3
    assert models.predictions("s", 3) is None and models.prediction("s", 3, 0) is None
    found = models.prediction("s", 5, 2)
    assert found is not None and found.dtype == np.float32 and found.tolist() == pytest.approx([0.5, 0.5])


def test_predictions_that_cannot_be_read_are_unknown(home):
    models.keep_predictions("s", 1, np.ones((3, 2)))
    path = paths.labelling("s") / "predictions-1.npy"
    for damaged in (b"", b"nothing of the kind", path.read_bytes()[:130]):
        path.write_bytes(damaged)
        assert models.predictions("s", 1) is None
    assert models.name(12) == "v12"
