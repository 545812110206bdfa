"""Claims: who is offered which text, and how often a text is offered."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest
from sqlalchemy import insert

from al_core.errors import BadInput
from al_core.labelling import answers, claims, rankings
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


def test_or_to_nobody(store, new_session, say):
    session_id = new_session(1, skipped="nobody")
    say(session_id, 0, "ann", kind="skip")
    assert claims.take(store, session_id, "bob") == []


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
    assert np.median(times) < 0.05, times  # measured: 0.004 s


@pytest.mark.parametrize("ahead", [-1, 3])
def test_no_more_than_two_ahead(store, new_session, ahead):
    with pytest.raises(BadInput, match="0 to 2 texts ahead"):
        claims.take(store, new_session(), "ann", ahead)
