"""Runs: making one, finding one, listing them. What happens to them is in `lifecycle`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, or_, select, update

from al_core.code_version import code_version
from al_core.config import RunConfig
from al_core.errors import BadInput
from al_core.store.engine import Store, insert_new
from al_core.store.frames import AT_ONCE
from al_core.store.records import Process, RunPage, RunRecord
from al_core.store.schema import now, run_tags, runs, sweep_runs
from al_core.store.states import ACTIVE

Order = Literal["newest", "oldest", "name", "accuracy", "strategy", "labels"]

_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (runs.c.created_at.desc(), runs.c.id.desc()),
    "oldest": (runs.c.created_at, runs.c.id),
    "name": (runs.c.name, runs.c.created_at.desc()),
    "accuracy": (runs.c.test_accuracy.desc().nulls_last(), runs.c.created_at.desc()),
    "strategy": (runs.c.strategy, runs.c.created_at.desc()),
    "labels": (runs.c.labels.desc(), runs.c.created_at.desc()),
}
LONGEST_NOTE, LONGEST_TAG = 10_000, 40
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is taken for a digit."""


def new_id() -> str:
    """Return an id of 12 characters that sorts by time (in seconds) and fits in a URL."""
    number = (int(time.time()) << 25) | secrets.randbits(25)
    return "".join(_DIGITS[(number >> shift) & 31] for shift in range(55, -1, -5))


def create_run(store: Store, config: RunConfig, corpus_key: str, owner: Process | None = None) -> str:
    """Queue a run and return its id; with an `owner`, it waits for that process alone."""
    values = new_run(config, corpus_key)
    if owner:
        values |= {
            "state": "starting",
            "host": owner.host,
            "pid": owner.pid,
            "pid_created": owner.created,
            "heartbeat_at": now(),
        }
    with store.write() as connection:
        connection.execute(insert(runs).values(**values))
    return values["id"]


def new_run(config: RunConfig, corpus_key: str) -> dict[str, Any]:
    """Return the row of a queued run."""
    return {
        "id": new_id(),
        "name": config.name,
        "config": config.model_dump(mode="json"),
        "config_key": config.key(),
        "corpus_key": corpus_key,
        "code_version": code_version(),
        "state": "queued",
        "wanted": "running",
        "message": "",
        "created_at": now(),
        "rounds_done": 0,
        "labels": 0,
        "strategy": config.strategy.name,
        "classifier": config.classifier.name,
        "seed": config.seed,
        "note": "",
    }


def run(store: Store, run_id: str) -> RunRecord:
    """Return one run, archived or not; raises `BadInput` if there is none of that id."""
    found = find(store, run_id)
    if found is None:
        raise BadInput(f"There is no run {run_id}.")
    return found


def several(store: Store, run_ids: Sequence[str]) -> list[RunRecord]:
    """Return some runs in the order of the ids; raises `BadInput` if there is none of one of them.

    Cost: one query for `AT_ONCE` of them.
    """
    found: dict[str, RunRecord] = {}
    with store.read() as connection:
        for start in range(0, len(run_ids), AT_ONCE):
            part = select(runs).where(runs.c.id.in_(run_ids[start : start + AT_ONCE]))
            found |= {row.id: _record(row) for row in connection.execute(part)}
    for run_id in run_ids:
        if run_id not in found:
            raise BadInput(f"There is no run {run_id}.")
    return [found[run_id] for run_id in run_ids]


def find(store: Store, run_id: str) -> RunRecord | None:
    """Return one run, archived or not, or None."""
    with store.read() as connection:
        found = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return None if found is None else _record(found)


def list_runs(
    store: Store,
    limit: int = 50,
    offset: int = 0,
    *,
    search: str = "",
    states: Sequence[str] = (),
    strategies: Sequence[str] = (),
    classifiers: Sequence[str] = (),
    corpora: Sequence[str] = (),
    tags: Sequence[str] = (),
    sweep: str = "",
    archived: bool = False,
    order: Order = "newest",
) -> RunPage:
    """Return one page of runs that match everything given.

    `search` looks in names and notes, and at the beginning of the ids; `corpora` are keys; of `tags`
    a run has all. Paged in SQL by an index: 10,000 runs cost a few milliseconds.
    """
    where: list[ColumnElement[bool]] = [
        runs.c.archived_at.is_not(None) if archived else runs.c.archived_at.is_(None)
    ]
    if search:
        where.append(
            or_(
                runs.c.name.icontains(search, autoescape=True),
                runs.c.note.icontains(search, autoescape=True),
                runs.c.id.startswith(search.lower(), autoescape=True),
            )
        )
    wanted = ((runs.c.state, states), (runs.c.strategy, strategies), (runs.c.classifier, classifiers))
    where += [column.in_(values) for column, values in (*wanted, (runs.c.corpus_key, corpora)) if values]
    for tag in tags:
        where.append(exists().where(run_tags.c.run_id == runs.c.id, run_tags.c.tag == tag))
    if sweep:
        where.append(exists().where(sweep_runs.c.run_id == runs.c.id, sweep_runs.c.sweep_id == sweep))
    # Sorted as ids first: a sort of whole rows would drag every config along.
    ids = select(runs.c.id).where(*where).order_by(*_ORDERS[order]).limit(limit).offset(offset).subquery()
    page = select(runs).join(ids, ids.c.id == runs.c.id).order_by(*_ORDERS[order])
    with store.read() as connection:
        total = connection.scalar(select(func.count()).select_from(runs).where(*where)) or 0
        found = connection.execute(page).all()
    return RunPage(tuple(_record(row) for row in found), total)


def write_note(store: Store, run_id: str, note: str) -> None:
    """Keep what people have to say on a run. Raises `BadInput` if it is too long."""
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise BadInput(f"A note is text of at most {LONGEST_NOTE:,} characters.")
    with store.write() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(note=note.strip()))


def tag(store: Store, run_id: str, tags: Sequence[str]) -> None:
    """Give a run these tags and no others; empty ones do not count. Raises `BadInput`."""
    wanted = list(dict.fromkeys(each.strip() for each in tags if each.strip()))
    if long := next((each for each in wanted if len(each) > LONGEST_TAG or not each.isprintable()), None):
        raise BadInput(f"A tag is one line of at most {LONGEST_TAG} characters, not {long[:50]!r}.")
    with store.write() as connection:
        gone = delete(run_tags).where(run_tags.c.run_id == run_id, run_tags.c.tag.not_in(wanted))
        connection.execute(gone)
        insert_new(connection, run_tags, [{"run_id": run_id, "tag": each} for each in wanted])


def tags_of(store: Store, run_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the tags of each run, by name."""
    statement = select(run_tags).where(run_tags.c.run_id.in_(run_ids)).order_by(run_tags.c.tag)
    found: dict[str, list[str]] = {each: [] for each in run_ids}
    with store.read() as connection:
        for row in connection.execute(statement):
            found[row.run_id].append(row.tag)
    return found


def choices(store: Store) -> dict[str, list[str]]:
    """Return what a list may be filtered by: strategies, classifiers, corpora (keys) and tags that occur."""
    columns = {"strategies": runs.c.strategy, "classifiers": runs.c.classifier, "corpora": runs.c.corpus_key}
    with store.read() as connection:
        found = {
            name: [each for each in connection.scalars(select(column).distinct()) if each]
            for name, column in columns.items()
        }
        found["tags"] = list(connection.scalars(select(run_tags.c.tag).distinct()))
    return {name: sorted(values) for name, values in found.items()}


def active(store: Store) -> list[RunRecord]:
    """Return the runs that a process works on, or should."""
    with store.read() as connection:
        found = connection.execute(
            select(runs).where(runs.c.state.in_(ACTIVE)).order_by(runs.c.created_at)
        ).all()
    return [_record(row) for row in found]


def states(store: Store) -> dict[str, str]:
    """Return the state of every run, archived or not, by its id."""
    with store.read() as connection:
        return {row.id: row.state for row in connection.execute(select(runs.c.id, runs.c.state))}


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(**row._mapping)
