"""The process behind a session, as the store knows it: wanted, started, alive, failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_, select, update

from al_core.labelling import consensus, events, models, sessions
from al_core.labelling.records import LabelSession
from al_core.store.engine import Store, insert_new
from al_core.store.records import Process
from al_core.store.schema import label_trainers, now

TrainerState = Literal["idle", "starting", "running", "failed"]

MOST_FAILURES = 3
"""Deaths in a row after which nobody starts it again unasked."""
PATIENCE = 5.0
"""Seconds from the first death to the next start; each further one doubles them."""
_ALIVE = label_trainers.c.state.in_(("starting", "running"))


@dataclass(frozen=True, slots=True)
class Trainer:
    """What is known of a session's trainer."""

    session_id: str
    state: TrainerState
    message: str
    """One sentence on what it waits for, or why it failed."""
    failures: int
    asked: int
    progress: dict[str, Any] | None
    host: str | None
    pid: int | None
    pid_created: float | None
    heartbeat_at: datetime | None
    created_at: datetime

    @property
    def alive(self) -> bool:
        """Tell whether a process should be at work."""
        return self.state in ("starting", "running")


def trainer(store: Store, session_id: str) -> Trainer | None:
    """Return a session's trainer; None if there never was one."""
    statement = select(label_trainers).where(label_trainers.c.session_id == session_id)
    with store.read() as connection:
        found = connection.execute(statement).one_or_none()
    return None if found is None else Trainer(**found._mapping)


def active(store: Store) -> list[Trainer]:
    """Return the trainers that a process stands behind, or should."""
    statement = select(label_trainers).where(_ALIVE)
    with store.read() as connection:
        return [Trainer(**row._mapping) for row in connection.execute(statement)]


def ask(store: Store, session_id: str) -> None:
    """Want a model now, whatever has been labelled; also after failures."""
    _insert(store, session_id)
    again = {"asked": label_trainers.c.asked + 1, "failures": 0}
    with store.write() as connection:
        connection.execute(update(label_trainers).where(_of(session_id)).values(**again))


def due(store: Store, session: LabelSession, known: Trainer | None) -> bool:
    """Tell whether there is something to do: an order to begin with, enough new labels, or a request.

    Cost: a query by key, and a count of the events since the last model.
    """
    if session.state != "active":
        return False
    if session.ranking_id is None or (known and known.asked):
        return True
    new = events.since(store, session.id, models.seen(store, session.id))
    return new >= session.label_settings().retrain_every


def wanted(store: Store) -> list[str]:
    """Return the sessions whose trainer should be started now, the oldest first.

    Cost: two queries, and what `due` costs for each active session without a trainer at work; for one
    that has ended because labels of two classes were lacking, a look at all its events.
    """
    with store.read() as connection:
        found = [Trainer(**row._mapping) for row in connection.execute(select(label_trainers))]
    known = {each.session_id: each for each in found}
    return [
        session.id
        for session in reversed(sessions.list_sessions(store))
        if not ((each := known.get(session.id)) and (each.alive or resting(each)))
        and due(store, session, each)
        and not (each and _lacks_classes(store, session, each))
    ]


def _lacks_classes(store: Store, session: LabelSession, known: Trainer) -> bool:
    """Tell whether a trainer ended while it waited for labels of two classes, and still would."""
    if known.state != "idle" or not known.message:
        return False
    counted = consensus.labels(consensus.opinions(store, session.id))
    training = counted.among(sessions.validation(store, session), inside=False)
    return len(set(training.labels.tolist())) < 2


def resting(known: Trainer) -> bool:
    """Tell whether a trainer has failed so recently, or so often, that it is left alone for now."""
    if known.state != "failed" or known.failures == 0:
        return False
    if known.failures >= MOST_FAILURES:
        return True
    wait = timedelta(seconds=PATIENCE * 2 ** (known.failures - 1))
    return known.heartbeat_at is not None and now() < known.heartbeat_at + wait


def begin(store: Store, session_id: str) -> bool:
    """Note that a process is about to be started; False if there is one."""
    _insert(store, session_id)
    values = {"state": "starting", "message": "", "progress": None, "heartbeat_at": now()}
    values |= {"host": None, "pid": None, "pid_created": None}
    idle = label_trainers.c.state.in_(("idle", "failed"))
    return _set(store, session_id, idle, **values)


def own(store: Store, session_id: str, process: Process) -> bool:
    """Become the trainer: of several processes that try, one gets True."""
    unowned = and_(label_trainers.c.state == "starting", label_trainers.c.pid.is_(None))
    free = or_(unowned, label_trainers.c.state.in_(("idle", "failed")), _owned(process))
    _insert(store, session_id)
    return _set(store, session_id, free, state="running", message="", **_ownership(process))


def note_process(store: Store, session_id: str, process: Process) -> bool:
    """Write down which process was started, unless it has come forward itself by now."""
    where = and_(label_trainers.c.state == "starting", label_trainers.c.pid.is_(None))
    return _set(store, session_id, where, **_ownership(process))


def heartbeat(store: Store, session_id: str, process: Process, progress: dict[str, Any] | None) -> bool:
    """Say that the process lives and what it does; False if it is no longer the session's trainer."""
    return _set(store, session_id, and_(_owned(process), _ALIVE), heartbeat_at=now(), progress=progress)


def waiting(store: Store, session_id: str, message: str) -> None:
    """Say what the trainer waits for; empty when it waits for nothing but more labels."""
    _set(store, session_id, label_trainers.c.message != message, message=message)


def answered(store: Store, session_id: str, asked: int) -> None:
    """Note that a model was made: so many requests are met, and what failed before is forgiven."""
    left = {"asked": label_trainers.c.asked - asked, "failures": 0, "message": ""}
    _set(store, session_id, label_trainers.c.asked >= asked, **left)


def end(store: Store, session_id: str, process: Process) -> bool:
    """Leave in good order."""
    return _set(store, session_id, and_(_owned(process), _ALIVE), state="idle", progress=None)


def fail(store: Store, known: Trainer, message: str) -> bool:
    """Note a death or an error, unless another process has taken over since `known` was read."""
    same = label_trainers.c.pid.is_(None) if known.pid is None else label_trainers.c.pid == known.pid
    values = {"state": "failed", "message": message, "progress": None, "heartbeat_at": now()}
    failures = label_trainers.c.failures + 1
    return _set(store, known.session_id, and_(same, _ALIVE), **values, failures=failures)


def _insert(store: Store, session_id: str) -> None:
    values = {"session_id": session_id, "state": "idle", "message": "", "failures": 0, "asked": 0}
    if trainer(store, session_id) is None:
        with store.write() as connection:
            insert_new(connection, label_trainers, [values | {"created_at": now()}])


def _set(store: Store, session_id: str, where: ColumnElement[bool], **values: Any) -> bool:
    statement = update(label_trainers).where(_of(session_id), where).values(**values)
    with store.write() as connection:
        return connection.execute(statement).rowcount == 1


def _of(session_id: str) -> ColumnElement[bool]:
    return label_trainers.c.session_id == session_id


def _owned(process: Process) -> ColumnElement[bool]:
    # By the creation time too: numbers come again. A float comes back from the store as it went in.
    own = (label_trainers.c.host == process.host, label_trainers.c.pid == process.pid)
    return and_(*own, label_trainers.c.pid_created == process.created)


def _ownership(process: Process) -> dict[str, Any]:
    known = {"host": process.host, "pid": process.pid, "pid_created": process.created}
    return known | {"heartbeat_at": now()}
