"""Labelling by people: sessions, guidelines, orders to ask in, claims, and the events."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "label_sessions",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("corpus_key", sa.String(200), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("ranking_id", sa.Integer),
        sa.Column("random_id", sa.Integer),
    )
    op.create_index("ix_label_sessions_state_created", "label_sessions", ["state", "created_at"])
    op.create_table(
        "guidelines",
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_table(
        "rankings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), nullable=False),
        sa.Column("strategy", sa.String(100), nullable=False),
        sa.Column("model_version", sa.String(64)),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_index("ix_rankings_session", "rankings", ["session_id", "id"])
    op.create_table(
        "ranking_items",
        sa.Column("ranking_id", sa.Integer, sa.ForeignKey("rankings.id"), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "annotators",
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), primary_key=True),
        sa.Column("annotator", sa.String(100), primary_key=True),
        sa.Column("ranking_id", sa.Integer),
        sa.Column("ranking_head", sa.Integer, nullable=False),
        sa.Column("random_head", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_table(
        "claims",
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), primary_key=True),
        sa.Column("item", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("annotator", sa.String(100), nullable=False),
        sa.Column("leased_until", UTC),
        sa.Column("taken_at", UTC, nullable=False),
        sa.Column("ranking_id", sa.Integer, sa.ForeignKey("rankings.id")),
        sa.Column("rank", sa.Integer),
        sa.Column("score", sa.Double),
        sa.UniqueConstraint("session_id", "item", "annotator", name="uq_claims_session_item_annotator"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_claims_session_leased", "claims", ["session_id", "leased_until"])
    op.create_index(
        "ix_claims_session_annotator_leased", "claims", ["session_id", "annotator", "leased_until"]
    )
    op.create_table(
        "label_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("session_id", sa.String(16), sa.ForeignKey("label_sessions.id"), nullable=False),
        sa.Column("item", sa.BigInteger, nullable=False),
        sa.Column("annotator", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("label", sa.Integer),
        sa.Column("previous", sa.Integer),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("label_events.id")),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("ranking_id", sa.Integer),
        sa.Column("model_version", sa.String(64)),
        sa.Column("strategy", sa.String(100)),
        sa.Column("rank", sa.Integer),
        sa.Column("score", sa.Double),
        sa.Column("suggestion_shown", sa.Boolean, nullable=False),
        sa.Column("milliseconds", sa.Integer),
        sa.Column("client_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
        sa.UniqueConstraint("uuid", name="uq_label_events_uuid"),
        sa.UniqueConstraint("undoes", name="uq_label_events_undoes"),
    )
    op.create_index("ix_label_events_session_item", "label_events", ["session_id", "item", "annotator"])
    op.create_index("ix_label_events_session_annotator", "label_events", ["session_id", "annotator", "id"])
