"""Claims: who is offered which text, and how often a text is offered."""

from __future__ import annotations

import time
import uuid
from collections import Counter

import numpy as np
import pytest
from quiet import quietest
from sqlalchemy import insert

from al_core.errors import BadInput
from al_core.labelling import answers, claims, events, rankings
from al_core.labelling.records import Answer
from al_core.store import schema


def offered(store, session_id, annotator, say, most=100):
    """Label all that a person is offered; return the items in that order."""
    items = []
    while len(items) < most and (held := claims.take(store, session_id, annotator)):
        items.append(held[0].item)
        say(session_id, held[0].item, annotator, 1)
    return items


def test_a_reload_gives_the_same_text(store, new_session, say):
    session_id = new_session()
    held = claims.take(store, session_id, "ann", 2)
    assert len({each.item for each in held}) == 3 and {each.annotator for each in held} == {"ann"}
    assert claims.take(store, session_id, "ann", 2) == held
    assert claims.take(store, session_id, "ann") == held[:1]
    say(session_id, held[0].item, "ann", 1)
    assert claims.take(store, session_id, "ann", 1) == held[1:]


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_each_text_goes_to_as_many_people_as_asked(store, new_session, say, overlap):
    session_id = new_session(7, overlap=overlap)
    turns = {name: [] for name in ("ann", "bob", "cem")}
    left = True
    while left:
        left = False
        for name, items in turns.items():
            for held in claims.take(store, session_id, name, 1)[:1]:
                items.append(held.item)
                say(session_id, held.item, name, 1)
                left = True
    assert all(len(set(items)) == len(items) for items in turns.values())
    assert Counter(item for items in turns.values() for item in items) == dict.fromkeys(range(7), overlap)


def test_the_order_is_seeded_and_the_ranking_comes_first(store, new_session, say):
    orders = []
    for seed in (1, 1, 2):
        session_id = new_session(20, seed=seed)
        orders.append(offered(store, session_id, "ann", say, 8))
    assert orders[0] == orders[1] != orders[2] and orders[0] != sorted(orders[0])
    rest = [item for item in range(20) if item not in orders[2]]
    ranked = np.array(rest[:5][::-1] + orders[2][:1])
    rankings.publish(store, session_id, ranked, np.arange(6) / 10, strategy="margin", model_version="m1")
    (held,) = claims.take(store, session_id, "ann")
    assert (held.item, held.strategy, held.model_version, held.rank, held.score) == (
        rest[4],
        "margin",
        "m1",
        0,
        0.0,
    )
    items = offered(store, session_id, "ann", say)
    assert items[:5] == rest[:5][::-1] and sorted(items) == rest, "what no ranking holds comes last"


def test_the_share_of_random_picks(store, new_session, say):
    session_id = new_session(60, random_share=0.3, seed=4)
    rankings.publish(store, session_id, np.arange(60), None, strategy="margin", model_version="m1")
    named = []
    for _ in range(50):
        (held,) = claims.take(store, session_id, "ann")
        named.append(say(session_id, held.item, "ann", 1).strategy)
    assert 6 <= named.count("random") <= 25 and set(named) == {"random", "margin"}


def test_expired_leases_are_offered_again(store, new_session, say, later):
    session_id = new_session(2, lease_seconds=60)
    (lost,) = claims.take(store, session_id, "ann")
    assert [each.item for each in claims.take(store, session_id, "bob", 2)] == [1 - lost.item]
    later(61)
    items = [each.item for each in claims.take(store, session_id, "bob", 2)]
    assert sorted(items) == [0, 1]
    assert claims.take(store, session_id, "ann") == [], "bob has it now"
    say(session_id, lost.item, "ann", 1)
    assert len(answers.current(store, session_id)) == 1, "a late label is kept all the same"
    later(122)
    assert [each.item for each in claims.take(store, session_id, "ann", 2)] == [1 - lost.item]
    assert claims.take(store, session_id, "cem") == [], "one label is enough, whoever holds the slot"


def test_an_own_expired_lease_comes_back_too(store, new_session, later):
    session_id = new_session(3, overlap=2)
    first = claims.take(store, session_id, "ann", 2)
    later(10_000)
    again = claims.take(store, session_id, "ann", 2)
    assert sorted(each.item for each in again) == sorted(each.item for each in first)
    assert {each.slot for each in again} == {1}


def test_renewed_and_released(store, new_session, later):
    session_id = new_session(3, lease_seconds=60)
    (held,) = claims.take(store, session_id, "ann")
    later(50)
    assert claims.renew(store, session_id, "ann") == 1
    later(100)
    assert [each.item for each in claims.take(store, session_id, "ann")] == [held.item]
    assert claims.release(store, session_id, "ann") == 1
    assert [each.item for each in claims.take(store, session_id, "bob")] == [held.item]


def test_what_is_skipped_goes_to_others(store, new_session, say):
    session_id = new_session(1)
    (held,) = claims.take(store, session_id, "ann")
    say(session_id, held.item, "ann", kind="skip", note="unclear")
    assert claims.take(store, session_id, "ann") == []
    assert [each.item for each in claims.take(store, session_id, "bob")] == [held.item]


def test_so_does_what_was_labelled_first_and_then_skipped(store, new_session, say):
    session_id = new_session(1)
    say(session_id, 0, "ann", 1)
    say(session_id, 0, "ann", kind="skip")
    assert [each.item for each in claims.take(store, session_id, "bob")] == [0]


def test_or_to_nobody(store, new_session, say):
    session_id = new_session(1, skipped="nobody")
    say(session_id, 0, "ann", kind="skip")
    assert claims.take(store, session_id, "bob") == []


def seen_again(store, session_id, annotator, act, ahead=2):
    """Go through what a person skipped once more; return the texts in that order."""
    again, seen = events.latest(store, session_id), []
    while held := claims.take(store, session_id, annotator, ahead, again):
        assert len(seen) < 50, "it ends"
        assert all(each.skipped for each in held)
        seen.append(held[0].item)
        act(held[0].item)
    return seen


@pytest.mark.parametrize("skipped", ["others", "nobody"])
def test_skipped_texts_are_seen_again_once_each_time_in_their_order(store, new_session, say, skipped):
    session_id = new_session(6, skipped=skipped)
    order = [each.item for each in claims.take(store, session_id, "ann", 2)]
    for item in (order[2], order[0]):
        say(session_id, item, "ann", kind="skip")
    rest = offered(store, session_id, "ann", say)
    assert len(rest) == 4 and claims.skipped_texts(store, session_id, "ann") == 2
    assert claims.take(store, session_id, "ann", 2) == [], "not unless they ask"

    def skip(item):
        say(session_id, item, "ann", kind="skip")

    assert seen_again(store, session_id, "ann", skip) == [order[2], order[0]]
    assert seen_again(store, session_id, "ann", skip, ahead=0) == [order[2], order[0]]
    (held,) = claims.take(store, session_id, "ann", 0, events.latest(store, session_id))
    assert (held.item, held.strategy) == (order[2], "random"), "and what asked for it is known still"
    say(session_id, held.item, "ann", 1)
    assert seen_again(store, session_id, "ann", skip) == [order[0]]
    assert seen_again(store, session_id, "ann", lambda item: say(session_id, item, "ann", 0)) == [order[0]]
    assert claims.skipped_texts(store, session_id, "ann") == 0
    assert {each.item for each in answers.current(store, session_id) if each.label is not None} == {*range(6)}


def test_what_is_new_comes_before_what_was_skipped(store, new_session, say):
    session_id = new_session(3)
    say(session_id, claims.take(store, session_id, "ann")[0].item, "ann", kind="skip")
    again = events.latest(store, session_id)
    held = claims.take(store, session_id, "ann", 2, again)
    assert [each.skipped for each in held] == [False, False, True]


def test_a_skipped_text_that_others_have_is_not_seen_again(store, new_session, say, later):
    session_id = new_session(1, lease_seconds=60)
    say(session_id, 0, "ann", kind="skip")
    assert [each.item for each in claims.take(store, session_id, "bob")] == [0]
    assert claims.skipped_texts(store, session_id, "ann") == 0
    assert claims.take(store, session_id, "ann", 0, 1) == []
    later(61)
    assert claims.skipped_texts(store, session_id, "ann") == 1
    assert [each.item for each in claims.take(store, session_id, "ann", 0, 1)] == [0]
    assert claims.skipped_texts(store, session_id, "ann") == 0, "it is on her screen"
    assert claims.take(store, session_id, "bob", 2, 1) == [], "and on one screen only"
    later(122)
    assert [each.item for each in claims.take(store, session_id, "bob")] == [0]
    say(session_id, 0, "bob", 1)
    assert claims.skipped_texts(store, session_id, "ann") == 0, "it has the label it should get"


def test_a_text_for_nobody_stays_so_while_it_is_seen_again(store, new_session, say, later):
    session_id = new_session(1, overlap=2, skipped="nobody", lease_seconds=60)
    say(session_id, 0, "ann", kind="skip")
    say(session_id, 0, "bob", kind="skip")
    again = events.latest(store, session_id)
    assert [each.item for each in claims.take(store, session_id, "ann", 0, again)] == [0]
    later(61)
    assert claims.take(store, session_id, "cem") == []
    say(session_id, 0, "cem", 1)
    assert claims.skipped_texts(store, session_id, "ann") == 1, "cem's label took no slot of hers"
    assert [each.item for each in claims.take(store, session_id, "ann", 0, again)] == [0]


def test_what_is_taken_back_while_it_is_seen_again_is_skipped_again(store, new_session, say):
    session_id = new_session(2)
    for item in (0, 1):
        say(session_id, item, "ann", kind="skip")
    again = events.latest(store, session_id)
    say(session_id, 0, "ann", 1)
    assert [each.item for each in claims.take(store, session_id, "ann", 2, again)] == [1]
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    assert sorted(each.item for each in claims.take(store, session_id, "ann", 2, again)) == [0, 1]
    assert {each.item: each.label for each in answers.current(store, session_id)} == {0: None, 1: None}


@pytest.mark.alone
def test_counting_skips_among_ten_thousand_answers_takes_milliseconds(store, new_session, say):
    session_id = new_session(10_000)
    say(session_id, 0, "ann", kind="skip")
    brought = [Answer(str(uuid.uuid4()), session_id, item, "ann", "label", 1) for item in range(1, 10_000)]
    events.append_labels(store, session_id, brought, "import")
    times = []
    for _ in range(10):
        started = time.perf_counter()
        assert claims.skipped_texts(store, session_id, "ann") == 1
        times.append(time.perf_counter() - started)
    assert np.median(times) < 0.5, times  # measured: 0.01 s, on PostgreSQL 0.04 s


def test_a_flag_settles_nothing(store, new_session, say):
    session_id = new_session(3)
    held = claims.take(store, session_id, "ann")
    say(session_id, held[0].item, "ann", kind="flag")
    assert claims.take(store, session_id, "ann") == held


def test_heads_pass_over_nothing(store, new_session, say, later):
    """A slot that is given back, and one that nobody had, are found behind a head as well."""
    session_id = new_session(6, overlap=2, lease_seconds=60)
    taken = offered(store, session_id, "ann", say, 3)
    gone = [each.item for each in claims.take(store, session_id, "ann", 2)]
    assert offered(store, session_id, "bob", say) == taken + gone
    later(61)
    assert sorted(offered(store, session_id, "cem", say)) == sorted(gone)
    assert offered(store, session_id, "ann", say) == []


@pytest.mark.alone
def test_the_next_text_of_forty_thousand_takes_milliseconds(store, new_session, say):
    session_id = new_session(40_000)
    rankings.publish(store, session_id, np.arange(40_000), None, strategy="margin", model_version="m")
    with store.write() as connection:
        moment = schema.now()
        row = {
            "session_id": session_id,
            "slot": 1,
            "annotator": "bob",
            "leased_until": None,
            "taken_at": moment,
        }
        connection.execute(insert(schema.claims), [row | {"item": item} for item in range(20_000)])
    claims.take(store, session_id, "ann")  # walks once past the 20,000
    times = []
    for _ in range(30):
        started = time.perf_counter()
        (held,) = claims.take(store, session_id, "ann")
        times.append(time.perf_counter() - started)
        say(session_id, held.item, "ann", 1)
    assert quietest(times) < 0.05, times  # measured: 0.004 s


@pytest.mark.parametrize("ahead", [-1, 3])
def test_no_more_than_two_ahead(store, new_session, ahead):
    with pytest.raises(BadInput, match="0 to 2 texts ahead"):
        claims.take(store, new_session(), "ann", ahead)
