"""What a page may send, in any state of its network and its clock, and what it is told afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from game import Game, corpus

from al_core.errors import BadInput, Unavailable
from al_core.labelling import answers, claims, consensus, desk, events, highlights, models, rankings, sessions
from al_core.labelling.records import Answer


def told(kind="label", item=0, label=1, **rest):
    """Return an entry of an outbox as the page writes it."""
    made = {"uuid": str(uuid.uuid4()), "kind": kind} | rest
    if kind != "undo":
        made["item"] = item
    return made | ({"label": label} if kind == "label" else {})


def stands(store, session_id):
    return {each.item: each.label for each in answers.current(store, session_id)}


def count(store, session_id):
    return len(events.history(store, session_id, limit=1000))


def model(store, session_id, rows=10, version=1):
    """Put a model on record that is sure of class 1, of every text a little more."""
    with store.write() as connection:
        models.write(
            connection,
            session_id,
            version=version,
            event_id=0,
            labels=5,
            validation_labels=0,
            seconds=0.1,
            details={},
        )
    high = 0.6 + np.arange(rows) / 100
    models.keep_predictions(session_id, version, np.stack([1 - high, high], axis=1))


# Saving


def test_an_outbox_is_written_in_its_order_and_confirmed(store, new_session):
    session_id = new_session()
    outbox = [told(item=1, label=0), told(item=1, label=1), told("skip", 2), told("flag", 3, note="odd")]
    found = desk.save(store, session_id, "ann", outbox)
    assert list(found.saved) == [each["uuid"] for each in outbox] and found.refused == ()
    assert stands(store, session_id) == {1: 1, 2: None}
    assert answers.flagged(store, session_id) == [(3, "ann", "odd")]
    assert all(each.tzinfo for each in found.saved.values())


def test_sent_again_it_counts_once(store, new_session):
    session_id = new_session()
    outbox = [told(item=1), told("undo"), told(item=2)]
    outbox[0]["uuid"] = outbox[0]["uuid"].upper()
    first = desk.save(store, session_id, "ann", outbox)
    assert desk.save(store, session_id, "ann", outbox) == first
    assert set(first.saved) == {each["uuid"] for each in outbox}, "as the page wrote them"
    assert stands(store, session_id) == {2: 1} and count(store, session_id) == 3


def test_an_undo_that_met_nothing_meets_nothing_when_it_is_sent_again(store, new_session):
    """The answer to the first sending was lost; by now there is a label behind the undo."""
    session_id = new_session()
    outbox = [told("undo"), told(item=4)]
    assert len(desk.save(store, session_id, "ann", outbox).saved) == 2
    assert len(desk.save(store, session_id, "ann", outbox).saved) == 2
    assert stands(store, session_id) == {4: 1}
    third = [*outbox, told("undo"), told(item=5)]
    desk.save(store, session_id, "ann", third)
    desk.save(store, session_id, "ann", third)
    assert stands(store, session_id) == {5: 1}, "one that has not had its turn does what it says"


def test_a_late_undo_of_another_tab_takes_back_what_it_was_meant_for(store, new_session):
    """Two tabs send one outbox, and the person has gone on in between."""
    session_id, meant = new_session(), told(item=1)
    outbox = [meant, told("undo", undoes=meant["uuid"])]
    desk.save(store, session_id, "ann", outbox)
    desk.save(store, session_id, "ann", [told(item=2)])
    desk.save(store, session_id, "ann", outbox[1:])
    late = told("undo", undoes=meant["uuid"])
    found = desk.save(store, session_id, "ann", [late, told(item=3)])
    assert late["uuid"] in found.saved and found.refused == ()
    assert stands(store, session_id) == {2: 1, 3: 1}
    assert len(desk.save(store, session_id, "ann", [told("undo", undoes="the last")]).refused) == 1


def test_what_an_undo_may_name(store, new_session, say):
    session_id = new_session(60)
    said = [say(session_id, item, "ann", 0).uuid for item in range(25)]
    said.append(say(session_id, 3, "ann", kind="flag").uuid)
    say(session_id, 40, "bob", 1)
    desk.save(store, session_id, "ann", [told("undo", undoes=said[24])])
    expected = [said[25], *said[23:4:-1]]
    assert desk.undoable(store, session_id, "ann") == expected and len(expected) == desk.REMEMBERED


def test_undo_with_nothing_left_is_confirmed(store, new_session):
    session_id, one = new_session(), told("undo")
    found = desk.save(store, session_id, "ann", [one])
    assert list(found.saved) == [one["uuid"]] and found.refused == () and count(store, session_id) == 0


def test_an_error_in_the_middle_keeps_what_is_before(store, new_session, monkeypatch):
    session_id = new_session()
    outbox = [told(item=1), told(item=2), told(item=3)]
    append = events.append

    def away(store, answer):
        if answer.item == 2:
            raise Unavailable("The store cannot be written: its disk is full.")
        return append(store, answer)

    monkeypatch.setattr(events, "append", away)
    with pytest.raises(Unavailable):
        desk.save(store, session_id, "ann", outbox)
    assert stands(store, session_id) == {1: 1}
    monkeypatch.setattr(events, "append", append)
    found = desk.save(store, session_id, "ann", outbox)
    assert set(found.saved) == {each["uuid"] for each in outbox}
    assert stands(store, session_id) == {1: 1, 2: 1, 3: 1} and count(store, session_id) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": 99},
        {"item": "one"},
        {"item": None},
        {"item": float("inf")},
        {"label": 2},
        {"label": None},
        {"kind": "praise"},
        {"kind": "decide"},
        {"kind": None},
        {"uuid": "none"},
    ],
)
def test_what_cannot_be_meant_is_refused_alone(store, new_session, wrong):
    session_id = new_session()
    outbox = [told(item=1), told(item=2) | wrong, told(item=3)]
    found = desk.save(store, session_id, "ann", outbox)
    assert stands(store, session_id) == {1: 1, 3: 1} and consensus.decisions(store, session_id) == {}
    assert len(found.refused) == 1 and found.refused[0].endswith(".")
    assert set(found.saved) == {each["uuid"] for each in outbox}, "or it would be sent for ever"


def test_without_a_field_that_it_needs_it_is_refused_too(store, new_session):
    session_id = new_session()
    for name in ("uuid", "kind", "item", "label"):
        one = told(item=1)
        del one[name]
        assert len(desk.save(store, session_id, "ann", [one]).refused) == 1
    assert count(store, session_id) == 0
    found = desk.save(store, session_id, "ann", [told(item=1, colour="blue")])
    assert found.refused == () and stands(store, session_id) == {1: 1}, "what it does not know is passed over"


def test_an_unknown_session_is_an_error(store):
    with pytest.raises(BadInput, match="no labelling session nothing"):
        desk.save(store, "nothing", "ann", [told()])


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678+02:00", datetime(2026, 1, 2, 1, 4, 5, 678_000, UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5).astimezone()),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00", None),
        ("yesterday", None),
        (12, None),
        ("", None),
        (None, None),
    ],
)
def test_no_label_is_lost_for_a_wrong_clock(store, new_session, clock, expected):
    session_id = new_session()
    found = desk.save(store, session_id, "ann", [told(item=1, client_at=clock)])
    assert found.refused == () and stands(store, session_id) == {1: 1}
    client_at = events.history(store, session_id)[0].client_at
    if clock == "0001-01-01T00:00:00":  # east of Greenwich there is no such moment
        assert client_at is None or client_at.year <= 1
    else:
        assert client_at == expected


@pytest.mark.parametrize(
    ("time", "expected"), [(1234, 1234), (12.7, 12), (-5, None), (2**31, None), ("long", None), (1e400, None)]
)
def test_nor_for_an_impossible_time_on_screen(store, new_session, time, expected):
    session_id = new_session()
    assert desk.save(store, session_id, "ann", [told(item=1, milliseconds=time)]).refused == ()
    assert events.history(store, session_id)[0].milliseconds == expected
    assert stands(store, session_id) == {1: 1}


def test_the_desk_takes_no_decision_back(store, new_session, say):
    session_id = new_session()
    say(session_id, 1, "ann", 0)
    events.append(store, Answer(str(uuid.uuid4()), session_id, 1, "ann", "decide", 1))
    desk.save(store, session_id, "ann", [told("undo")])
    assert stands(store, session_id) == {} and consensus.decisions(store, session_id) == {1: 1}
    desk.save(store, session_id, "ann", [told("undo")])
    assert consensus.decisions(store, session_id) == {1: 1}


# Offering


@pytest.mark.parametrize("shown", [True, False])
def test_a_guess_is_shown_beforehand_where_the_session_says_so(store, new_session, shown):
    session_id = new_session(show_guess=shown)
    session = sessions.session(store, session_id)
    assert all(each.guess is None for each in desk.offered(store, session, "ann"))
    model(store, session_id)
    found = desk.offered(store, session, "ann")
    assert len(found) == 3
    for each in found:
        if shown:
            assert each.guess and each.guess.label == 1
            assert each.guess.probability == pytest.approx(0.6 + each.item / 100)
        else:
            assert each.guess is None


def test_what_is_seen_again_is_said_to_have_been_skipped(store, new_session, say):
    session_id = new_session(2)
    session = sessions.session(store, session_id)
    say(session_id, 0, "ann", kind="skip")
    again = events.latest(store, session_id)
    found = desk.offered(store, session, "ann", again)
    assert [(each.item, each.skipped) for each in found] == [(1, False), (0, True)]


def test_last_answers_are_one_a_text_the_newest_first(store, new_session, say):
    session_id = new_session(60)
    for item in range(30):
        say(session_id, item, "ann", 0)
    say(session_id, 28, "ann", 1)
    say(session_id, 29, "ann", kind="skip")
    say(session_id, 50, "bob", 1)
    desk.save(store, session_id, "ann", [told(item=40), told("undo")])
    found = desk.recent(store, session_id, "ann")
    assert [(each.item, each.kind, each.label) for each in found[:3]] == [
        (29, "skip", None),
        (28, "label", 1),
        (27, "label", 0),
    ]
    assert len(found) == desk.REMEMBERED == len({each.item for each in found})


# Revealing


def reveal(store, session_id, annotator="ann", text="fine film"):
    session = sessions.session(store, session_id)
    return desk.last(store, session_id, annotator, [text] * session.rows)


def test_what_is_told_after_an_answer(store, new_session, say, home):
    session_id = new_session()
    assert reveal(store, session_id) is None
    say(session_id, 3, "ann", 0)
    found = reveal(store, session_id)
    assert found and (found.item, found.kind, found.said, found.guess, found.marks) == (
        3,
        "label",
        0,
        None,
        (),
    )
    model(store, session_id)
    texts = ["fine film", "dull film", "fine play", "dull play"] * 5
    odds = np.array([[0.1, 0.9], [0.9, 0.1], [0.1, 0.9], [0.9, 0.1]] * 5)
    assert reveal(store, session_id).marks == (), "its words are not there yet"
    highlights.keep(session_id, 1, texts, odds, 0)
    found = reveal(store, session_id)
    assert found.guess and found.guess.label == 1 and found.guess.probability == pytest.approx(0.63)
    assert [each.start for each in found.marks if abs(each.weight) > 0.5] == [0], "and now they are"
    assert desk.save(store, session_id, "ann", [told("undo")]) and reveal(store, session_id) is None


def test_the_guess_is_that_of_the_model_that_asked_or_of_the_newest(store, new_session, say):
    session_id = new_session()
    model(store, session_id)
    rankings.publish(store, session_id, np.array([7]), None, strategy="margin", model_version="v1")
    (held,) = claims.take(store, session_id, "ann")
    say(session_id, held.item, "ann", 1)
    model(store, session_id, version=2)
    models.keep_predictions(session_id, 2, np.tile([0.8, 0.2], (10, 1)))
    found = reveal(store, session_id)
    assert found and found.guess and found.guess.label == 1
    for version in (3, 4):
        model(store, session_id, version=version)
        models.keep_predictions(session_id, version, np.tile([0.8, 0.2], (10, 1)))
    found = reveal(store, session_id)
    assert found and found.guess and found.guess.label == 0, "version 1 is on the disk no more"


def test_why_a_text_was_asked(store):
    game = Game(store, corpus(100), validation=10, random_share=0.3)
    game.learner.begin()
    told = {}
    for _ in range(40):
        (item,) = game.label()
        event = events.history(store, game.id, limit=1)[0]
        why = reveal(store, game.id).why
        if event.strategy == "random":
            kind = "validation" if item in game.held_out else "random"
        else:
            kind = event.strategy if event.model_version is None else "model"
        told.setdefault(kind, []).append((event, why))
        if len(told.get("kmeans", ())) == 12 and "model" not in told:
            game.must_learn()
    assert {why for _, why in told["validation"]} == {
        "Drawn at random, to measure by: no model learns from it."
    } and len(told["validation"]) == 10
    assert {why for _, why in told.get("random", ())} <= {"Drawn at random."}
    event, why = told["kmeans"][0]
    assert why.startswith("Asked before there was a model: ") and why.endswith(f", place {event.rank + 1}.")
    event, why = told["model"][-1]
    assert why == f"Asked by model v1: Margin, place {event.rank + 1}, score {event.score:.3g}."


def test_nobody_asked_for_what_was_brought(store, new_session, say):
    session_id = new_session()
    say(session_id, 3, "ann", 0)
    assert reveal(store, session_id).why == "Nobody asked for this text."
    brought = [Answer(str(uuid.uuid4()), session_id, 5, "ann", "label", 1)]
    events.append_labels(store, session_id, brought, "import")
    assert reveal(store, session_id).why == "The label came from elsewhere."


def test_saved_moments_are_those_of_the_events(store, new_session):
    session_id, one = new_session(), told(item=1)
    found = desk.save(store, session_id, "ann", [one])
    event = events.history(store, session_id)[0]
    assert found.saved[one["uuid"]] == event.created_at
    assert abs(datetime.now(UTC) - event.created_at) < timedelta(minutes=1)
