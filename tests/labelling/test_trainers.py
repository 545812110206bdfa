"""The process behind a session, as the store knows it."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import event

from al_core.labelling import events, models, rankings, sessions, trainers
from al_core.labelling.records import Answer
from al_core.store import schema
from al_core.store.records import Process
from al_core.worker import process

ME, OTHER = process.this(), Process("elsewhere", 12, 34.5)


@pytest.fixture
def session_id(store, new_session):
    made = new_session(100, retrain_every=5)
    rankings.publish(store, made, np.arange(20), None, strategy="kmeans", model_version=None)
    return made


def due(store, session_id):
    return trainers.due(store, sessions.session(store, session_id), trainers.trainer(store, session_id))


def known(store, session_id):
    found = trainers.trainer(store, session_id)
    assert found is not None
    return found


def learned(store, session_id, version):
    with store.write() as connection:
        models.write(
            connection,
            session_id,
            version=version,
            event_id=events.latest(store, session_id),
            labels=5,
            validation_labels=0,
            seconds=0.1,
            details={},
        )


@pytest.fixture
def clock(monkeypatch):
    def move(seconds):
        monkeypatch.setattr(trainers, "now", lambda: schema.now() + timedelta(seconds=seconds))

    return move


def test_a_model_is_due_after_enough_new_labels(store, new_session, session_id, say):
    assert due(store, new_session()), "an order to begin with"
    assert not due(store, session_id)
    for item in range(4):
        say(session_id, item, "ann", 1)
    assert not due(store, session_id)
    say(session_id, 4, "ann", 0)
    assert due(store, session_id) and session_id in trainers.wanted(store)
    learned(store, session_id, 1)
    assert not due(store, session_id)


def test_skips_and_flags_bring_nothing_new(store, session_id, say):
    for item in range(9):
        say(session_id, item, "ann", kind="skip")
        say(session_id, item, "ann", kind="flag")
    assert not due(store, session_id)
    for item in range(3):
        say(session_id, item, "ann", 1)
    events.append(store, Answer(str(uuid.uuid4()), session_id, 50, "eve", "decide", 1))
    assert not due(store, session_id)
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    assert due(store, session_id), "labels, decisions and what was taken back may teach something"


def test_a_session_that_rests_wants_nothing(store, session_id):
    trainers.ask(store, session_id)
    assert due(store, session_id)
    sessions.pause(store, session_id)
    assert not due(store, session_id) and trainers.wanted(store) == []
    sessions.archive(store, session_id)
    assert trainers.wanted(store) == []


def test_of_two_processes_one_becomes_the_trainer(store, session_id):
    assert trainers.own(store, session_id, ME) and not trainers.own(store, session_id, OTHER)
    assert trainers.own(store, session_id, ME), "asked twice"
    assert not trainers.begin(store, session_id), "no third is started"
    assert trainers.heartbeat(store, session_id, ME, {"detail": "Training"})
    assert not trainers.heartbeat(store, session_id, OTHER, None)
    assert not trainers.end(store, session_id, OTHER) and known(store, session_id).state == "running"
    assert trainers.end(store, session_id, ME) and known(store, session_id).state == "idle"


def test_who_was_started_is_who_may_come(store, session_id):
    assert trainers.begin(store, session_id) and not trainers.begin(store, session_id)
    assert trainers.note_process(store, session_id, ME)
    assert not trainers.own(store, session_id, OTHER) and trainers.own(store, session_id, ME)
    assert not trainers.note_process(store, session_id, OTHER), "it has come forward itself"


def test_a_process_that_was_taken_for_dead_is_the_trainer_no_more(store, session_id):
    """It hears so at its next heartbeat; it must not keep the session from another one by beating on."""
    trainers.own(store, session_id, ME)
    assert trainers.fail(store, known(store, session_id), "Not heard of.")
    assert not trainers.heartbeat(store, session_id, ME, None)
    assert not trainers.end(store, session_id, ME)
    found = known(store, session_id)
    assert (found.state, found.message, found.failures) == ("failed", "Not heard of.", 1)


def test_a_failure_is_not_held_against_a_successor(store, session_id):
    trainers.own(store, session_id, ME)
    stale = known(store, session_id)
    trainers.end(store, session_id, ME)
    trainers.own(store, session_id, OTHER)
    assert not trainers.fail(store, stale, "Gone.") and known(store, session_id).state == "running"


def test_deaths_are_answered_by_patience_and_then_by_none(store, session_id, clock):
    trainers.ask(store, session_id)
    moment = 0.0
    for failures, wait in ((1, 5), (2, 10)):
        assert trainers.wanted(store) == [session_id] and trainers.begin(store, session_id)
        assert trainers.wanted(store) == [], "it has been started"
        assert trainers.fail(store, known(store, session_id), "Its process ended without a word.")
        assert known(store, session_id).failures == failures
        clock(moment + wait - 1)
        assert trainers.wanted(store) == []
        moment += wait + 1
        clock(moment)
    trainers.begin(store, session_id)
    trainers.fail(store, known(store, session_id), "Once more.")
    clock(1_000_000)
    assert trainers.wanted(store) == [] and known(store, session_id).failures == trainers.MOST_FAILURES
    trainers.ask(store, session_id)
    assert trainers.wanted(store) == [session_id], "whoever asks may try again"


def test_a_model_meets_the_requests_that_were_there_before_it(store, session_id):
    for _ in range(3):
        trainers.ask(store, session_id)
    trainers.own(store, session_id, ME)
    trainers.fail(store, known(store, session_id), "Failed.")
    trainers.begin(store, session_id)
    trainers.own(store, session_id, ME)
    trainers.waiting(store, session_id, "Waiting for labels of a second class.")
    trainers.answered(store, session_id, 2)
    found = known(store, session_id)
    assert (found.asked, found.failures, found.message) == (1, 0, "")
    assert due(store, session_id)
    trainers.answered(store, session_id, 1)
    assert known(store, session_id).asked == 0 and not due(store, session_id)


@pytest.mark.alone
def test_a_look_at_many_sessions_is_cheap(store, new_session, say):
    many = [new_session(20, retrain_every=2) for _ in range(40)]
    for place, session_id in enumerate(many):
        rankings.publish(store, session_id, np.arange(5), None, strategy="kmeans", model_version=None)
        if place % 2:
            trainers.own(store, session_id, Process("elsewhere", place, 1.0))
        say(session_id, 1, "ann", 1)
    say(many[0], 2, "ann", 1)
    statements = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def count(connection, cursor, statement, *_):
        statements.append(statement)

    started = time.perf_counter()
    assert trainers.wanted(store) == [many[0]]
    taken = time.perf_counter() - started
    asked = [each for each in statements if each.lstrip().startswith("SELECT")]
    assert len(asked) <= 2 + 2 * 20, "two, and two for each session without a trainer"
    assert taken < 1, f"{1000 * taken:.0f} ms"  # measured: 15 ms on an idle machine


def test_who_waits_for_a_second_class_is_not_started_again_before_it_comes(store, new_session, say):
    session_id = new_session(100, retrain_every=5, validation=10, random_share=0.2)
    rankings.publish(store, session_id, np.arange(20), None, strategy="kmeans", model_version=None)
    drawn = sessions.validation(store, sessions.session(store, session_id)).tolist()
    others = [item for item in range(100) if item not in drawn]
    for item in others[:5]:
        say(session_id, item, "ann", 0)
    assert trainers.wanted(store) == [session_id], "nobody has said yet what is lacking"

    def waits():
        assert trainers.begin(store, session_id) and trainers.own(store, session_id, ME)
        trainers.waiting(store, session_id, "Waiting for labels of a second class.")
        assert trainers.end(store, session_id, ME)

    waits()
    assert trainers.wanted(store) == []
    for item in others[5:15]:
        say(session_id, item, "ann", 0)
    say(session_id, drawn[0], "ann", 1)
    assert trainers.wanted(store) == [], "no model learns from what it is measured by"
    trainers.ask(store, session_id)
    assert trainers.wanted(store) == [], "the page says already what it waits for"
    say(session_id, others[20], "ann", 1)
    assert trainers.wanted(store) == [session_id]
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    assert trainers.wanted(store) == []
    say(session_id, others[20], "ann", 1)
    waits()  # as when the second class are copies of texts to measure by
    assert trainers.wanted(store) == [session_id]
    assert trainers.begin(store, session_id) and known(store, session_id).message == ""
