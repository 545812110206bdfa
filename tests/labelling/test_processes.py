"""Several people in processes of their own, and some of them killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

import al_core
from al_core.labelling import answers, claims, events, rankings

SCRIPT = Path(__file__).parent / "labeller.py"
ROOT = Path(al_core.__file__).parents[1]


def start(url: str, session_id: str, names: list[str], ahead: int) -> list[subprocess.Popen[str]]:
    """Start people who label, and let them begin together."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), url, session_id, name, str(ahead)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for each in started:
        assert each.stdout and each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin
        each.stdin.write("\n")
        each.stdin.flush()
    return started


@pytest.mark.parametrize("overlap", [1, 2])
def test_four_people_label_each_text_as_often_as_asked(store, url, new_session, overlap):
    """While the ranking changes under them, and while some texts are picked at random."""
    n = 240 // overlap
    session_id = new_session(n, overlap=overlap, random_share=0.3)
    told = []
    with ExitStack() as stack:
        started = [
            stack.enter_context(each)
            for each in start(url, session_id, ["ann", "bob", "cem", "dee"], overlap)
        ]
        for order in (np.arange(n), np.arange(n)[::-1], np.arange(0, n, 3)):
            rankings.publish(store, session_id, order, None, strategy="margin", model_version="m")
            time.sleep(0.3)
        for each in started:
            out, _ = each.communicate(timeout=60)
            assert each.returncode == 0
            told += [line.split() for line in out.splitlines()]
    found = events.history(store, session_id, limit=1000)
    assert {each.uuid for each in found} == {one for one, _ in told} and len(found) == len(told) == 240
    assert Counter(each.item for each in found) == dict.fromkeys(range(n), overlap)
    assert len({(each.item, each.annotator) for each in found}) == 240, "nobody twice on one text"
    assert len({each.annotator for each in found}) > 1
    assert len(answers.current(store, session_id)) == 240


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is not for this system")
def test_no_acknowledged_label_is_lost_to_kill_9(store, url, new_session, say, later):
    session_id = new_session(5000)
    moments, told = random.Random(7), []
    for turn in range(5):
        for each in start(url, session_id, [f"ann {turn}", f"bob {turn}"], 1):
            time.sleep(moments.uniform(0, 0.2))
            with each:
                each.kill()
                assert each.stdout
                told += [line.split() for line in each.stdout.read().splitlines() if len(line.split()) == 2]
    found = events.history(store, session_id, limit=5000)
    written = {each.uuid: each for each in found}
    for one, item in told:
        event = written[one]
        assert (str(event.item), event.label) == (item, event.item % 2)
    assert len(told) > 10 and len(found) - len(told) <= 10, "at most the one that each was about to tell"
    assert len({each.item for each in found}) == len(found), "and nothing was given to two"
    if store.engine.dialect.name == "sqlite":
        with store.read() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    later(10_000)
    held = claims.take(store, session_id, "cem", 2)
    assert len(held) == 3 and not {each.item for each in held} & {each.item for each in found}
