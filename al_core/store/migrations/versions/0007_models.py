"""The registry of promoted models, looks at the test split, and texts added to a labelling session."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "added_texts",
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), primary_key=True),
        sa.Column("item", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("added_by", sa.String(100), nullable=False),
        sa.Column("origin", sa.JSON, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.UniqueConstraint("uuid", name="uq_added_texts_uuid"),
    )
    op.create_table(
        "models",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id")),
        sa.Column("round", sa.Integer),
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id")),
        sa.Column("session_version", sa.Integer),
        sa.Column("threshold", sa.Double),
        sa.Column("fn_price", sa.Double, nullable=False),
        sa.Column("fp_price", sa.Double, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("promoted_by", sa.String(100), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("host", sa.String(255)),
        sa.Column("pid", sa.BigInteger),
        sa.Column("pid_created", sa.Double),
        sa.Column("heartbeat_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_index("ix_models_state", "models", ["state"])
    op.create_index("ix_models_run", "models", ["run_id", "round"])
    op.create_table(
        "model_uses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_index("ix_model_uses_name", "model_uses", ["name", "id"])
    op.create_table(
        "test_looks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_index("ix_test_looks_run", "test_looks", ["run_id", "id"])
