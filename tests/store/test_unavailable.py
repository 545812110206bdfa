"""A store that is full, read-only, locked, broken or away: one sentence, nothing half-written, on it goes."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from al_core.errors import Unavailable
from al_core.labelling import answers, claims, events, sessions
from al_core.labelling.records import Answer
from al_core.labelling.settings import LabelSettings
from al_core.store import Store, open_store, schema
from al_core.worker.beat import Beat

TABLES = (schema.label_events, schema.claims, schema.annotators)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'folder' / 'store.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def postgresql(url: str, store: Store) -> Store:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("about the server")
    return store


def first_answer(store: Store, note: str = "") -> Answer:
    """Begin a session, and claim a text in it; return the answer to it."""
    settings = LabelSettings(classes=("no", "yes"), random_share=0.0, validation=0)
    session_id = sessions.create(store, "A session", "demo-1", 50, settings)
    item = claims.take(store, session_id, "ann")[0].item
    return Answer(str(uuid.uuid4()), session_id, item, "ann", "label", 1, note=note)


def contents(store: Store) -> list[list[tuple]]:
    with store.read() as connection:
        return [[tuple(row) for row in connection.execute(select(each))] for each in TABLES]


@contextmanager
def on_connections(store: Store, *statements: str) -> Iterator[None]:
    """Say something to each connection that is taken from the pool."""

    def say(connection, *_):
        for each in statements:
            connection.execute(each)

    event.listen(store.engine, "checkout", say)
    try:
        yield
    finally:
        event.remove(store.engine, "checkout", say)


def refused(store: Store, answer: Answer, sentence: str) -> None:
    """See that an answer is refused in one sentence that names the store and no secret."""
    with pytest.raises(Unavailable, match=sentence) as caught:
        events.append(store, answer)
    said = str(caught.value)
    assert store.shown_url in said and said.endswith(".") and "\n" not in said
    assert isinstance(caught.value.__cause__, Exception), "the log has the rest"


def saved(store: Store, answer: Answer) -> None:
    """See that the same answer is taken now, and counts once."""
    event = events.append(store, answer)
    assert event.uuid == answer.uuid and events.append(store, answer) == event
    standing = answers.current(store, answer.session_id)
    assert [(each.item, each.label, each.event_id) for each in standing] == [
        (answer.item, answer.label, event.id)
    ]
    assert claims.take(store, answer.session_id, "ann")[0].item != answer.item


def test_a_full_disk(sqlite):
    """SQLite's own limit of pages stands for the disk: the error is the same, from the same place."""
    answer = first_answer(sqlite, note="x" * 9_000)  # more than the free space in its last page
    before = contents(sqlite)
    with on_connections(sqlite, "PRAGMA max_page_count = 1"):  # which stops at the present size
        refused(sqlite, answer, "cannot be written: the disk is full; make room on it")
        assert contents(sqlite) == before, "it can still be read"
    with on_connections(sqlite, "PRAGMA max_page_count = 1000000"):
        saved(sqlite, answer)


def test_a_read_only_file(sqlite):
    answer = first_answer(sqlite)
    before = contents(sqlite)
    with on_connections(sqlite, "PRAGMA query_only = 1"):
        refused(sqlite, answer, "cannot be written: it is read-only; give the workbench the right")
        assert contents(sqlite) == before
    with on_connections(sqlite, "PRAGMA query_only = 0"):
        saved(sqlite, answer)


def test_a_disk_that_fails(sqlite):
    """A limit on the size of files breaks the writing of SQLite's log."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    answer = first_answer(sqlite, note="x" * 9_000)
    before = contents(sqlite)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, most[1]))
    try:
        with pytest.raises(Unavailable) as caught:
            events.append(sqlite, answer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert "cannot be written: the disk reports an error" in str(caught.value)
    assert contents(sqlite) == before
    saved(sqlite, answer)


def test_a_folder_that_is_gone(sqlite):
    answer = first_answer(sqlite)
    before = contents(sqlite)
    folder = Path(sqlite.engine.url.database or "").parent
    sqlite.close()
    away = folder.rename(folder.with_name("away"))
    refused(sqlite, answer, "cannot be written: its file cannot be opened")
    with pytest.raises(Unavailable, match="cannot be read: its file cannot be opened"):
        contents(sqlite)
    away.rename(folder)
    assert contents(sqlite) == before
    saved(sqlite, answer)


def test_locked_for_too_long(sqlite):
    answer = first_answer(sqlite)
    before = contents(sqlite)
    with on_connections(sqlite, "PRAGMA busy_timeout = 50"):
        other = sqlite3.connect(sqlite.engine.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused(sqlite, answer, "cannot be written: something else keeps it locked")
        other.execute("ROLLBACK")
        other.close()
        assert contents(sqlite) == before
        saved(sqlite, answer)


def test_no_database_at_all(sqlite):
    answer = first_answer(sqlite)
    file = Path(sqlite.engine.url.database or "")
    sqlite.close()
    whole = file.read_bytes()
    file.write_bytes(b"Not a database." * 1000)
    refused(sqlite, answer, "its file is no SQLite database; put a backup")
    sqlite.close()
    file.write_bytes(whole)
    saved(sqlite, answer)


@contextmanager
def admin(url: str) -> Iterator[Callable[[str], None]]:
    """Give a way to say something to the server from outside the store's database."""
    server = make_url(url).set(drivername="postgresql+psycopg", database="postgres")
    made = create_engine(server, isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        yield lambda statement: connection.exec_driver_sql(statement)
    made.dispose()


def cut_off(name: str | None) -> str:
    return f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"


def test_a_server_that_is_away(postgresql, url):
    answer, name = first_answer(postgresql), make_url(url).database
    before = contents(postgresql)
    with admin(url) as tell:
        tell(cut_off(name))
        tell(f"ALTER DATABASE {name} RENAME TO {name}_away")
        refused(postgresql, answer, "cannot be written: the server does not answer or let the workbench in")
        with pytest.raises(Unavailable, match="cannot be read: the server does not answer"):
            contents(postgresql)
        tell(f"ALTER DATABASE {name}_away RENAME TO {name}")
    assert contents(postgresql) == before
    saved(postgresql, answer)


@pytest.mark.parametrize("moment", ["label_events", "commit"])
def test_a_connection_that_breaks_on_the_way(postgresql, url, moment):
    """Between the event and its claim, and just before the commit."""
    answer, name = first_answer(postgresql), make_url(url).database
    before = contents(postgresql)
    with admin(url) as tell:

        def broken(*given):
            if moment == "commit" or str(given[2]).startswith("INSERT INTO label_events"):
                tell(cut_off(name))

        where = "commit" if moment == "commit" else "after_cursor_execute"
        event.listen(postgresql.engine, where, broken)
        refused(postgresql, answer, "cannot be written: the server does not answer")
        event.remove(postgresql.engine, where, broken)
    assert contents(postgresql) == before
    saved(postgresql, answer)


def test_a_server_that_takes_no_writing(postgresql, url):
    answer, name = first_answer(postgresql), make_url(url).database
    before = contents(postgresql)
    with admin(url) as tell:
        tell(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        postgresql.close()
        refused(postgresql, answer, "cannot be written: it is read-only; let the workbench write")
        assert contents(postgresql) == before
        tell(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        postgresql.close()
    saved(postgresql, answer)


def test_errors_of_the_program_stay_what_they_are(store):
    with pytest.raises((OperationalError, ProgrammingError), match="nowhere"), store.read() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
    session_id = first_answer(store).session_id
    row = {"session_id": session_id, "version": 1, "text": "", "author": "ann", "created_at": schema.now()}
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(insert(schema.guidelines), [row, row])
    with pytest.raises(KeyError), store.write() as connection:
        connection.execute(insert(schema.guidelines), [row])
        raise KeyError
    with store.read() as connection:
        assert connection.execute(select(schema.guidelines)).all() == []


def test_all_connections_in_use(sqlite, monkeypatch):
    monkeypatch.setattr(sqlite.engine.pool, "_timeout", 0.01)
    held = []
    with suppress(Unavailable):
        while len(held) < 100:
            held.append(sqlite.engine.connect())
            with sqlite.read():
                pass
    assert len(held) < 100
    with pytest.raises(Unavailable, match="all its connections in use; try again"), sqlite.read():
        pass
    for each in held:
        each.close()
    contents(sqlite)


def test_a_heartbeat_goes_on(sqlite, caplog):
    beats, again = [], threading.Event()

    def tick():
        beats.append(len(beats))
        if len(beats) > 2:
            again.set()
        with sqlite.write() as connection:
            connection.execute(text("CREATE TABLE more (what TEXT)"))

    with on_connections(sqlite, "PRAGMA query_only = 1"), Beat(tick, 0.01):
        assert again.wait(30)
    assert "The heartbeat was not written; trying again" in caplog.text
