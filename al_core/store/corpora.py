"""Corpora: what has been read, what is being read, and what could not be."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from al_core.config import Component
from al_core.errors import BadInput
from al_core.store.engine import Store, insert_new
from al_core.store.records import CorpusRecord, Process
from al_core.store.schema import corpora, now


def begin(store: Store, key: str, component: Component, title: str) -> bool:
    """Note that a corpus is about to be read; False if somebody reads it already.

    A corpus that failed, or that is ready but wanted anew, begins again.
    """
    fresh: dict[str, Any] = {"state": "preparing", "message": "", "progress": None, "archived_at": None}
    nobody = {"host": None, "pid": None, "pid_created": None, "heartbeat_at": now()}
    values = {
        "key": key,
        "component": component.model_dump(mode="json"),
        "title": title,
        "synthetic": False,
        "note": "",
        "created_at": now(),
    }
    with store.write() as connection:
        if insert_new(connection, corpora, [values | fresh | nobody]):
            return True
        again = update(corpora).where(corpora.c.key == key, corpora.c.state != "preparing")
        return connection.execute(again.values(**fresh, **nobody)).rowcount == 1


def own(store: Store, key: str, process: Process) -> bool:
    """Write down which process reads a corpus."""
    values = {"host": process.host, "pid": process.pid, "pid_created": process.created}
    return _set(store, key, corpora.c.state == "preparing", **values, heartbeat_at=now())


def progress(store: Store, key: str, told: dict[str, Any] | None) -> bool:
    """Say that the reading process lives, and how far it is."""
    values = {"heartbeat_at": now()} | ({"progress": told} if told else {})
    return _set(store, key, corpora.c.state == "preparing", **values)


def ready(
    store: Store,
    key: str,
    *,
    title: str,
    rows: int,
    labelled: int,
    classes: list[str],
    class_counts: list[int],
    synthetic: bool,
    note: str,
) -> bool:
    """Record that a corpus has been read, and what it holds."""
    return _set(
        store,
        key,
        corpora.c.state == "preparing",
        state="ready",
        message="",
        title=title,
        rows=rows,
        labelled=labelled,
        classes=classes,
        class_counts=class_counts,
        synthetic=synthetic,
        note=note,
    )


def failed(store: Store, key: str, message: str, pid: int | None = None) -> bool:
    """Record in one sentence why a corpus could not be read; with a `pid`, only if that reads it."""
    where = corpora.c.state == "preparing"
    if pid is not None:
        where = and_(where, corpora.c.pid == pid)
    return _set(store, key, where, state="failed", message=message)


def corpus(store: Store, key: str) -> CorpusRecord:
    """Return one corpus; raises `BadInput` if there is none of that key."""
    found = find(store, key)
    if found is None:
        raise BadInput(f"There is no corpus {key}.")
    return found


def find(store: Store, key: str) -> CorpusRecord | None:
    """Return one corpus, archived or not, or None."""
    return next(iter(_select(store, corpora.c.key == key)), None)


def list_corpora(store: Store, *, archived: bool = False) -> list[CorpusRecord]:
    """Return all corpora, the newest first."""
    return _select(store, corpora.c.archived_at.is_not(None) if archived else corpora.c.archived_at.is_(None))


def preparing(store: Store) -> list[CorpusRecord]:
    """Return the corpora that a process reads, or should."""
    return _select(store, corpora.c.state == "preparing")


def archive(store: Store, key: str) -> bool:
    """Put a corpus out of sight; runs on it go on."""
    return _set(store, key, corpora.c.archived_at.is_(None), archived_at=now())


def unarchive(store: Store, key: str) -> bool:
    """Undo `archive`."""
    return _set(store, key, corpora.c.archived_at.is_not(None), archived_at=None)


def _select(store: Store, where: ColumnElement[bool]) -> list[CorpusRecord]:
    statement = select(corpora).where(where).order_by(corpora.c.created_at.desc(), corpora.c.key)
    with store.read() as connection:
        return [CorpusRecord(**row._mapping) for row in connection.execute(statement)]


def _set(store: Store, key: str, where: ColumnElement[bool], **values: Any) -> bool:
    with store.write() as connection:
        statement = update(corpora).where(corpora.c.key == key, where).values(**values)
        return connection.execute(statement).rowcount == 1
