"""Many people in processes of their own, one person in two tabs, and people who are killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sqlalchemy import func, select, text

import al_core
from al_core.labelling import answers, claims, events, rankings
from al_core.store import schema

pytestmark = pytest.mark.xdist_group("labelling")  # beside each other they would only wait for the disk

SCRIPT = Path(__file__).parent / "labeller.py"
ROOT = Path(al_core.__file__).parents[1]
PATIENCE = 600
FULL = bool(os.environ.get("AL_TEST_FULL"))
"""Minutes more for seven times as many labels, and a hundred deaths: what CI proves besides."""
LABELS, KILLS, TEXTS = (4000, 25, 700) if FULL else (600, 5, 160)
EIGHT = [f"person-{n}" for n in range(8)]


class Told(NamedTuple):
    """What somebody heard is saved."""

    uuid: str
    item: int
    label: int
    annotator: str
    event_id: int


def start(what: str, url: str, session_id: str, number: int, *people: str) -> subprocess.Popen[str]:
    """Start people, as `labeller.py` says."""
    # One thread each, for numpy: they only label.
    env = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), what, url, session_id, str(number), *people]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told_by(started: subprocess.Popen[str]) -> tuple[list[Told], list[list[str]]]:
    """Wait for people; return what they heard is saved, and how those who were killed died."""
    try:
        out, errors = started.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        started.kill()
        raise
    assert started.returncode == 0 and not errors, errors
    lines = [line.split() for line in out.splitlines()]
    told = [
        Told(one, int(item), int(label), name, int(number))
        for one, item, label, name, number in (each for each in lines if each[0] != "died")
    ]
    return told, [each[1:] for each in lines if each[0] == "died"]


def on_record(store, session_id: str) -> list[Told]:
    found = events.history(store, session_id, limit=100_000)
    return [Told(each.uuid, each.item, each.label, each.annotator, each.id) for each in found]


def slots(store, session_id: str) -> list[tuple[int, str]]:
    """Return item and person of each slot that is taken for good."""
    mine = (schema.claims.c.session_id == session_id, schema.claims.c.leased_until.is_(None))
    with store.read() as connection:
        return [(row.item, row.annotator) for row in connection.execute(select(schema.claims).where(*mine))]


@pytest.mark.parametrize("overlap", [1, 2])
def test_eight_people_label_each_text_as_often_as_asked(store, url, new_session, overlap):
    """While the ranking changes under them, and while some texts are picked at random."""
    n = LABELS // overlap
    session_id = new_session(n, overlap=overlap, random_share=0.3)
    with start("label", url, session_id, 2, *EIGHT) as started:
        for order in (np.arange(n), np.arange(n)[::-1], np.arange(0, n, 3)):
            time.sleep(LABELS / 4000)
            rankings.publish(store, session_id, order, None, strategy="margin", model_version="m")
        told, _ = told_by(started)
    assert len(told) == LABELS and sorted(told) == sorted(on_record(store, session_id)), "nothing is lost"
    assert Counter(each.item for each in told) == dict.fromkeys(range(n), overlap)
    assert len({(each.item, each.annotator) for each in told}) == LABELS, "nobody twice on one text"
    assert {each.annotator for each in told} == set(EIGHT)
    standing = [(each.item, each.annotator) for each in answers.current(store, session_id)]
    assert sorted(standing) == sorted(slots(store, session_id)) and len(standing) == LABELS


@pytest.mark.parametrize("overlap", [1, 2])
def test_skipped_by_eight_people_and_seen_again_by_all_at_once(store, url, new_session, overlap):
    """All of them look at the same skipped texts: each still gets no more labels than asked for."""
    n = LABELS // 8
    session_id = new_session(n, overlap=overlap)
    with start("later", url, session_id, 2, *EIGHT) as started:
        told, _ = told_by(started)
    labels = [each for each in on_record(store, session_id) if each.label is not None]
    assert sorted(told) == sorted(labels), "nothing is lost"
    assert Counter(each.item for each in told) == dict.fromkeys(range(n), overlap)
    assert len({(each.item, each.annotator) for each in told}) == len(told), "nobody twice on one text"
    assert sorted((each.item, each.annotator) for each in told) == sorted(slots(store, session_id))


def test_two_tabs_of_one_person_are_one_person(store, url, new_session):
    """Both get the person's own texts, so both may answer one; the later answer stands."""
    session_id = new_session(200, overlap=2)
    with start("label", url, session_id, 2, *["ann"] * 2, *["bob"] * 2) as started:
        told, _ = told_by(started)
    assert sorted(told) == sorted(on_record(store, session_id))
    last = defaultdict(int)
    for each in told:
        last[each.item, each.annotator] = max(each.event_id, last[each.item, each.annotator])
    assert set(last) == {(item, name) for item in range(200) for name in ("ann", "bob")}
    standing = answers.current(store, session_id)
    assert {(each.item, each.annotator): each.event_id for each in standing} == last
    assert len(standing) == 400 and sorted(slots(store, session_id)) == sorted(last)


def test_sent_by_two_processes_at_once_is_one_event(store, url, new_session):
    session_id = new_session(200)
    with start("send", url, session_id, 200, "ann", "ann") as started:
        told, _ = told_by(started)
    assert len(told) == 400 and set(told) == set(on_record(store, session_id)), "both hear of the same event"
    assert [each.item for each in answers.current(store, session_id)] == list(range(200))
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.label_events)) == 200


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is not for this system")
def test_no_acknowledged_label_is_lost_to_kill_9(store, url, new_session, say, later):
    session_id = new_session(TEXTS)
    killers = [start("kill", url, session_id, KILLS, name) for name in ("ann", "bob", "cem", "dee")]
    told, deaths = [], []
    for each in killers:
        with each:
            some, died = told_by(each)
        told += some
        deaths += died
    assert len(deaths) == 4 * KILLS and {code for _, code in deaths} == {"-9"}
    where = Counter(moment for moment, _ in deaths)
    assert where["claimed"] >= 2 * KILLS and where["saves"] + where["commits"] >= KILLS // 3, where
    written = on_record(store, session_id)
    assert set(told) <= set(written) and len(told) == len(set(told))
    assert len(written) - len(told) <= where["saves"] + where["commits"], "those who died before they heard"
    assert len({each.item for each in written}) == len(written), "nothing was given to two"
    if store.engine.dialect.name == "sqlite":
        with store.read() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    # What the dead held comes back, and nothing that they labelled.
    later(10_000)
    while held := claims.take(store, session_id, "eve", 2):
        say(session_id, held[0].item, "eve", 1)
    everything = on_record(store, session_id)
    assert sorted(each.item for each in everything) == list(range(TEXTS))
    assert set(written) <= set(everything)
    assert len(slots(store, session_id)) == len(answers.current(store, session_id)) == TEXTS


def test_who_is_ended_in_a_deadlock_asks_again(store, new_session, later):
    """Ann waits for a text that another transaction holds, and that one for ann."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    session_id = new_session(1)
    claims.take(store, session_id, "ann")
    later(10_000)
    taken = []
    with store.write() as other:
        other.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # so that it is ann's that is ended
        other.execute(select(schema.claims).with_for_update())
        ann = threading.Thread(target=lambda: taken.extend(claims.take(store, session_id, "ann")))
        ann.start()
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not other.scalar(waiting):
            time.sleep(0.01)
        other.execute(select(schema.annotators).with_for_update())
    ann.join(timeout=60)
    assert [each.item for each in taken] == [0]
