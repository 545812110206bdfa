"""Texts that come to a session after it began: in once, asked about next, labelled like any other."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from quiet import quietest
from sqlalchemy import text as sql

import al_core
from al_core.corpus.files import MAX_CHARACTERS
from al_core.corpus.profile import duplicate_groups
from al_core.errors import BadInput
from al_core.labelling import (
    added,
    answers,
    claims,
    consensus,
    desk,
    events,
    exporting,
    importing,
    rankings,
    sessions,
)
from al_core.labelling.added import Added
from al_core.labelling.records import SENT, UNASKED, Answer
from al_core.labelling.settings import LabelSettings
from al_core.store import open_store

pytestmark = pytest.mark.xdist_group("labelling")

ROOT = Path(al_core.__file__).parents[1]
TEXTS = [f"text {row}" for row in range(10)]
ADDER = """
import sys, uuid
from al_core.labelling import added
from al_core.store import open_store
url, session_id, name, same = sys.argv[1:]
store = open_store(url)
for n in range(10):
    mine = added.add(store, session_id, ["text 0"], {str(uuid.uuid4()): f"{name} sends {n}"}, name)
    one = {str(uuid.uuid5(uuid.UUID(same), str(n))): f"both send {n}"}
    both = added.add(store, session_id, ["text 0"], one, "both")
    print(mine[0].item, both[0].item, flush=True)
store.close()
"""


@pytest.fixture
def send(store):
    def one(session_id: str, text: str, own=TEXTS, by="Ann", origin=None, **given) -> Added:
        return added.add(store, session_id, own, {given.get("uuid", str(uuid.uuid4())): text}, by, origin)[0]

    return one


def asked(store, session_id, annotator, say, most=100):
    """Label all that a person is offered; return the items and what asked for them."""
    found = []
    while len(found) < most and (held := claims.take(store, session_id, annotator)):
        found.append((held[0].item, held[0].strategy))
        say(session_id, held[0].item, annotator, 1)
    return found


# Adding


def test_a_text_is_numbered_on_from_the_corpus_and_kept_with_its_origin(store, new_session, send):
    session_id, other = new_session(), new_session()
    told = {"model": "reviews", "version": 3, "predicted": "good", "probability": 0.75}
    assert send(session_id, "A new one\nof two lines, 😀", origin=told) == Added(10, True)
    assert send(session_id, "Another", by=" Bob ") == Added(11, True)
    assert send(other, "Another") == Added(10, True), "each session has its own"
    first, second = added.listed(store, session_id)
    assert (first.item, first.text, first.added_by, first.origin) == (
        10,
        "A new one\nof two lines, 😀",
        "Ann",
        told,
    )
    assert (second.item, second.added_by, second.origin) == (11, "Bob", {})
    assert added.texts(store, session_id, TEXTS) == [*TEXTS, first.text, "Another"]
    assert added.texts(store, new_session(), TEXTS) is TEXTS
    assert [added.text(store, session_id, TEXTS, item) for item in (9, 10)] == ["text 9", first.text]
    for item in (-1, 12):
        with pytest.raises(BadInput, match=f"has no text {item}"):
            added.text(store, session_id, TEXTS, item)
    assert sessions.texts(store, sessions.session(store, session_id)) == 12


def test_sent_again_it_is_the_same_item(store, new_session, send):
    session_id, one = new_session(), str(uuid.uuid4())
    first = send(session_id, "A new one", uuid=one)
    assert send(session_id, "A new one", uuid=one.upper(), by="Bob") == first == Added(10, True)
    for session, text in ((session_id, "Something else"), (new_session(), "A new one")):
        with pytest.raises(BadInput, match="on record with other content"):
            send(session, text, uuid=one)
    assert [each.added_by for each in added.listed(store, session_id)] == ["Ann"]


def test_a_text_that_is_there_is_not_added(store, new_session, send):
    session_id = new_session()
    assert send(session_id, "  TEXT\n3") == Added(3, False)
    assert send(session_id, "A new one") == Added(10, True)
    assert send(session_id, "a NEW  one") == Added(10, False)
    lines = {str(uuid.uuid4()): text for text in ("b", "text 4", "c", "B", "a new one")}
    found = added.add(store, session_id, TEXTS, lines, "Ann")
    assert [(each.item, each.new) for each in found] == [
        (11, True),
        (4, False),
        (12, True),
        (11, False),
        (10, False),
    ]


def test_a_row_that_the_session_leaves_out_is_no_text_of_it(store, send):
    plain = LabelSettings(classes=("no", "yes"), validation=0)
    own = ["same", "other", "same", "left out"]
    session_id = sessions.create(store, "Some", "demo-1", 4, plain, np.array([1, 2]))
    assert send(session_id, "Same", own) == Added(2, False)
    assert send(session_id, "left out", own) == Added(4, True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(some.text(some.sampled_from("aAbßſẞİ \n\t\u3000.")), min_size=1, max_size=6),
    some.text(some.sampled_from("aAbßſẞİ \n\t\u3000."), min_size=1),
)
def test_texts_are_equal_as_copies_are(own, text):
    groups = duplicate_groups([*own, text])
    assert [added.folded(each) == added.folded(text) for each in own] == [
        each == groups[-1] for each in groups[:-1]
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": " \n"}, "The text is empty"),
        ({"text": "x" * (MAX_CHARACTERS + 1)}, "has 100,001 characters; the limit is 100,000"),
        ({"text": "a\0b"}, "cannot be kept"),
        ({"text": "half \ud800"}, "cannot be kept"),
        ({"uuid": "one"}, "needs a UUID, not 'one'"),
        ({"by": " "}, "needs a name"),
        ({"origin": {"probability": float("nan")}}, "finite numbers"),
        ({"origin": {"model": object()}}, "in words"),
    ],
)
def test_what_cannot_be_added_changes_nothing(store, new_session, change, sentence):
    session_id = new_session()
    given = {"text": "fine", "uuid": str(uuid.uuid4()), "by": "Ann", "origin": None} | change
    lines = {str(uuid.uuid4()): "a good one", given["uuid"]: given["text"]}
    with pytest.raises(BadInput, match=sentence) as told:
        added.add(store, session_id, TEXTS, lines, given["by"], given["origin"])
    assert "\n" not in str(told.value) and added.listed(store, session_id) == []


def test_a_session_that_is_put_away_takes_none(store, new_session, send):
    session_id = new_session()
    sessions.pause(store, session_id)
    assert send(session_id, "One").new, "it will be asked about when the session goes on"
    sessions.archive(store, session_id)
    with pytest.raises(BadInput, match="is archived; restore it to add texts"):
        send(session_id, "Two")
    with pytest.raises(BadInput, match="no labelling session nothing"):
        send("nothing", "Two")
    with pytest.raises(BadInput, match="1,001 texts are too many at once"):
        added.add(store, session_id, [], {str(n): "x" for n in range(1001)}, "Ann")


def test_three_processes_add_at_once(store, url, new_session):
    """Their own texts get numbers of their own; what all send at one time is one text."""
    session_id, same = new_session(1), str(uuid.uuid4())
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ADDER, url, session_id, name, same],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for name in ("ann", "bob", "cem")
    ]
    told = []
    for each in started:
        with each:
            told.append(
                [tuple(map(int, line.split())) for line in each.communicate(timeout=120)[0].splitlines()]
            )
    assert [each.returncode for each in started] == [0, 0, 0]
    own = [mine for each in told for mine, _ in each]
    shared = {tuple(both for _, both in each) for each in told}
    assert len(shared) == 1, "the same uuid is the same item for everybody"
    found = added.listed(store, session_id)
    assert [each.item for each in found] == list(range(1, 41)) == sorted([*own, *shared.pop()])
    assert len({each.text for each in found}) == 40


# Asked about


def test_it_is_asked_about_next_and_by_nobody(store, new_session, send, say, later):
    session_id = new_session(8, validation=2, validation_first=True, random_share=0.5, lease_seconds=60)
    rankings.publish(store, session_id, np.arange(8), None, strategy="margin", model_version="m1")
    (given_back,) = claims.take(store, session_id, "bob")
    later(61)
    send(session_id, "One", TEXTS[:8])
    send(session_id, "Two", TEXTS[:8])
    (held,) = claims.take(store, session_id, "ann")
    assert (held.item, held.slot, held.strategy) == (8, 1, SENT)
    assert (held.ranking_id, held.model_version, held.rank, held.score) == (None,) * 4
    assert [each.item for each in claims.take(store, session_id, "bob")] == [9]
    event = say(session_id, 8, "ann", 1)
    assert (event.strategy, event.rank, event.model_version) == (SENT, None, None)
    assert claims.take(store, session_id, "ann")[0].item == given_back.item
    later(1000)
    assert claims.take(store, session_id, "bob")[0].item in (given_back.item, 9)
    assert answers.asked_for(store, session_id) == [(8, SENT)] and SENT in UNASKED


def test_what_is_on_the_screen_stays_there(store, new_session, send):
    session_id = new_session()
    held = claims.take(store, session_id, "ann", 1)
    send(session_id, "One")
    assert claims.take(store, session_id, "ann", 2)[:2] == held
    assert claims.take(store, session_id, "ann", 2)[2].item == 10


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    overlap=some.integers(1, 3),
    arrivals=some.lists(some.integers(0, 12), min_size=1, max_size=5),
    turns=some.lists(some.sampled_from(["ann", "bob", "cem"]), min_size=4, max_size=12),
    shares=some.sampled_from([0.0, 0.5, 1.0]),
)
def test_each_added_text_is_given_out_as_often_as_asked(tmp_path_factory, overlap, arrivals, turns, shares):
    """Whenever it comes, whoever is there; and it is the first thing that anybody gets."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}")
    given = LabelSettings(classes=("no", "yes"), overlap=overlap, random_share=shares, validation=0)
    session_id = sessions.create(store, "Many", "demo-1", 3, given)
    out: Counter[int] = Counter()
    had, told = set(), 0

    def turn(name: str) -> bool:
        held = claims.take(store, session_id, name)
        if not held:
            return False
        item = held[0].item
        waiting = [each for each in range(3, 3 + told) if out[each] < overlap and (each, name) not in had]
        assert item == waiting[0] if waiting else item < 3
        out[item] += 1
        had.add((item, name))
        events.append(store, Answer(str(uuid.uuid4()), session_id, item, name, "label", 0))
        return True

    for n, name in enumerate(turns):
        for _ in range(arrivals.count(n)):
            added.add(store, session_id, TEXTS[:3], {str(uuid.uuid4()): f"new {told}"}, "Eve")
            told += 1
        turn(name)
    while True in [turn(name) for name in ("ann", "bob", "cem")]:
        pass
    assert out == dict.fromkeys(range(3 + told), overlap)
    store.close()


def test_people_and_texts_come_at_once(store, url, new_session):
    """Two people label while texts arrive: each text goes to both, once."""
    session_id, same = new_session(5, overlap=2), str(uuid.uuid4())
    labeller = Path(__file__).with_name("labeller.py")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    adder = subprocess.Popen([sys.executable, "-c", ADDER, url, session_id, "eve", same], env=env)
    for _ in range(2):
        command = [sys.executable, str(labeller), "label", url, session_id, "2", "ann", "bob"]
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert adder.wait(120) == 0  # the second time nothing comes any more
    standing = [(each.item, each.annotator) for each in answers.current(store, session_id)]
    assert standing == [(item, name) for item in range(25) for name in ("ann", "bob")]
    assert {each.strategy for each in events.history(store, session_id) if each.item >= 5} == {SENT}


@pytest.mark.alone
def test_a_thousand_that_are_labelled_hold_nobody_up(store, new_session):
    session_id = new_session(50)
    lines = {str(uuid.uuid4()): f"new {n}" for n in range(1000)}
    items = [each.item for each in added.add(store, session_id, [], lines, "Eve")]
    given = [Answer(str(uuid.uuid4()), session_id, item, "bob", "label", 1) for item in items]
    assert events.append_labels(store, session_id, given, "import") == (1000, 0)
    with store.write() as connection:
        connection.execute(sql("ANALYZE"))  # PostgreSQL does so by itself, within a minute
    times = []
    for n in range(30):
        started = time.perf_counter()
        assert claims.take(store, session_id, f"ann {n}")[0].item < 50
        times.append(time.perf_counter() - started)
    assert quietest(times) < 0.05, times  # measured: 0.005 s


# Sent although it is there


def test_a_text_of_the_corpus_is_asked_about_next(store, new_session, send, say):
    session_id = new_session()
    rankings.publish(store, session_id, np.arange(10), None, strategy="margin", model_version="v1")
    say(session_id, claims.take(store, session_id, "ann")[0].item, "ann", 1)
    for _ in range(2):  # sent twice, it is asked once
        assert send(session_id, "TEXT 7") == Added(7, False, "next")
    send(session_id, "A new one")
    assert send(session_id, "text 5") == Added(5, False, "next")
    rankings.publish(store, session_id, np.arange(8), None, strategy="margin", model_version="v2")
    rankings.prune(store, session_id)
    found = asked(store, session_id, "ann", say)
    assert found[:4] == [(10, SENT), (7, SENT), (5, SENT), (1, "margin")]
    assert sorted(item for item, _ in found) == list(range(1, 11)), "each is asked once"
    assert [row for row in answers.asked_for(store, session_id) if row[1] == SENT] == [
        (10, SENT),
        (7, SENT),
        (5, SENT),
    ]


def test_it_goes_to_as_many_people_as_any(store, new_session, send, say):
    session_id = new_session(overlap=2)
    send(session_id, "text 7")
    (ann,), (bob,) = (claims.take(store, session_id, name) for name in ("ann", "bob"))
    assert (ann.item, ann.slot, bob.item, bob.slot) == (7, 1, 7, 2)
    assert (ann.strategy, ann.rank, ann.score) == (SENT, None, None)
    assert claims.take(store, session_id, "cem")[0].item != 7
    say(session_id, 7, "ann", 1)
    assert send(session_id, "text 7") == Added(7, False, "seen"), "Bob has yet to answer"
    say(session_id, 7, "bob", 0)
    assert send(session_id, "text 7") == Added(7, False, "labelled", None), "people are divided"
    say(session_id, 7, "cem", 0, kind="decide")
    assert send(session_id, "text 7") == Added(7, False, "labelled", 0)


def test_what_is_labelled_says_so_and_is_not_asked(store, new_session, send, say):
    session_id = new_session()
    say(session_id, 3, "ann", 1)
    assert send(session_id, "text 3") == Added(3, False, "labelled", 1)
    send(session_id, "New")
    say(session_id, 10, "ann", 0)
    assert send(session_id, "new") == Added(10, False, "labelled", 0)
    (bob,) = claims.take(store, session_id, "bob")
    assert bob.strategy == "random"
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    assert send(session_id, "new") == Added(10, False, "seen"), "it is on Ann's screen again"
    other = 5 if bob.item == 4 else 4
    lines = {str(uuid.uuid4()): line for line in ("text 3", TEXTS[bob.item], f"text {other}", "newer")}
    assert added.add(store, session_id, TEXTS, lines, "Eve") == [
        Added(3, False, "labelled", 1),
        Added(bob.item, False, "seen"),
        Added(other, False, "next"),
        Added(11, True),
    ]


def test_what_somebody_has_or_skipped_is_left_to_them(store, new_session, send, say):
    session_id = new_session(skipped="nobody")
    item = claims.take(store, session_id, "ann")[0].item
    assert send(session_id, TEXTS[item]) == Added(item, False, "seen")
    say(session_id, item, "ann", None, kind="skip")
    assert send(session_id, TEXTS[item]) == Added(item, False, "seen")
    say(session_id, item, "ann", 1)
    assert send(session_id, TEXTS[item]) == Added(item, False, "labelled", 1)


def test_sent_again_by_the_same_uuid_it_is_told_what_has_become_of_it(store, new_session, send, say):
    session_id, one = new_session(), str(uuid.uuid4())
    assert send(session_id, "New", uuid=one) == Added(10, True)
    say(session_id, 10, "ann", 0)
    assert send(session_id, "New", uuid=one) == Added(10, True, "labelled", 0)


@pytest.mark.alone
def test_many_that_are_there_cost_few_queries(store, new_session):
    session_id = new_session()
    started = time.perf_counter()
    lines = {str(uuid.uuid4()): f"text {row}" for row in range(1000)}
    added.add(store, session_id, [f"text {row}" for row in range(1000)], lines, "Ann")
    assert time.perf_counter() - started < 5  # 0.1 s on an idle machine


def test_a_text_to_measure_by_waits_for_its_turn(store, new_session, send):
    """Else the random sample would begin with what the model gets wrong."""
    session_id = new_session(validation=4, random_share=0.5)
    drawn = sessions.validation(store, sessions.session(store, session_id)).tolist()
    last = drawn[-1]
    assert send(session_id, f"text {last}") == Added(last, False, "measures")
    assert claims.take(store, session_id, "ann")[0].item != last


# Labelled like any other


def test_its_label_is_undone_skipped_disputed_decided_and_flagged(store, new_session, send, say, later):
    session_id = new_session(3, overlap=2)
    send(session_id, "One", TEXTS[:3])
    for name in ("ann", "bob"):
        assert claims.take(store, session_id, name)[0].item == 3
    say(session_id, 3, "ann", 0)
    say(session_id, 3, "ann", kind="flag", note="odd")
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    events.undo(store, session_id, "ann", str(uuid.uuid4()))
    assert answers.current(store, session_id) == [] and answers.flagged(store, session_id) == []
    assert [each.item for each in claims.take(store, session_id, "ann")] == [3], "it is hers once more"
    say(session_id, 3, "bob", kind="skip")
    assert [each.item for each in claims.take(store, session_id, "cem")] == [3], "skipped: others get it"
    say(session_id, 3, "ann", 0)
    say(session_id, 3, "cem", 1)
    (found,) = consensus.opinions(store, session_id)
    assert found.item == 3 and found.disputed
    say(session_id, 3, "eve", 1, kind="decide")
    assert consensus.labels(consensus.opinions(store, session_id)).items.tolist() == [3]
    assert {each.strategy for each in events.history(store, session_id) if each.annotator == "cem"} == {SENT}
    with pytest.raises(BadInput, match="no text 4; the session has those from 0 to 3"):
        say(session_id, 4, "ann", 0)


def test_the_desk_tells_why_it_is_asked(store, new_session, send, say, home):
    session_id = new_session()
    send(session_id, "One")
    assert desk.offered(store, sessions.session(store, session_id), "ann")[0].item == 10
    say(session_id, 10, "ann", 1)
    found = desk.last(store, session_id, "ann", TEXTS)
    assert found and (found.item, found.said, found.why) == (10, 1, "Sent to this session to be labelled.")
    assert [each.item for each in desk.recent(store, session_id, "ann")] == [10]


@pytest.mark.parametrize("kind", ["labels", "answers", "events"])
def test_it_is_exported_and_told_apart(store, new_session, send, say, kind):
    session_id = new_session()
    send(session_id, "One", by="Eve")
    claims.take(store, session_id, "ann")
    say(session_id, 2, "ann", 0)
    say(session_id, 10, "ann", 1)
    rows = {row["row"]: row for row in exporting.table(store, session_id, TEXTS, kind).to_pylist()}
    assert {item: (row["text"], row["label"], row["sent_by"]) for item, row in rows.items()} == {
        2: ("text 2", "no", ""),
        10: ("One", "yes", "Eve"),
    }
    if kind != "labels":
        assert (rows[2]["asked_by"], rows[10]["asked_by"]) == ("", SENT)
    for form in ("csv", "jsonl", "parquet"):
        assert b"One" in exporting.export(store, session_id, TEXTS, kind, form) or form == "parquet"


def test_labels_of_it_can_be_brought_in(store, new_session, send):
    session_id = new_session(validation=2, random_share=0.5)
    send(session_id, "One")
    table = pa.table({"text": ["One", "text 4", "gone"], "label": ["yes", "no", "no"]})
    texts = added.texts(store, session_id, TEXTS)
    found = importing.match(table, texts, ("no", "yes"), label="label", text="text")
    assert found.items.tolist() == [10, 4] and found.unknown_text.count == 1
    done = importing.bring(store, session_id, found, "A file")
    held = sessions.validation(store, sessions.session(store, session_id)).tolist()
    assert (done.added, done.outside) == (1 + (4 not in held), 0)
    assert 10 not in held and 10 in [each.item for each in answers.current(store, session_id)]
