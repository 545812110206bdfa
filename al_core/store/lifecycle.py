"""Who works on a run, and from which state to which it goes. Each change is one compare-and-set.

A function that returns a bool tells whether it was this call that made the change.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update
from sqlalchemy.exc import IntegrityError

from al_core.errors import BadInput
from al_core.store.engine import Store
from al_core.store.records import Process, RunRecord
from al_core.store.schema import now, runs
from al_core.store.states import ACTIVE, RESUMABLE, SOURCES, RunState, Wanted


def transition(
    connection: Connection, run_id: str, state: RunState, *where: ColumnElement[bool], **values: Any
) -> bool:
    """Bring a run to `state` if it stands where that can be entered from, and `where` holds."""
    if state not in ACTIVE:
        values |= {"slot": None}
        values |= {"finished_at": None if state == "queued" else now()}
    statement = (
        update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(SOURCES[state]), *where)
        .values(state=state, **values)
    )
    return connection.execute(statement).rowcount == 1


def _owned(process: Process) -> ColumnElement[bool]:
    return and_(runs.c.host == process.host, runs.c.pid == process.pid, runs.c.pid_created == process.created)


def _ownership(process: Process) -> dict[str, Any]:
    return {
        "host": process.host,
        "pid": process.pid,
        "pid_created": process.created,
        "heartbeat_at": now(),
    }


def adopt(store: Store, run_id: str, process: Process) -> bool:
    """Take a queued run out of the queue for this process, before there is a slot for it."""
    with store.write() as connection:
        return transition(connection, run_id, "starting", **_ownership(process))


def take_slot(store: Store, run_id: str, host: str, slot: int) -> bool:
    """Give a slot to a run that is queued, or adopted and waiting; False if slot or run is taken."""
    other = runs.alias()
    free = ~exists(select(other.c.id).where(other.c.host == host, other.c.slot == slot))
    waiting = and_(runs.c.state == "starting", runs.c.slot.is_(None), runs.c.host == host)
    try:
        with store.write() as connection:
            if _set(connection, run_id, and_(waiting, free), slot=slot):
                return True
            values = {"host": host, "slot": slot, "pid": None, "pid_created": None, "heartbeat_at": now()}
            return transition(connection, run_id, "starting", free, **values)
    except IntegrityError:
        return False  # on PostgreSQL two may see the slot free; UNIQUE(host, slot) lets one through


def spoken_for(store: Store, host: str) -> int:
    """Return how many runs of a machine hold a slot, or have a process that waits for one."""
    mine = and_(runs.c.host == host, runs.c.state.in_(ACTIVE))
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(runs).where(mine)) or 0


def note_process(store: Store, run_id: str, process: Process) -> bool:
    """Write down which process was started, unless it has come forward itself by now."""
    with store.write() as connection:
        where = and_(runs.c.state == "starting", runs.c.pid.is_(None))
        return _set(connection, run_id, where, **_ownership(process))


def claim(store: Store, run_id: str, process: Process) -> bool:
    """Begin to run: of several processes that try, one gets True."""
    with store.write() as connection:
        return transition(
            connection,
            run_id,
            "running",
            runs.c.slot.is_not(None),
            **_ownership(process),
            started_at=func.coalesce(runs.c.started_at, now()),
            message="",
        )


def heartbeat(
    store: Store, run_id: str, process: Process, progress: dict[str, Any] | None = None
) -> Wanted | None:
    """Say that the process lives, and how far it is; return what is wanted of it.

    None: the run is no longer this process's, which must then leave it alone.
    """
    values: dict[str, Any] = {"heartbeat_at": now()} | ({"progress": progress} if progress else {})
    statement = (
        update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(ACTIVE), _owned(process))
        .values(**values)
        .returning(runs.c.wanted)
    )
    with store.write() as connection:
        return connection.execute(statement).scalar()


def set_device(store: Store, run_id: str, device: dict[str, Any]) -> None:
    """Record what the run computes on."""
    with store.write() as connection:
        _set(connection, run_id, runs.c.id == run_id, device=device)


def set_code(store: Store, run_id: str, version: str) -> None:
    """Record which code carries the run out."""
    with store.write() as connection:
        _set(connection, run_id, runs.c.id == run_id, code_version=version)


def end(store: Store, run_id: str, process: Process, state: RunState, message: str) -> bool:
    """Leave a run in its last state and give its slot back."""
    with store.write() as connection:
        return transition(connection, run_id, state, _owned(process), message=message)


def end_unstarted(store: Store, run_id: str, message: str) -> bool:
    """Fail a run whose process could not be started."""
    with store.write() as connection:
        return transition(connection, run_id, "failed", runs.c.pid.is_(None), message=message)


def bury(store: Store, run: RunRecord, message: str) -> bool:
    """End a run whose process is gone, unless somebody else works on it since it was read."""
    state: RunState = "cancelled" if run.wanted == "cancelled" else "interrupted"
    same_process = runs.c.pid.is_(None) if run.pid is None else runs.c.pid == run.pid
    with store.write() as connection:
        return transition(connection, run.id, state, runs.c.state == run.state, same_process, message=message)


def want(store: Store, run_id: str, wanted: Wanted) -> None:
    """Ask for a run to go on, to pause or to be cancelled. `BadInput` if it cannot be asked now.

    A working process sees it within a second; a run without one changes at once.
    """
    with store.write() as connection:
        if not _wanted(connection, run_id, wanted):
            state = connection.scalar(select(runs.c.state).where(runs.c.id == run_id))
            if state is None:
                raise BadInput(f"There is no run {run_id}.")
            verb = {"running": "resumed", "paused": "paused", "cancelled": "cancelled"}[wanted]
            raise BadInput(f"A run that is {state} cannot be {verb}.")


def _wanted(connection: Connection, run_id: str, wanted: Wanted) -> bool:
    working = and_(runs.c.state.in_(ACTIVE), runs.c.wanted != wanted)
    if wanted == "running":
        values = {"wanted": wanted, "message": "", "progress": None, "archived_at": None}
        return transition(connection, run_id, "queued", **values) or _set(
            connection, run_id, working, wanted=wanted
        )
    idle = runs.c.state.not_in(ACTIVE)
    message = "Cancelled" if wanted == "cancelled" else "Paused"
    return _set(connection, run_id, working, wanted=wanted) or transition(
        connection, run_id, wanted, idle, wanted=wanted, message=message
    )


def archive(store: Store, run_id: str) -> bool:
    """Put a run out of sight, and stop it if it works; `unarchive` brings it back."""
    with store.write() as connection:
        hidden = _set(connection, run_id, runs.c.archived_at.is_(None), archived_at=now())
        stops = runs.c.state.in_((*ACTIVE, "queued"))
        active = connection.scalar(select(runs.c.id).where(runs.c.id == run_id, stops))
        if hidden and active:
            _wanted(connection, run_id, "cancelled")
        return hidden


def unarchive(store: Store, run_id: str) -> bool:
    """Undo `archive`. A run that was stopped by it can be resumed."""
    with store.write() as connection:
        return _set(connection, run_id, runs.c.archived_at.is_not(None), archived_at=None)


def resumable(state: str) -> bool:
    """Tell whether a run in this state can be asked to go on."""
    return state in RESUMABLE


def _set(connection: Connection, run_id: str, where: ColumnElement[bool], **values: Any) -> bool:
    statement = update(runs).where(runs.c.id == run_id, where).values(**values)
    return connection.execute(statement).rowcount == 1
