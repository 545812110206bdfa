"""Rankings: whole or not at all, swapped under readers, pruned when nobody needs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

import al_core
from al_core.errors import BadInput
from al_core.labelling import claims, rankings
from al_core.store import schema

WRITER = """
import os, signal, sys
import numpy as np
from sqlalchemy import event
from al_core.labelling import rankings
from al_core.store import open_store
store, rankings.BATCH, done = open_store(sys.argv[1]), 100, []
@event.listens_for(store.engine, "before_cursor_execute")
def before(connection, cursor, statement, *rest):
    done.append("ranking_items" in statement)
    if sum(done) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
rankings.publish(store, sys.argv[2], np.arange(1000), None, strategy="margin", model_version="m2")
"""


def publish(store, session_id, items, version="m1"):
    return rankings.publish(
        store, session_id, np.array(items), np.ones(len(items)), strategy="margin", model_version=version
    )


def held_items(store, ranking_id):
    items = schema.ranking_items
    with store.read() as connection:
        return connection.scalar(select(func.count()).where(items.c.ranking_id == ranking_id))


def test_the_last_one_is_in_force(store, new_session):
    session_id = new_session()
    assert rankings.current(store, session_id) is None
    publish(store, session_id, [1, 2])
    second = publish(store, session_id, [3], "m2")
    found = rankings.current(store, session_id)
    assert found and (found.id, found.strategy, found.model_version, found.items) == (
        second,
        "margin",
        "m2",
        1,
    )


@pytest.mark.parametrize(
    ("items", "sentence"), [([], "at least one"), ([1, 1], "twice"), ([10], "row 10"), ([-1, 2], "row -1")]
)
def test_what_cannot_be_a_ranking_changes_nothing(store, new_session, items, sentence):
    session_id = new_session()
    first = publish(store, session_id, [1])
    with pytest.raises(BadInput, match=sentence):
        publish(store, session_id, items)
    with pytest.raises(BadInput, match="2 texts, but 1 scores"):
        rankings.publish(store, session_id, np.arange(2), np.ones(1), strategy="margin", model_version=None)
    assert (found := rankings.current(store, session_id)) and found.id == first


def test_a_swap_waits_for_no_reader_and_no_claim(store, new_session, say):
    session_id = new_session(100)
    first = publish(store, session_id, list(range(100)))
    (held,) = claims.take(store, session_id, "ann")
    with store.read() as reader:
        rows = reader.execute(select(schema.ranking_items.c.item).order_by(schema.ranking_items.c.rank))
        rows.fetchone()
        started = time.monotonic()
        second = publish(store, session_id, list(range(100))[::-1], "m2")
        event = say(session_id, held.item, "ann", 1)
        (other,) = claims.take(store, session_id, "ann")
        assert time.monotonic() - started < 5, "the busy timeout is 30 s"
        assert len(rows.fetchall()) >= 99
    assert (event.ranking_id, event.model_version, event.rank) == (first, "m1", 0)
    assert (other.item, other.ranking_id, other.model_version) == (99, second, "m2")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is not for this system")
def test_a_killed_writer_leaves_the_old_one_in_force(store, url, new_session):
    session_id = new_session(1000)
    first = publish(store, session_id, [5, 6])
    env = os.environ | {"PYTHONPATH": str(Path(al_core.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", WRITER, url, session_id], env=env, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert (found := rankings.current(store, session_id)) and found.id == first
    assert [each.item for each in claims.take(store, session_id, "ann")] == [5]
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.rankings)) == 2, "and the random one"
    assert publish(store, session_id, [7], "m3")


def test_pruned_when_nobody_needs_it(store, new_session, say):
    session_id = new_session(50)
    one = publish(store, session_id, list(range(50)))
    (held,) = claims.take(store, session_id, "ann")
    two = publish(store, session_id, [1, 2, 3], "m2")
    assert rankings.prune(store, session_id) == 0, "its open claim has no event yet"
    say(session_id, held.item, "ann", 1)
    assert rankings.prune(store, session_id) == 50 and rankings.prune(store, session_id) == 0
    assert [held_items(store, each) for each in (one, two)] == [0, 3]
    assert claims.take(store, session_id, "ann")[0].item == 1
