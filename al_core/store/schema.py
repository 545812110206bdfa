"""The tables. A change here needs a new migration; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

VERSION = "0003"
"""The newest migration. Known here so that opening a store need not import Alembic."""

metadata = MetaData()

_JSON = JSON(none_as_null=True)


class Utc(TypeDecorator[datetime]):
    """A moment in UTC, aware on the Python side; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a naive time is a mistake of the caller."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Say that what comes back is UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("config", _JSON, nullable=False),
    Column("config_key", String(32), nullable=False),
    Column("corpus_key", String(200), nullable=False),
    Column("code_version", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("wanted", String(16), nullable=False),
    Column("message", Text, nullable=False),
    # Whose it is: the process, and the slot that it holds while it runs.
    Column("host", String(255)),
    Column("slot", Integer),
    Column("pid", BigInteger),
    Column("pid_created", Double),
    Column("heartbeat_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("started_at", Utc),
    Column("finished_at", Utc),
    Column("archived_at", Utc),
    Column("device", _JSON),
    Column("progress", _JSON),
    # What a list shows, so that it need not read the rounds.
    Column("rounds_done", Integer, nullable=False),
    Column("labels", Integer, nullable=False),
    Column("test_accuracy", Double),
    Column("validation_labels", Integer),
    # NULLs are different from each other: any number of runs may hold no slot.
    UniqueConstraint("host", "slot", name="uq_runs_host_slot"),
    Index("ix_runs_archived_created", "archived_at", "created_at"),
    Index("ix_runs_state_created", "state", "created_at"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("labels", Integer, nullable=False),
    Column("validation", _JSON, nullable=False),
    Column("test", _JSON, nullable=False),
    Column("queried_per_class", _JSON, nullable=False),
    Column("verdicts", _JSON, nullable=False),
    Column("seconds", _JSON, nullable=False),
    Column("ended", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("cost", Double, nullable=False, server_default="0"),
    Column("stop_set", _JSON),
    Column("carried", Double),
    Column("uncalibrated", _JSON),
)

epochs = Table(
    "epochs",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("loss", Double, nullable=False),
    Column("accuracy", Double, nullable=False),
    Column("val_loss", Double, nullable=False),
    Column("val_accuracy", Double, nullable=False),
    Column("seconds", Double, nullable=False),
)

queries = Table(
    "queries",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("row", BigInteger, nullable=False),
    Column("label", Integer, nullable=False),
    Column("predicted", Integer),
    Column("score", Double),
)

corpora = Table(
    "corpora",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("component", _JSON, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("progress", _JSON),
    Column("rows", Integer),
    Column("labelled", Integer),
    Column("classes", _JSON),
    Column("class_counts", _JSON),
    Column("synthetic", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("host", String(255)),
    Column("pid", BigInteger),
    Column("pid_created", Double),
    Column("heartbeat_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("archived_at", Utc),
    Index("ix_corpora_state", "state"),
)
