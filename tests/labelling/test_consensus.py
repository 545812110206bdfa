"""The label that counts: majorities, ties, decisions."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from al_core.labelling import answers, consensus, events
from al_core.labelling.consensus import Opinion
from al_core.labelling.records import Answer, Standing

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
people = st.sampled_from(["ann", "bob", "cem", "dot", "eve"])
said = st.dictionaries(st.tuples(st.integers(0, 8), people), st.none() | st.integers(0, 2), max_size=30)
decided = st.dictionaries(st.integers(0, 8), st.integers(0, 2), max_size=5)


def standings(of):
    return [Standing(item, who, label, n, MOMENT) for n, ((item, who), label) in enumerate(of.items())]


@given(said, decided, st.randoms())
def test_most_people_are_right_and_an_adjudicator_more_so(of, words, dice):
    given_in_any_order = standings(of)
    dice.shuffle(given_in_any_order)
    found = consensus.gathered(given_in_any_order, words)
    labelled = {item for (item, _), label in of.items() if label is not None}
    assert [each.item for each in found] == sorted(labelled | words.keys()), "a skip is no opinion"
    for each in found:
        votes = Counter(label for (item, _), label in of.items() if item == each.item and label is not None)
        most = [label for label, times in votes.items() if times == max(votes.values())]
        assert sorted(each.votes) == list(each.votes) and len(each.votes) == votes.total()
        if each.item in words:
            assert each.label == words[each.item] and not each.disputed
        else:
            assert each.label == (most[0] if len(most) == 1 else None)
            assert each.disputed == (len(votes) > 1)
            assert each.label is not None or each.disputed, "only people who differ leave no label"
    counted = consensus.labels(found)
    assert counted.items.tolist() == [each.item for each in found if each.label is not None]
    assert counted.labels.tolist() == [each.label for each in found if each.label is not None]
    assert (counted.items.dtype, counted.labels.dtype) == (np.int64, np.int32)


@given(said, st.lists(st.integers(0, 8)))
def test_inside_and_outside_are_all_of_them(of, rows):
    counted = consensus.labels(consensus.gathered(standings(of), {}))
    inside, outside = (counted.among(np.array(rows, np.int64), each) for each in (True, False))
    assert sorted([*inside.items, *outside.items]) == counted.items.tolist()
    assert set(inside.items.tolist()) <= set(rows) and not set(outside.items.tolist()) & set(rows)
    known = dict(zip(counted.items.tolist(), counted.labels.tolist(), strict=True))
    assert all(known[item] == label for item, label in zip(inside.items, inside.labels, strict=True))


def test_a_tie_has_no_label_and_a_third_person_breaks_it():
    assert Opinion(1, (("ann", 0), ("bob", 1))).label is None
    broken = Opinion(1, (("ann", 0), ("bob", 1), ("cem", 1)))
    assert broken.label == 1 and broken.disputed, "for the adjudicator it still is one"
    assert Opinion(1, (("ann", 0), ("bob", 1), ("cem", 2), ("dot", 2), ("eve", 1))).label is None


def test_decisions_are_taken_back_apart_from_answers(store, new_session, say):
    session_id = new_session()

    def undo(who, **kinds):
        return events.undo(store, session_id, who, str(uuid.uuid4()), **kinds)

    say(session_id, 4, "ann", 0)
    say(session_id, 4, "bob", 1)
    assert consensus.opinions(store, session_id) == [Opinion(4, (("ann", 0), ("bob", 1)))]
    events.append(store, Answer(str(uuid.uuid4()), session_id, 4, "bob", "decide", 0))
    events.append(store, Answer(str(uuid.uuid4()), session_id, 4, "eve", "decide", 1))
    assert consensus.decisions(store, session_id) == {4: 1}, "the last word"
    assert undo("eve") is None and undo("eve", kinds=("decide",))
    assert consensus.decisions(store, session_id) == {4: 0}, "the word before stands again"
    found = undo("bob")
    assert found and found.item == 4 and consensus.decisions(store, session_id) == {4: 0}, "the label went"
    assert [(each.item, each.annotator) for each in answers.current(store, session_id)] == [(4, "ann")]
    assert undo("bob", kinds=("decide",)) and undo("bob", kinds=("decide",)) is None
    assert consensus.opinions(store, session_id) == [Opinion(4, (("ann", 0),))]


def test_a_decision_alone_is_an_opinion(store, new_session):
    session_id = new_session()
    events.append(store, Answer(str(uuid.uuid4()), session_id, 2, "eve", "decide", 1))
    assert consensus.opinions(store, session_id) == [Opinion(2, (), 1)]
    assert consensus.labels(consensus.opinions(store, session_id)).items.tolist() == [2]


def test_nothing_said_is_no_label(store, new_session):
    session_id = new_session()
    assert consensus.opinions(store, session_id) == []
    assert len(consensus.labels([])) == 0 and len(consensus.labels([]).among(np.arange(3))) == 0
