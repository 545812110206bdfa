"""Runs: making one, finding one, listing them. What happens to them is in `lifecycle`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, func, insert, or_, select

import al_core
from al_core.config import RunConfig
from al_core.errors import BadInput
from al_core.store.engine import Store
from al_core.store.records import Process, RunPage, RunRecord
from al_core.store.schema import now, runs
from al_core.store.states import ACTIVE

Order = Literal["newest", "oldest", "name", "accuracy"]

_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (runs.c.created_at.desc(), runs.c.id.desc()),
    "oldest": (runs.c.created_at, runs.c.id),
    "name": (runs.c.name, runs.c.created_at.desc()),
    "accuracy": (runs.c.test_accuracy.desc().nulls_last(), runs.c.created_at.desc()),
}
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is taken for a digit."""


def new_id() -> str:
    """Return an id of 12 characters that sorts by time (in seconds) and fits in a URL."""
    number = (int(time.time()) << 25) | secrets.randbits(25)
    return "".join(_DIGITS[(number >> shift) & 31] for shift in range(55, -1, -5))


def create_run(store: Store, config: RunConfig, corpus_key: str, owner: Process | None = None) -> str:
    """Queue a run and return its id; with an `owner`, it waits for that process alone."""
    values = {
        "id": new_id(),
        "name": config.name,
        "config": config.model_dump(mode="json"),
        "config_key": config.key(),
        "corpus_key": corpus_key,
        "code_version": al_core.__version__,
        "state": "starting" if owner else "queued",
        "wanted": "running",
        "message": "",
        "created_at": now(),
        "rounds_done": 0,
        "labels": 0,
    }
    if owner:
        values |= {
            "host": owner.host,
            "pid": owner.pid,
            "pid_created": owner.created,
            "heartbeat_at": now(),
        }
    with store.write() as connection:
        connection.execute(insert(runs).values(**values))
    return values["id"]


def run(store: Store, run_id: str) -> RunRecord:
    """Return one run, archived or not; raises `BadInput` if there is none of that id."""
    with store.read() as connection:
        found = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    if found is None:
        raise BadInput(f"There is no run {run_id}.")
    return _record(found)


def list_runs(
    store: Store,
    limit: int = 50,
    offset: int = 0,
    *,
    search: str = "",
    states: Sequence[str] = (),
    archived: bool = False,
    order: Order = "newest",
) -> RunPage:
    """Return one page of runs; `search` looks in the names, and at the beginning of the ids.

    Paged in SQL by an index: 10,000 runs cost a few milliseconds.
    """
    where: list[ColumnElement[bool]] = [
        runs.c.archived_at.is_not(None) if archived else runs.c.archived_at.is_(None)
    ]
    if search:
        where.append(
            or_(
                runs.c.name.icontains(search, autoescape=True),
                runs.c.id.startswith(search.lower(), autoescape=True),
            )
        )
    if states:
        where.append(runs.c.state.in_(states))
    # Sorted as ids first: a sort of whole rows would drag every config along.
    ids = select(runs.c.id).where(*where).order_by(*_ORDERS[order]).limit(limit).offset(offset).subquery()
    page = select(runs).join(ids, ids.c.id == runs.c.id).order_by(*_ORDERS[order])
    with store.read() as connection:
        total = connection.scalar(select(func.count()).select_from(runs).where(*where)) or 0
        found = connection.execute(page).all()
    return RunPage(tuple(_record(row) for row in found), total)


def active(store: Store) -> list[RunRecord]:
    """Return the runs that a process works on, or should."""
    with store.read() as connection:
        found = connection.execute(
            select(runs).where(runs.c.state.in_(ACTIVE)).order_by(runs.c.created_at)
        ).all()
    return [_record(row) for row in found]


def next_queued(store: Store) -> str | None:
    """Return the id of the run that has waited longest, None when the queue is empty."""
    waiting = (
        select(runs.c.id)
        .where(runs.c.state == "queued")  # never an archived one: `archive` cancels what is queued
        .order_by(runs.c.created_at, runs.c.id)
        .limit(1)
    )
    with store.read() as connection:
        return connection.scalar(waiting)


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(**row._mapping)
