"""Events: once per uuid, undone as far back as wanted, and what stands after any of it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from al_core.errors import BadInput
from al_core.labelling import answers, claims, events, sessions
from al_core.store import schema


def undo(store, session_id, annotator):
    return events.undo(store, session_id, annotator, str(uuid.uuid4()))


def stands(store, session_id):
    return {(each.item, each.annotator): each.label for each in answers.current(store, session_id)}


def count(store):
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(schema.label_events))


def test_an_event_carries_what_asked_for_it(store, new_session, say):
    session_id = new_session()
    (claim,) = claims.take(store, session_id, "ann")
    seen = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
    rest = {"suggestion_shown": True, "milliseconds": 1234, "client_at": seen, "note": "sure"}
    event = say(session_id, claim.item, " ann ", 1, **rest)
    assert (event.annotator, event.kind, event.label, event.previous) == ("ann", "label", 1, None)
    assert (event.strategy, event.rank, event.ranking_id) == ("random", 0, claim.ranking_id)
    assert {name: getattr(event, name) for name in rest} == rest
    assert say(session_id, claim.item, "ann", 0).previous == 1
    assert events.history(store, session_id, "ann")[1] == event
    assert [each.label for each in events.history(store, session_id, limit=1)] == [0]


def test_sent_twice_is_one_event(store, new_session, say):
    session_id, one = new_session(), str(uuid.uuid4())
    first = say(session_id, 3, "ann", 1, uuid=one)
    assert say(session_id, 3, "ann", 1, uuid=one.upper()) == first and count(store) == 1
    with pytest.raises(BadInput, match="on record with other content"):
        say(session_id, 3, "ann", 0, uuid=one)
    with pytest.raises(BadInput, match="on record with other content"):
        events.undo(store, session_id, "ann", one)
    back = str(uuid.uuid4())
    say(session_id, 4, "ann", 1)
    undone = events.undo(store, session_id, "ann", back)
    assert undone and events.undo(store, session_id, "ann", back) == undone
    assert say(session_id, 3, "ann", 1, uuid=one) == first, "a replay after an undo says nothing new"
    assert stands(store, session_id) == {(3, "ann"): 1} and count(store) == 3


def test_undo_goes_back_to_the_first(store, new_session, say):
    session_id = new_session()
    say(session_id, 1, "ann", 0)
    say(session_id, 1, "ann", 1)
    say(session_id, 2, "ann", kind="skip")
    say(session_id, 2, "bob", 1)
    say(session_id, 1, "ann", kind="flag", note="odd")
    assert answers.flagged(store, session_id) == [(1, "ann", "odd")]
    before = events.history(store, session_id)
    found = [undo(store, session_id, "ann") for _ in range(5)]
    assert [each and (each.item, each.previous) for each in found] == [
        (1, 1),
        (2, None),
        (1, 1),
        (1, 0),
        None,
    ]
    assert stands(store, session_id) == {(2, "bob"): 1} and answers.flagged(store, session_id) == []
    assert count(store) == 9 and events.history(store, session_id)[4:] == before, "nothing is taken away"


def test_an_undo_that_names_its_event_takes_that_one_back_or_none(store, new_session, say):
    """So it does not matter when it arrives, by which tab, or how often."""
    session_id = new_session()
    first, other = say(session_id, 1, "ann", 0), say(session_id, 3, "bob", 0)
    say(session_id, 2, "ann", 1)
    one = str(uuid.uuid4())
    found = events.undo(store, session_id, "ann", one, target=first.uuid.upper())
    assert found and found.undoes == first.id
    assert events.undo(store, session_id, "ann", one, target=first.uuid) == found
    for target in (first.uuid, other.uuid, found.uuid, str(uuid.uuid4())):
        assert events.undo(store, session_id, "ann", str(uuid.uuid4()), target=target) is None
    assert stands(store, session_id) == {(2, "ann"): 1, (3, "bob"): 0} and count(store) == 4
    with pytest.raises(BadInput, match="needs a UUID"):
        events.undo(store, session_id, "ann", str(uuid.uuid4()), target="the last")


def test_numbers_of_numpy_are_numbers(store, new_session, say):
    session_id = new_session()
    say(session_id, np.int64(3), "ann", np.int32(1))
    assert stands(store, session_id) == {(3, "ann"): 1}


def test_a_label_of_an_archived_session_is_kept(store, new_session, say):
    session_id = new_session()
    sessions.archive(store, session_id)
    say(session_id, 3, "ann", 1)
    assert stands(store, session_id) == {(3, "ann"): 1}


def test_an_undone_text_comes_back_first(store, new_session, say):
    session_id = new_session()
    items = []
    for _ in range(3):
        (claim,) = claims.take(store, session_id, "ann")
        items.append(claim.item)
        say(session_id, claim.item, "ann", 1)
    claims.take(store, session_id, "ann")
    undo(store, session_id, "ann")
    undo(store, session_id, "ann")
    assert [each.item for each in claims.take(store, session_id, "ann", 1)] == items[1:]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"item": 10, "label": 1}, "no text 10; the session has those from 0 to 9"),
        ({"item": -1, "label": 1}, "no text -1"),
        ({"label": 2}, "from 0 to 1, not 2"),
        ({}, "from 0 to 1, not None"),
        ({"kind": "skip", "label": 1}, "A skip has no label"),
        ({"kind": "undo"}, "not undo"),
        ({"label": 1, "milliseconds": -1}, "on screen for -1"),
        ({"label": 1, "note": "a\0b"}, "A note is text"),
        ({"label": 1, "annotator": " "}, "needs a name"),
        ({"label": 1, "uuid": "one"}, "needs a UUID, not 'one'"),
        ({"label": 1, "session_id": "nothing"}, "no labelling session nothing"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(store, new_session, say, answer, sentence):
    session_id = new_session()
    with pytest.raises(BadInput, match=sentence):
        say(**({"session_id": session_id, "item": 0, "annotator": "ann"} | answer))
    assert count(store) == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["label", "label", "skip", "flag", "undo", "undo", "twice"]),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_gives_the_state_of_a_stack(store, new_session, say, steps):
    session_id = new_session(3, overlap=2)
    stacks = {"ann": [], "bob": []}
    last = {}
    for annotator, kind, item, label in steps:
        if kind == "undo":
            assert (undo(store, session_id, annotator) is None) == (not stacks[annotator])
            stacks[annotator][-1:] = []
        elif kind == "twice":
            if annotator in last:
                say(**last[annotator])
        else:
            last[annotator] = {
                "session_id": session_id,
                "item": item,
                "annotator": annotator,
                "kind": kind,
                "label": label if kind == "label" else None,
                "uuid": str(uuid.uuid4()),
            }
            say(**last[annotator])
            stacks[annotator].append((kind, item, last[annotator]["label"]))
    wanted = {}
    for annotator, stack in stacks.items():
        wanted |= {(item, annotator): label for kind, item, label in stack if kind != "flag"}
    assert stands(store, session_id) == wanted
    skipped = {(item, who) for (item, who), label in wanted.items() if label is None}
    for annotator in stacks:
        offered = set()
        while held := claims.take(store, session_id, annotator):
            assert (held[0].item, annotator) not in wanted and held[0].item not in offered
            offered.add(held[0].item)
            say(session_id, held[0].item, annotator, 1)
        assert offered == {0, 1, 2} - {item for item, who in wanted if who == annotator}
    for annotator in stacks:
        mine = {item for item, who in skipped if who == annotator}
        assert claims.skipped_texts(store, session_id, annotator) == len(mine)
        again, seen = events.latest(store, session_id), []
        while held := claims.take(store, session_id, annotator, 0, again):
            seen.append(held[0].item)
            say(session_id, held[0].item, annotator, kind="skip")
        assert sorted(seen) == sorted(mine), "each of them once"
