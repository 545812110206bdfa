"""Sweeps and the runs that are theirs: made once, carried out by the queue, reused where they are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from al_core.code_version import code_version
from al_core.config import RunConfig
from al_core.errors import BadInput
from al_core.store.engine import Store
from al_core.store.finished import lasted
from al_core.store.records import RunRecord
from al_core.store.runs import LONGEST_NOTE, new_id, new_run
from al_core.store.schema import now, runs, sweep_runs, sweeps
from al_core.store.states import ACTIVE, RESUMABLE, SOURCES

Wanted = Literal["running", "paused", "cancelled"]
Keyed = tuple[RunConfig, str]
"""A run's config, and the key of its corpus as that is now."""
REUSED = ("queued", *ACTIVE)
"""States in which a sweep takes a run as its own, besides finished ones.

Not one that is paused, interrupted, cancelled or failed: nobody says that it will ever go on.
"""
CHUNK = 500
"""Values in one statement; SQLite takes a few thousand at most."""


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One run of a sweep on the clock."""

    id: str
    state: str
    kind: tuple[str | None, str, str | None]
    """Classifier, corpus key, strategy: runs that agree in them take about as long."""
    seconds: float | None
    """How long it kept a slot; None while it does, and where it was started more than once."""
    fraction: float
    """The part of it that is done."""


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """One sweep, as it stands."""

    id: str
    name: str
    settings: dict[str, Any]
    wanted: Wanted
    note: str
    created_at: datetime
    archived_at: datetime | None


def create(store: Store, name: str, settings: dict[str, Any], cells: Sequence[Keyed]) -> str:
    """Note a sweep and queue the runs that are not there yet; return its id.

    cells: in the order to be carried out. One transaction: a sweep is there whole or not at all.
    """
    sweep_id = new_id()
    values = {"id": sweep_id, "name": name, "settings": settings, "wanted": "running", "note": ""}
    with store.write() as connection:
        connection.execute(insert(sweeps).values(**values, created_at=now()))
        _add(connection, sweep_id, cells, "running")
    return sweep_id


def extend(
    store: Store,
    sweep_id: str,
    before: dict[str, Any],
    settings: dict[str, Any],
    cells: Sequence[Keyed],
) -> int | None:
    """Give a sweep wider settings and the runs that it lacks; return how many those are.

    They wait, or are paused or cancelled, as the sweep is. None, and nothing is done, if its settings
    are not `before` any more: somebody else has widened them. Raises `BadInput` if the texts of its
    runs have changed.
    """
    with store.write() as connection:
        found = _read(connection, sweep_id, lock=True)
        if found.settings != before:
            return None
        connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(settings=settings))
        return _add(connection, sweep_id, cells, found.wanted)


def _add(connection: Connection, sweep_id: str, cells: Sequence[Keyed], wanted: Wanted) -> int:
    mine = (
        select(sweep_runs.c.config_key, sweep_runs.c.position, runs.c.corpus_key)
        .join(runs, runs.c.id == sweep_runs.c.run_id)
        .where(sweep_runs.c.sweep_id == sweep_id)
    )
    there = {row.config_key: row for row in connection.execute(mine)}
    keyed = {config.key(): (config, corpus_key) for config, corpus_key in cells}
    if any(key in there and there[key].corpus_key != corpus_key for key, (_, corpus_key) in keyed.items()):
        raise BadInput(
            "The texts have changed since this sweep was made, so more seeds would not compare with it; "
            "begin a new sweep on what is there now."
        )
    lacking = {key: cell for key, cell in keyed.items() if key not in there}
    known = _known(connection, list(lacking.values()))
    fresh = [cell for key, cell in lacking.items() if key not in known]
    made = dict(zip((config.key() for config, _ in fresh), _queue(connection, fresh, wanted), strict=True))
    start = max((row.position for row in there.values()), default=-1) + 1
    links = [
        {
            "sweep_id": sweep_id,
            "run_id": known.get(key) or made[key],
            "config_key": key,
            "position": position,
            "reused": key in known,
        }
        for position, key in enumerate(lacking, start)
    ]
    if links:
        connection.execute(insert(sweep_runs), links)
    return len(links)


def _known(connection: Connection, cells: Sequence[Keyed]) -> dict[str, str]:
    """Return for each config, by its key, a run that has its history or will have it; finished ones first.

    On the same texts, by the same code. A run that also fits the full-data baseline serves where none is
    asked for; the other way round, the baseline would be missing.
    """
    keyed = {config.key(): (config, corpus_key) for config, corpus_key in cells}
    serves = {key: (key, corpus_key) for key, (_, corpus_key) in keyed.items()}
    for key, (config, corpus_key) in keyed.items():
        if not config.cycle.baseline:
            serves.setdefault(config.with_baseline(True).key(), (key, corpus_key))
    going = runs.c.state.in_(REUSED) & (runs.c.wanted == "running")
    fitting: list[tuple[bool, datetime, str, str]] = []
    for part in _parts(list(serves)):
        statement = (
            select(runs.c.config_key, runs.c.corpus_key, runs.c.state, runs.c.created_at, runs.c.id)
            .where(runs.c.config_key.in_(part), runs.c.code_version == code_version())
            .where(runs.c.archived_at.is_(None), (runs.c.state == "finished") | going)
        )
        for row in connection.execute(statement):
            key, corpus_key = serves[row.config_key]
            if row.corpus_key == corpus_key:
                fitting.append((row.state != "finished", row.created_at, row.id, key))
    found: dict[str, str] = {}
    for _, _, run_id, key in sorted(fitting):
        found.setdefault(key, run_id)
    return found


def _queue(connection: Connection, cells: Sequence[Keyed], wanted: Wanted) -> list[str]:
    """Make a run of each cell, to be carried out in their order, and return the ids."""
    rows, ids, start = [], _new_ids(connection, len(cells)), now()
    for number, (config, corpus_key) in enumerate(cells):
        # Many are made in one moment: the queue goes by the time.
        values = new_run(config, corpus_key)
        values |= {"id": ids[number], "created_at": start + timedelta(microseconds=number)}
        if wanted != "running":
            values |= {"state": wanted, "wanted": wanted, "message": wanted.capitalize()}
        rows.append(values)
    for part in _parts(rows):
        connection.execute(insert(runs), part)
    return ids


def _new_ids(connection: Connection, count: int) -> list[str]:
    """Return ids that no run has; of the many made in one second two may be the same by chance."""
    found: dict[str, None] = {}
    while len(found) < count:
        found |= dict.fromkeys(new_id() for _ in range(count - len(found)))
        for part in _parts(list(found)):
            for taken in connection.scalars(select(runs.c.id).where(runs.c.id.in_(part))):
                del found[taken]
    return list(found)


def reusable(store: Store, cells: Sequence[Keyed]) -> set[str]:
    """Return the keys of the configs whose histories a sweep would find in the store."""
    with store.read() as connection:
        return set(_known(connection, cells))


def sweep(store: Store, sweep_id: str) -> SweepRecord:
    """Return one sweep; raises `BadInput` if there is none of that id."""
    with store.read() as connection:
        return _read(connection, sweep_id)


def list_sweeps(store: Store, *, archived: bool = False) -> list[SweepRecord]:
    """Return all sweeps, the newest first."""
    hidden = sweeps.c.archived_at.is_not(None)
    statement = select(sweeps).where(hidden if archived else ~hidden)
    with store.read() as connection:
        found = connection.execute(statement.order_by(sweeps.c.created_at.desc(), sweeps.c.id.desc())).all()
    return [SweepRecord(**row._mapping) for row in found]


def runs_of(
    store: Store, sweep_id: str, limit: int | None = None, offset: int = 0
) -> list[tuple[RunRecord, bool]]:
    """Return the runs of a sweep in their order, each with whether it was there before.

    A run that was deleted is not among them.
    """
    statement = (
        select(runs, sweep_runs.c.reused)
        .join(sweep_runs, sweep_runs.c.run_id == runs.c.id)
        .where(sweep_runs.c.sweep_id == sweep_id, runs.c.archived_at.is_(None))
        .order_by(sweep_runs.c.position, runs.c.id)
        .limit(limit)
        .offset(offset or None)
    )
    with store.read() as connection:
        found = [dict(row._mapping) for row in connection.execute(statement)]
    return [(RunRecord(**{k: v for k, v in row.items() if k != "reused"}), row["reused"]) for row in found]


def states(store: Store, sweep_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many runs of each sweep are in each state; deleted ones do not count."""
    found: dict[str, dict[str, int]] = {each: {} for each in sweep_ids}
    with store.read() as connection:
        for part in _parts(sweep_ids):
            statement = (
                select(sweep_runs.c.sweep_id, runs.c.state, func.count().label("n"))
                .join(runs, runs.c.id == sweep_runs.c.run_id)
                .where(sweep_runs.c.sweep_id.in_(part), runs.c.archived_at.is_(None))
                .group_by(sweep_runs.c.sweep_id, runs.c.state)
            )
            for row in connection.execute(statement):
                found[row.sweep_id][row.state] = row.n
    return found


def timed(store: Store, sweep_id: str) -> list[TimedRun]:
    """Return how each run of a sweep stands and what it took, in their order; deleted ones are left out."""
    columns = (runs.c.id, runs.c.state, runs.c.strategy, runs.c.classifier, runs.c.corpus_key)
    times = (runs.c.created_at, runs.c.started_at, runs.c.finished_at, runs.c.pid_created)
    statement = (
        select(*columns, *times, runs.c.progress)
        .join(sweep_runs, sweep_runs.c.run_id == runs.c.id)
        .where(sweep_runs.c.sweep_id == sweep_id, runs.c.archived_at.is_(None))
        .order_by(sweep_runs.c.position)
    )
    with store.read() as connection:
        found = connection.execute(statement).all()
    return [
        TimedRun(
            id=row.id,
            state=row.state,
            kind=(row.classifier, row.corpus_key, row.strategy),
            seconds=lasted(row.created_at, row.started_at, row.finished_at, row.pid_created),
            fraction=float((row.progress or {}).get("fraction") or 0.0),
        )
        for row in found
    ]


def want(store: Store, sweep_id: str, wanted: Wanted) -> int:
    """Let the runs of a sweep go on, pause or be cancelled; return how many that concerns.

    Runs that were there before go on: what is reused is not this sweep's to stop. Where such a run has
    been given up since, resuming makes the sweep a run of its own in its place. One transaction: no
    slot that becomes free on the way is taken by a run that is to be stopped.
    """
    with store.write() as connection:
        _read(connection, sweep_id, lock=True)
        connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(wanted=wanted))
        own = select(sweep_runs.c.run_id).where(sweep_runs.c.sweep_id == sweep_id, ~sweep_runs.c.reused)
        at_work = runs.c.state.in_(ACTIVE) & (runs.c.wanted != wanted)
        if wanted == "running":
            working = _set(connection, own, at_work, wanted=wanted)
            values = {"state": "queued", "message": "", "progress": None, "finished_at": None, "slot": None}
            idle = _set(connection, own, runs.c.state.in_(RESUMABLE), wanted=wanted, **values)
            return working + idle + _replace(connection, sweep_id)
        waiting = [state for state in SOURCES[wanted] if state not in ACTIVE]
        values = {"state": wanted, "message": wanted.capitalize(), "finished_at": now(), "slot": None}
        # These first: one that gets a slot meanwhile is then among those at work (PostgreSQL).
        idle = _set(connection, own, runs.c.state.in_(waiting), wanted=wanted, **values)
        return idle + _set(connection, own, at_work, wanted=wanted)


def _set(connection: Connection, own: Select[tuple[str]], where: ColumnElement[bool], **values: Any) -> int:
    mine = runs.c.id.in_(own) & runs.c.archived_at.is_(None)
    return connection.execute(update(runs).where(mine, where).values(**values)).rowcount


def _replace(connection: Connection, sweep_id: str) -> int:
    """Queue a run in place of each reused one that will not be finished; return how many."""
    given_up = runs.c.state.in_(RESUMABLE) | runs.c.archived_at.is_not(None)
    statement = (
        select(runs.c.id, runs.c.config, runs.c.corpus_key, sweep_runs.c.config_key)
        .join(sweep_runs, sweep_runs.c.run_id == runs.c.id)
        .where(sweep_runs.c.sweep_id == sweep_id, sweep_runs.c.reused, given_up)
        .order_by(sweep_runs.c.position)
    )
    gone = connection.execute(statement).all()
    cells = [(_own(RunConfig.model_validate(row.config), row.config_key), row.corpus_key) for row in gone]
    for row, run_id in zip(gone, _queue(connection, cells, "running"), strict=True):
        link = (sweep_runs.c.sweep_id == sweep_id) & (sweep_runs.c.run_id == row.id)
        connection.execute(update(sweep_runs).where(link).values(run_id=run_id, reused=False))
    return len(gone)


def _own(config: RunConfig, key: str) -> RunConfig:
    """Return the config of that key: what was reused may have fitted a baseline that is not asked for."""
    return config if config.key() == key else config.with_baseline(False)


def archive(store: Store, sweep_id: str) -> None:
    """Put a sweep out of sight; its runs stay."""
    _write(store, sweep_id, archived_at=now())


def unarchive(store: Store, sweep_id: str) -> None:
    """Undo `archive`."""
    _write(store, sweep_id, archived_at=None)


def write_note(store: Store, sweep_id: str, note: str) -> None:
    """Keep what people have to say on a sweep. Raises `BadInput` if it is too long."""
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise BadInput(f"A note is text of at most {LONGEST_NOTE:,} characters.")
    _write(store, sweep_id, note=note.strip())


def _write(store: Store, sweep_id: str, **values: Any) -> None:
    with store.write() as connection:
        if not connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(**values)).rowcount:
            raise BadInput(f"There is no sweep {sweep_id}.")


def _read(connection: Connection, sweep_id: str, *, lock: bool = False) -> SweepRecord:
    statement = select(sweeps).where(sweeps.c.id == sweep_id)
    found = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise BadInput(f"There is no sweep {sweep_id}.")
    return SweepRecord(**found._mapping)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
