"""Sweeps, what a list of runs is filtered and sorted by, and people's own words on a run."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("runs", sa.Column("strategy", sa.String(100)))
    op.add_column("runs", sa.Column("classifier", sa.String(100)))
    op.add_column("runs", sa.Column("seed", sa.BigInteger))
    op.add_column("runs", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_runs_archived_name", "runs", ["archived_at", "name"])
    op.create_index("ix_runs_archived_accuracy", "runs", ["archived_at", "test_accuracy"])
    op.create_index("ix_runs_archived_strategy", "runs", ["archived_at", "strategy", "created_at"])
    op.create_index("ix_runs_config", "runs", ["config_key", "code_version"])
    # In Python, because the databases do not agree on how to look into JSON.
    runs = sa.table(
        "runs",
        sa.column("id", sa.String),
        sa.column("config", sa.JSON),
        sa.column("strategy", sa.String),
        sa.column("classifier", sa.String),
        sa.column("seed", sa.BigInteger),
    )
    for row in op.get_bind().execute(sa.select(runs.c.id, runs.c.config)).all():
        told = {name: (row.config.get(name) or {}).get("name") for name in ("strategy", "classifier")}
        op.execute(sa.update(runs).where(runs.c.id == row.id).values(**told, seed=row.config.get("seed")))
    op.create_table(
        "run_tags",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("tag", sa.String(40), primary_key=True),
    )
    op.create_index("ix_run_tags_tag", "run_tags", ["tag", "run_id"])
    op.create_table(
        "sweeps",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("wanted", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("archived_at", UTC),
    )
    op.create_index("ix_sweeps_archived_created", "sweeps", ["archived_at", "created_at"])
    op.create_table(
        "sweep_runs",
        sa.Column("sweep_id", sa.String(16), sa.ForeignKey("sweeps.id"), primary_key=True),
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("config_key", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("reused", sa.Boolean, nullable=False),
        sa.UniqueConstraint("sweep_id", "config_key", name="uq_sweep_runs_config"),
    )
    op.create_index("ix_sweep_runs_run", "sweep_runs", ["run_id"])
