"""The registry: promoted models by name and version, which version is in use, and looks at the test split."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select, update

from al_core.errors import BadInput
from al_core.store.engine import Collision, Store, insert_new
from al_core.store.records import Process
from al_core.store.schema import model_uses, models, now, test_looks

PROMOTED = "Promoted"
"""Note of the use that comes with a promotion."""
TRIES = 20
"""Times that a version's number is drawn again after somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from: a round of a run, or a version of a labelling session's model."""

    run_id: str | None = None
    round: int | None = None
    session_id: str | None = None
    session_version: int | None = None


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One version of a promoted model, as it stands."""

    name: str
    version: int
    run_id: str | None
    round: int | None
    session_id: str | None
    session_version: int | None
    threshold: float | None
    """Probability of the second class above which a text gets it; None with more than two classes."""
    fn_price: float
    fp_price: float
    note: str
    promoted_by: str
    state: str
    """preparing, ready or failed."""
    message: str
    host: str | None
    pid: int | None
    pid_created: float | None
    heartbeat_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """From when on a version was in use, and who said so."""

    name: str
    version: int
    by: str
    note: str
    created_at: datetime


def create(
    store: Store,
    name: str,
    origin: Origin,
    *,
    threshold: float | None,
    fn_price: float,
    fp_price: float,
    note: str,
    promoted_by: str,
) -> int:
    """Note the next version of a name, to be prepared, and return its number."""
    values = {
        "name": name,
        "run_id": origin.run_id,
        "round": origin.round,
        "session_id": origin.session_id,
        "session_version": origin.session_version,
        "threshold": threshold,
        "fn_price": fn_price,
        "fp_price": fp_price,
        "note": note,
        "promoted_by": promoted_by,
        "state": "preparing",
        "message": "",
    }
    for _ in range(TRIES):
        with store.write() as connection:
            newest = connection.scalar(select(func.max(models.c.version)).where(models.c.name == name)) or 0
            times = {"heartbeat_at": now(), "created_at": now()}
            if insert_new(connection, models, [values | times | {"version": newest + 1}]):
                return newest + 1
    raise Collision(f"Others promote to {name} without a pause; try again.")


def own(store: Store, name: str, version: int, process: Process) -> bool:
    """Write down which process prepares a version; False if it is not to be prepared."""
    values = {"host": process.host, "pid": process.pid, "pid_created": process.created}
    return _set(store, name, version, models.c.state == "preparing", **values, heartbeat_at=now())


def beat(store: Store, name: str, version: int) -> bool:
    """Say that the process which prepares a version lives."""
    return _set(store, name, version, models.c.state == "preparing", heartbeat_at=now())


def ready(store: Store, name: str, version: int) -> bool:
    """Record that a version is complete, and put it in use; False if it was not being prepared.

    Not in use if, while it was prepared, a higher version came into use or somebody chose one.
    """
    mine = (models.c.name == name, models.c.version == version)
    with store.write() as connection:
        waiting = update(models).where(*mine, models.c.state == "preparing")
        if not connection.execute(waiting.values(state="ready", message="")).rowcount:
            return False
        row = connection.execute(select(models.c.promoted_by, models.c.created_at).where(*mine)).one()
        newest = select(model_uses.c.version, model_uses.c.note, model_uses.c.created_at)
        last = connection.execute(
            newest.where(model_uses.c.name == name).order_by(model_uses.c.id.desc()).limit(1)
        ).one_or_none()
        overtaken = last is not None and last.version > version
        chosen = last is not None and last.note != PROMOTED and last.created_at > row.created_at
        if not overtaken and not chosen:
            _use(connection, name, version, row.promoted_by, PROMOTED)
    return True


def failed(store: Store, name: str, version: int, message: str, pid: int | None = None) -> bool:
    """Record in one sentence why a version could not be prepared; with a `pid`, only if that prepares it."""
    where: ColumnElement[bool] = models.c.state == "preparing"
    if pid is not None:
        where = and_(where, models.c.pid == pid)
    return _set(store, name, version, where, state="failed", message=message)


def use(store: Store, name: str, version: int, by: str, note: str) -> None:
    """Put a version in use, as a roll-back does. Raises `BadInput` unless it is ready."""
    found = model(store, name, version)
    if found.state != "ready":
        raise BadInput(f"Version {version} of {name} is {found.state}; only a ready one can be used.")
    # By its note `ready` tells what came with a promotion from what somebody chose.
    note = f"{note}." if note == PROMOTED else note
    with store.write() as connection:
        _use(connection, name, version, by, note)


def model(store: Store, name: str, version: int | None = None) -> ModelRecord:
    """Return a version, without one the version in use. Raises `BadInput` if there is none."""
    if version is None:
        version = in_use(store).get(name)
        if version is None:
            raise BadInput(f"There is no model {name!r}; the page Models lists those there are.")
    found = _select(store, (models.c.name == name) & (models.c.version == version))
    if not found:
        raise BadInput(f"There is no version {version} of a model {name!r}.")
    return found[0]


def list_models(store: Store) -> list[ModelRecord]:
    """Return every version of every model, the newest first."""
    return _select(store)


def preparing(store: Store) -> list[ModelRecord]:
    """Return the versions that a process prepares, or should."""
    return _select(store, models.c.state == "preparing")


def in_use(store: Store) -> dict[str, int]:
    """Return the version in use of each name that has one."""
    newest = select(func.max(model_uses.c.id)).group_by(model_uses.c.name)
    statement = select(model_uses.c.name, model_uses.c.version).where(model_uses.c.id.in_(newest))
    with store.read() as connection:
        return {row.name: row.version for row in connection.execute(statement)}


def uses(store: Store, name: str) -> list[Use]:
    """Return which versions of a name were in use, the newest first."""
    columns = [column for column in model_uses.c if column.name != "id"]
    statement = select(*columns).where(model_uses.c.name == name).order_by(model_uses.c.id.desc())
    with store.read() as connection:
        return [Use(**row._mapping) for row in connection.execute(statement)]


def look(store: Store, run_id: str, number: int, threshold: float) -> None:
    """Note that somebody has confirmed a decision on a run's test split."""
    values = {"run_id": run_id, "round": number, "threshold": threshold, "created_at": now()}
    with store.write() as connection:
        connection.execute(insert(test_looks).values(**values))


def looks(store: Store, run_id: str) -> list[tuple[int, float]]:
    """Return the round and threshold of each look at a run's test split, in their order."""
    statement = select(test_looks.c.round, test_looks.c.threshold).where(test_looks.c.run_id == run_id)
    with store.read() as connection:
        found = connection.execute(statement.order_by(test_looks.c.id)).all()
    return [(row.round, row.threshold) for row in found]


def _use(connection: Any, name: str, version: int, by: str, note: str) -> None:
    values = {"name": name, "version": version, "by": by, "note": note, "created_at": now()}
    connection.execute(insert(model_uses).values(**values))


def _select(store: Store, *where: ColumnElement[bool]) -> list[ModelRecord]:
    statement = select(models).where(*where).order_by(models.c.created_at.desc(), models.c.version.desc())
    with store.read() as connection:
        return [ModelRecord(**row._mapping) for row in connection.execute(statement)]


def _set(store: Store, name: str, version: int, where: ColumnElement[bool], **values: Any) -> bool:
    mine = (models.c.name == name, models.c.version == version, where)
    with store.write() as connection:
        return connection.execute(update(models).where(*mine).values(**values)).rowcount == 1
