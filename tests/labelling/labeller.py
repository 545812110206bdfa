"""People in processes of their own: label until there is nothing left, or until they are killed.

    python labeller.py label URL SESSION MOST_AHEAD ANNOTATOR...
    python labeller.py later URL SESSION MOST_AHEAD ANNOTATOR...
    python labeller.py send URL SESSION TIMES ANNOTATOR...
    python labeller.py kill URL SESSION TIMES ANNOTATOR

One line per acknowledged label: its uuid, item, label, annotator and event. The people are forked from
this process, which has imported what they need (elsewhere than on POSIX they are spawned): a life then
costs milliseconds. Each opens the store for itself.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from threading import Timer

from sqlalchemy import event

from al_core.labelling import claims, events
from al_core.labelling.records import Answer
from al_core.store import Store, open_store

CONTEXT = multiprocessing.get_context("fork" if sys.platform != "win32" else "spawn")
PATIENCE = 60
"""Seconds to wait for the others: without one who failed, nobody should wait for ever."""


def answers(store: Store, session_id: str, annotator: str, ahead: int) -> Iterator[Answer]:
    """Claim texts and give answers to them, as long as there are any."""
    while held := claims.take(store, session_id, annotator, ahead):
        item = held[0].item
        yield Answer(str(uuid.uuid4()), session_id, item, annotator, "label", item % 2)


def decided_later(store: Store, session_id: str, annotator: str, ahead: int) -> Iterator[Answer]:
    """Skip all texts, then see them again and give answers to them."""
    while held := claims.take(store, session_id, annotator, ahead):
        yield Answer(str(uuid.uuid4()), session_id, held[0].item, annotator, "skip")
    again = events.latest(store, session_id)
    while held := claims.take(store, session_id, annotator, ahead, again):
        item = held[0].item
        yield Answer(str(uuid.uuid4()), session_id, item, annotator, "label", item % 2)


def save(store: Store, answer: Answer) -> str:
    """Save an answer; return its line."""
    found = events.append(store, answer)
    assert (found.item, found.annotator, found.label) == (answer.item, answer.annotator, answer.label)
    return f"{answer.uuid} {answer.item} {answer.label} {answer.annotator} {found.id}"


def label(url: str, session_id: str, annotator: str, ahead: int, together: Barrier) -> None:
    """Label until nothing is left; begin when everybody is there."""
    store = open_store(url)
    together.wait(PATIENCE)
    for answer in answers(store, session_id, annotator, ahead):
        say(save(store, answer))
    store.close()


def later(url: str, session_id: str, annotator: str, ahead: int, together: Barrier) -> None:
    """Skip until nothing is left, then label; begin when everybody is there."""
    store = open_store(url)
    together.wait(PATIENCE)
    for answer in decided_later(store, session_id, annotator, ahead):
        line = save(store, answer)
        if answer.kind == "label":
            say(line)
    store.close()


def send(url: str, session_id: str, annotator: str, times: int, together: Barrier) -> None:
    """Send the answers that everybody sends, each at the moment when everybody does."""
    store = open_store(url)
    for item in range(times):
        one = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{session_id} {item}"))
        answer = Answer(one, session_id, item, annotator, "label", item % 2)
        together.wait(PATIENCE)
        say(save(store, answer))
    store.close()


def live(url: str, session_id: str, annotator: str, told: Connection) -> None:
    """Label a few and tell every step, then die by SIGKILL.

    Of four people two die between a claim and its label, one somewhere in saving, one in its commit.
    """
    store, moments = open_store(url), random.Random(annotator)
    few, ahead, where = moments.randint(1, 5), moments.randrange(3), int(annotator.split("-")[1]) % 4
    # Deaths come from a thread, so that they lie within a call: the drivers let others run while they wait.
    began, took, dying = 0.0, 0.0, False

    @event.listens_for(store.engine, "commit")
    def commits(_: object) -> None:
        nonlocal began
        if where == 3:
            began = time.perf_counter()
        if dying:
            told.send("commits")
            if where == 3:
                Timer(moments.uniform(0, took), die).start()

    for n, answer in enumerate(answers(store, session_id, annotator, ahead)):
        told.send("claimed")
        if dying := n == few:
            if where in (0, 2):
                die()
            told.send("saves")
            if where == 1:
                Timer(moments.uniform(0, took), die).start()
        began = time.perf_counter()
        line = save(store, answer)
        took = time.perf_counter() - began
        told.send(line)


def die() -> None:
    """End as by `kill -9`: at once, with nothing put in order."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill(url: str, session_id: str, annotator: str, times: int) -> None:
    """Let one person after another live; tell what they had heard is saved, and where each died."""
    for n in range(times):
        heard, tells = CONTEXT.Pipe(duplex=False)
        person = CONTEXT.Process(target=live, args=(url, session_id, f"{annotator}-{n}", tells))
        person.start()
        tells.close()
        last = "began"
        with heard, suppress(EOFError):
            while True:
                last = heard.recv()
                if " " in last:
                    say(last)
                    last = "saved"
        person.join()
        say(f"died {last} {person.exitcode}")


def say(line: str) -> None:
    """Write a line in one piece: several processes write to one pipe."""
    os.write(1, f"{line}\n".encode())


def main(what: str, url: str, session_id: str, number: str, *annotators: str) -> None:
    if what == "kill":
        return kill(url, session_id, annotators[0], int(number))
    together = CONTEXT.Barrier(len(annotators))
    people = []
    for n, each in enumerate(annotators):
        # Who labels holds 0 to so many ahead, one after the other.
        of_each = int(number) if what == "send" else n % (int(number) + 1)
        work = {"label": label, "later": later, "send": send}[what]
        people.append(CONTEXT.Process(target=work, args=(url, session_id, each, of_each, together)))
    for each in people:
        each.start()
    for each in people:
        each.join()
    sys.exit(any(each.exitcode for each in people))


if __name__ == "__main__":
    main(*sys.argv[1:])
