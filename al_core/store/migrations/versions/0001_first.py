"""The first schema: runs, their rounds, epochs and queries, and the corpora."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("config_key", sa.String(32), nullable=False),
        sa.Column("corpus_key", sa.String(200), nullable=False),
        sa.Column("code_version", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("wanted", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("host", sa.String(255)),
        sa.Column("slot", sa.Integer),
        sa.Column("pid", sa.BigInteger),
        sa.Column("pid_created", sa.Double),
        sa.Column("heartbeat_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("started_at", UTC),
        sa.Column("finished_at", UTC),
        sa.Column("archived_at", UTC),
        sa.Column("device", sa.JSON),
        sa.Column("progress", sa.JSON),
        sa.Column("rounds_done", sa.Integer, nullable=False),
        sa.Column("labels", sa.Integer, nullable=False),
        sa.Column("test_accuracy", sa.Double),
        sa.UniqueConstraint("host", "slot", name="uq_runs_host_slot"),
    )
    op.create_index("ix_runs_archived_created", "runs", ["archived_at", "created_at"])
    op.create_index("ix_runs_state_created", "runs", ["state", "created_at"])
    op.create_table(
        "rounds",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("labels", sa.Integer, nullable=False),
        sa.Column("validation", sa.JSON, nullable=False),
        sa.Column("test", sa.JSON, nullable=False),
        sa.Column("queried_per_class", sa.JSON, nullable=False),
        sa.Column("verdicts", sa.JSON, nullable=False),
        sa.Column("seconds", sa.JSON, nullable=False),
        sa.Column("ended", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_table(
        "epochs",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("loss", sa.Double, nullable=False),
        sa.Column("accuracy", sa.Double, nullable=False),
        sa.Column("val_loss", sa.Double, nullable=False),
        sa.Column("val_accuracy", sa.Double, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
    )
    op.create_table(
        "queries",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.Column("label", sa.Integer, nullable=False),
        sa.Column("predicted", sa.Integer),
        sa.Column("score", sa.Double),
    )
    op.create_table(
        "corpora",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("component", sa.JSON, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("progress", sa.JSON),
        sa.Column("rows", sa.Integer),
        sa.Column("labelled", sa.Integer),
        sa.Column("classes", sa.JSON),
        sa.Column("class_counts", sa.JSON),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("host", sa.String(255)),
        sa.Column("pid", sa.BigInteger),
        sa.Column("pid_created", sa.Double),
        sa.Column("heartbeat_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("archived_at", UTC),
    )
    op.create_index("ix_corpora_state", "corpora", ["state"])
