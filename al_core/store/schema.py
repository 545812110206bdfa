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

VERSION = "0007"
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
    # Of the config, what a list is filtered by.
    Column("strategy", String(100)),
    Column("classifier", String(100)),
    Column("seed", BigInteger),
    Column("note", Text, nullable=False, server_default=""),
    # NULLs are different from each other: any number of runs may hold no slot.
    UniqueConstraint("host", "slot", name="uq_runs_host_slot"),
    Index("ix_runs_archived_created", "archived_at", "created_at"),
    Index("ix_runs_archived_name", "archived_at", "name"),
    Index("ix_runs_archived_accuracy", "archived_at", "test_accuracy"),
    Index("ix_runs_archived_strategy", "archived_at", "strategy", "created_at"),
    Index("ix_runs_config", "config_key", "code_version"),
    Index("ix_runs_state_created", "state", "created_at"),
)

run_tags = Table(
    "run_tags",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("tag", String(40), primary_key=True),
    Index("ix_run_tags_tag", "tag", "run_id"),
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("settings", _JSON, nullable=False),
    Column("wanted", String(16), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column("archived_at", Utc),
    Index("ix_sweeps_archived_created", "archived_at", "created_at"),
)

sweep_runs = Table(
    "sweep_runs",
    metadata,
    Column("sweep_id", ForeignKey("sweeps.id"), primary_key=True),
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("config_key", String(32), nullable=False),
    # In which order its runs are to be carried out.
    Column("position", Integer, nullable=False),
    # Was there before the sweep.
    Column("reused", Boolean, nullable=False),
    UniqueConstraint("sweep_id", "config_key", name="uq_sweep_runs_config"),
    Index("ix_sweep_runs_run", "run_id"),
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

label_sessions = Table(
    "label_sessions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("corpus_key", String(200), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("settings", _JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    # The order in force, and the random one. No foreign keys: rankings already point here.
    Column("ranking_id", Integer),
    Column("random_id", Integer),
    Index("ix_label_sessions_state_created", "state", "created_at"),
)

guidelines = Table(
    "guidelines",
    metadata,
    Column("session_id", ForeignKey("label_sessions.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("created_at", Utc, nullable=False),
)

rankings = Table(
    "rankings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("label_sessions.id"), nullable=False),
    Column("strategy", String(100), nullable=False),
    Column("model_version", String(64)),
    Column("items", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("ix_rankings_session", "session_id", "id"),
)

ranking_items = Table(
    "ranking_items",
    metadata,
    Column("ranking_id", ForeignKey("rankings.id"), primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("item", BigInteger, nullable=False),
    Column("score", Double),
    sqlite_with_rowid=False,  # stored in the order it is read in
)

annotators = Table(
    "annotators",
    metadata,
    Column("session_id", ForeignKey("label_sessions.id"), primary_key=True),
    Column("annotator", String(100), primary_key=True),
    # Up to where the orders hold nothing new for this one, so that no walk begins at the top.
    Column("ranking_id", Integer),
    Column("ranking_head", Integer, nullable=False),
    Column("random_head", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("session_id", ForeignKey("label_sessions.id"), primary_key=True),
    Column("item", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("annotator", String(100), nullable=False),
    # NULL: answered, and taken for good.
    Column("leased_until", Utc),
    Column("taken_at", Utc, nullable=False),
    Column("ranking_id", ForeignKey("rankings.id")),
    Column("rank", Integer),
    Column("score", Double),
    UniqueConstraint("session_id", "item", "annotator", name="uq_claims_session_item_annotator"),
    Index("ix_claims_session_leased", "session_id", "leased_until"),
    Index("ix_claims_session_annotator_leased", "session_id", "annotator", "leased_until"),
    sqlite_with_rowid=False,
)

label_events = Table(
    "label_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", String(36), nullable=False),
    Column("session_id", ForeignKey("label_sessions.id"), nullable=False),
    Column("item", BigInteger, nullable=False),
    Column("annotator", String(100), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("label", Integer),
    Column("previous", Integer),
    Column("undoes", ForeignKey("label_events.id")),
    Column("note", Text, nullable=False),
    # What asked for it, kept here because the items of old rankings go.
    Column("ranking_id", Integer),
    Column("model_version", String(64)),
    Column("strategy", String(100)),
    Column("rank", Integer),
    Column("score", Double),
    Column("suggestion_shown", Boolean, nullable=False),
    Column("milliseconds", Integer),
    Column("client_at", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("uuid", name="uq_label_events_uuid"),
    UniqueConstraint("undoes", name="uq_label_events_undoes"),
    Index("ix_label_events_session_item", "session_id", "item", "annotator"),
    Index("ix_label_events_session_annotator", "session_id", "annotator", "id"),
)

label_trainers = Table(
    "label_trainers",
    metadata,
    Column("session_id", ForeignKey("label_sessions.id"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("message", Text, nullable=False),
    # Deaths and errors since the last model.
    Column("failures", Integer, nullable=False),
    # Requests to train now that no model has answered yet.
    Column("asked", Integer, nullable=False),
    Column("progress", _JSON),
    Column("host", String(255)),
    Column("pid", BigInteger),
    Column("pid_created", Double),
    Column("heartbeat_at", Utc),
    Column("created_at", Utc, nullable=False),
)

label_models = Table(
    "label_models",
    metadata,
    Column("session_id", ForeignKey("label_sessions.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # The last event that it had seen.
    Column("event_id", Integer, nullable=False),
    Column("labels", Integer, nullable=False),
    Column("validation_labels", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("details", _JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
)

added_texts = Table(
    "added_texts",
    metadata,
    Column("session_id", ForeignKey("label_sessions.id"), primary_key=True),
    # Numbered on from the rows of the corpus.
    Column("item", BigInteger, primary_key=True, autoincrement=False),
    Column("uuid", String(36), nullable=False),
    Column("text", Text, nullable=False),
    Column("added_by", String(100), nullable=False),
    # Which model said what of it.
    Column("origin", _JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("uuid", name="uq_added_texts_uuid"),
)

models = Table(
    "models",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # Where it comes from: a round of a run, or a version of a labelling session's model.
    Column("run_id", ForeignKey("runs.id")),
    Column("round", Integer),
    Column("session_id", ForeignKey("label_sessions.id")),
    Column("session_version", Integer),
    Column("threshold", Double),
    Column("fn_price", Double, nullable=False),
    Column("fp_price", Double, nullable=False),
    Column("note", Text, nullable=False),
    Column("promoted_by", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("host", String(255)),
    Column("pid", BigInteger),
    Column("pid_created", Double),
    Column("heartbeat_at", Utc),
    Column("created_at", Utc, nullable=False),
    Index("ix_models_state", "state"),
    Index("ix_models_run", "run_id", "round"),
)

model_uses = Table(
    "model_uses",
    metadata,
    # The newest of a name says which version is in use: a roll-back is one row more.
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("by", String(100), nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("ix_model_uses_name", "name", "id"),
)

test_looks = Table(
    "test_looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("ix_test_looks_run", "run_id", "id"),
)
