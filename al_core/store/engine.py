"""Open a store by URL: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    TimeoutError,
)

from al_core import paths
from al_core.errors import BadInput, Unavailable
from al_core.store import migrate

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: "something else keeps it locked; close other programs that use it, and try again",
    sqlite3.SQLITE_READONLY: "it is read-only; give the workbench the right to write its file and folder",
    sqlite3.SQLITE_IOERR: "the disk reports an error; look after the disk, then try again",
    sqlite3.SQLITE_CORRUPT: "its file is damaged; put a backup in its place",
    sqlite3.SQLITE_FULL: "the disk is full; make room on it, then try again",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened; see that it is there and may be read and written",
    sqlite3.SQLITE_NOTADB: "its file is no SQLite database; put a backup in its place",
}
"""By primary result code. The others are errors of the program, and stay what they are."""
_AWAY = "the server does not answer or let the workbench in; see that it runs, then try again"
_POSTGRESQL = {
    "08": _AWAY,
    "25006": "it is read-only; let the workbench write to the database, then try again",
    "53100": "the disk of the server is full; make room on it, then try again",
    "53200": "the server has no memory left; try again, or give it more",
    "53300": "the server has no connection left; try again, or allow more with max_connections",
    "55P03": "something else keeps it locked; try again",
    "57014": "the server ended the statement; try again",
    "57P": _AWAY,
    "58": "the disk of the server reports an error; look after it, then try again",
}
"""By how the SQLSTATE begins."""
_COLLISIONS = ("40001", "40P01")


class Collision(Unavailable):
    """PostgreSQL ended a transaction so that others could go on; asked again, it would pass."""


class Store:
    """One database. Safe to share between threads: each transaction has a connection of its own."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self.url = url.render_as_string(hide_password=False)
        """The complete URL, so that another process can open the same store. Not for showing."""
        self.shown_url = url.render_as_string(hide_password=True)
        self.engine = engine
        self._writer = engine.execution_options(write=True)
        self._durable = engine.execution_options(write=True, durable=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading; all its queries see the same moment (on SQLite).

        Raises `Unavailable` when the database does not answer.
        """
        with self._told("read"), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction for writing; it commits at the end, or rolls back on an error.

        Every committed transaction survives the death of the process. `durable`: it survives a
        power cut as well, at the price of a disk flush. Raises `Unavailable` when the database is
        away, full, locked or read-only; nothing is written then, unless the connection broke during
        the commit itself: only asking tells, so a write that must not count twice carries a key.
        """
        with self._told("written"), (self._durable if durable else self._writer).begin() as connection:
            yield connection

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        """Turn what is wrong with the database, and not with the program, into one clear sentence."""
        try:
            yield
        except (DBAPIError, TimeoutError) as error:
            why = _cause(error)
            if why is None:
                raise
            kind = Collision if _sqlstate(error) in _COLLISIONS else Unavailable
            raise kind(f"The store {self.shown_url} cannot be {done}: {why}.") from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose primary key is not there yet; return how many that were."""
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values([dict(row) for row in rows]).on_conflict_do_nothing()
    # Counted by what comes back: the drivers do not agree on the row count of such an insert.
    return len(connection.execute(statement.returning(*table.primary_key)).all())


def open_store(url: str | None = None) -> Store:
    """Open a store and bring it to the present schema; without a URL, the one of the environment.

    Raises `BadInput` for a URL that cannot be meant, `Unavailable` when nothing answers there.
    Cost: a few milliseconds; about half a second when the store is new.
    """
    parsed = _parse(url or paths.store_url())
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(parsed)
    else:
        engine = create_engine(
            parsed,
            # Said here, because a server may be set to another: whoever waited for a row must see what became
            # of it.
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )
    try:
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        migrate.bring_up(engine)
    except DatabaseError as error:
        engine.dispose()
        raise Unavailable(
            f"The store {parsed.render_as_string()} cannot be opened: {_first_line(error)}."
        ) from error
    except Unavailable:
        engine.dispose()
        raise
    return Store(parsed, engine)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInput(
            "AL_STORE_URL is not a database URL; write sqlite:///FILE or postgresql://…"
        ) from error
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise BadInput(f"The store is SQLite or PostgreSQL, not {backend}.")
    if not parsed.database or parsed.database == ":memory:":
        raise BadInput("The store needs a file that several processes can open: sqlite:///FILE.")
    # Absolute, because workers are handed this URL and may stand in another folder.
    return parsed.set(database=str(Path(parsed.database).expanduser().absolute()))


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # no BEGIN of the driver's own: `begun` says which one
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("write"):
            connection.exec_driver_sql("BEGIN")
            return
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable') else 'NORMAL'}")
        # The write lock at once: a reader that turns writer could find itself in a deadlock,
        # and SQLite then fails it without waiting.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _write_ahead(engine: Engine) -> None:
    """Turn the write-ahead log on; the file remembers it."""
    Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    last = time.monotonic() + BUSY_SECONDS
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.DatabaseError as error:
            # SQLite does not wait by itself here when two processes meet in a new file.
            if "locked" not in str(error) or time.monotonic() > last:
                raise DatabaseError("PRAGMA journal_mode", None, error) from error
            time.sleep(0.02)
        finally:
            raw.close()


def _cause(error: DBAPIError | TimeoutError) -> str | None:
    """Say what is wrong with the database and what to do; None for an error of the program."""
    if isinstance(error, TimeoutError):
        return "this process has all its connections in use; try again"
    if isinstance(error.orig, sqlite3.Error):
        # Extended codes carry the primary one in their lowest byte; the driver's own errors have none.
        return _SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
    state = _sqlstate(error)
    if state in _COLLISIONS:
        return "others wrote the same rows at that moment; try again"
    if state is None:
        # Without a server nobody gives a state.
        return _AWAY if isinstance(error, OperationalError) or error.connection_invalidated else None
    return next((why for begins, why in _POSTGRESQL.items() if state.startswith(begins)), None)


def _sqlstate(error: DBAPIError | TimeoutError) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _first_line(error: DatabaseError) -> str:
    return str(error.orig).strip().splitlines()[0].rstrip(".")
