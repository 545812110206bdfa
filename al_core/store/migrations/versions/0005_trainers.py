"""The process that learns behind a labelling session, and the models that it has made."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "label_trainers",
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("progress", sa.JSON),
        sa.Column("host", sa.String(255)),
        sa.Column("pid", sa.BigInteger),
        sa.Column("pid_created", sa.Double),
        sa.Column("heartbeat_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_table(
        "label_models",
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("labels", sa.Integer, nullable=False),
        sa.Column("validation_labels", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
