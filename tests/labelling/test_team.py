"""People side by side."""

from __future__ import annotations

import uuid
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import update

from al_core.evaluation.estimates import wilson
from al_core.labelling import consensus, events, team
from al_core.labelling.agreement import NO_LABEL
from al_core.labelling.consensus import Opinion
from al_core.store import schema


def lines(store, session_id):
    found = team.frame(store, session_id, consensus.opinions(store, session_id))
    return {line.annotator: line for line in found.itertuples()}


def moved(store, event, minutes):
    """Let an event have happened some minutes ago."""
    when = schema.now() - timedelta(minutes=minutes)
    statement = update(schema.label_events).where(schema.label_events.c.id == event.id)
    with store.write() as connection:
        connection.execute(statement.values(created_at=when))
    return when


def test_each_person_has_a_line(store, new_session, say):
    session_id = new_session()
    for item in range(4):
        say(session_id, item, "ann", 1, milliseconds=1000 * (item + 1))
    for item, label in ((1, 1), (2, 0), (3, 0)):
        say(session_id, item, "bob", label)
    say(session_id, 3, "cem", 1)
    say(session_id, 4, "ann", kind="skip")
    last = say(session_id, 5, "ann", kind="flag")
    found = lines(store, session_id)
    assert list(found) == ["ann", "bob", "cem"]
    ann = found["ann"]
    assert (ann.labels, ann.skips, ann.flags, ann.seconds) == (4, 1, 1, 2.5)
    assert ann.last.to_pydatetime() == last.created_at
    # With ann: bob agrees once in three, cem once in one.
    share = wilson(2, 4)
    assert (ann.compared, ann.agreement, ann.low, ann.high) == (3, 0.5, share.low, share.high)
    assert (found["bob"].compared, found["bob"].agreement) == (3, pytest.approx(1 / 4))
    assert np.isnan(found["cem"].seconds)


def test_an_answer_that_was_changed_or_taken_back_counts_as_it_stands(store, new_session, say):
    session_id = new_session()
    for label in (0, 1, 0):
        say(session_id, 1, "ann", label, milliseconds=1000)
    say(session_id, 2, "ann", 1, milliseconds=5000)
    say(session_id, 2, "ann", kind="skip", milliseconds=3000)
    say(session_id, 1, "ann", kind="flag")
    say(session_id, 1, "ann", kind="flag")
    say(session_id, 3, "ann", 1)
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    ann = lines(store, session_id)["ann"]
    assert (ann.labels, ann.skips, ann.flags, ann.seconds) == (1, 1, 2, 2.0)
    assert ann.compared == 0 and np.isnan(ann.agreement)


def test_nobody_is_no_line(store, new_session):
    session_id = new_session()
    assert lines(store, session_id) == {} and team.pace(store, session_id).empty
    assert team.lately(store, session_id, "ann") == (0, None)


def test_cells_of_the_table():
    found = [Opinion(3, (("ann", 1), ("cem", 0))), Opinion(7, (("bob", 2),)), Opinion(9, (), 1)]
    items, people, cells = team.table(found)
    assert items == [3, 7, 9] and people == ["ann", "bob", "cem"]
    assert cells.tolist() == [[1, NO_LABEL, 0], [NO_LABEL, 2, NO_LABEL], [NO_LABEL] * 3]


def test_cohens_kappa_is_for_two():
    two = [Opinion(n, (("ann", n % 2), ("bob", n % 2))) for n in range(6)]
    measured = team.measures(two)
    assert set(measured) == {"Krippendorff's alpha", "Per cent agreement", "Fleiss' kappa", "Cohen's kappa"}
    assert measured["Cohen's kappa"].value == 1
    three = [*two, Opinion(7, (("ann", 1), ("cem", 0)))]
    assert "Cohen's kappa" not in team.measures(three)
    assert "Cohen's kappa" in team.measures([*two, Opinion(7, (("cem", 0),))]), "whom nobody is beside"


def test_the_pace_is_counted_in_five_minutes(store, new_session, say):
    session_id = new_session(60)
    when = [
        moved(store, say(session_id, item, "ann", 1), minutes) for item, minutes in enumerate((31, 20, 20))
    ]
    moved(store, say(session_id, 3, "ann", kind="skip"), 20)
    moved(store, say(session_id, 3, "bob", 0), 20)
    found = team.pace(store, session_id)
    assert found["labels"].sum() == 4
    for line in found.itertuples():
        assert line.at.minute % 5 == 0 and line.at.second == 0
        inside = [each for each in when if line.at <= each < line.at + team.BIN]
        assert line.labels == (len(inside) if line.annotator == "ann" else 1)


def test_how_fast_somebody_is_lately(store, new_session, say):
    session_id = new_session(60)
    for item, minutes in enumerate((60, 30, 6, 4, 2)):
        moved(store, say(session_id, item, "ann", 1), minutes)
    assert team.lately(store, session_id, "ann") == (5, pytest.approx(30, rel=0.01))
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    assert team.lately(store, session_id, "ann")[0] == 4
    for item in range(2):
        say(session_id, item, "bob", 1)
    assert team.lately(store, session_id, "bob") == (2, None)
