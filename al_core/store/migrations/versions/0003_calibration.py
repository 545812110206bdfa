"""What the raw probabilities say of test, and how many validation labels a run has besides its own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("rounds", sa.Column("uncalibrated", sa.JSON))
    op.add_column("runs", sa.Column("validation_labels", sa.Integer))
    # In Python, because the databases do not agree on how to look into JSON.
    runs = sa.table("runs", sa.column("id", sa.String), sa.column("validation_labels", sa.Integer))
    rounds = sa.table("rounds", sa.column("run_id", sa.String), sa.column("validation", sa.JSON))
    found = op.get_bind().execute(sa.select(rounds.c.run_id, rounds.c.validation)).all()
    for run_id, n in {row.run_id: row.validation["n"] for row in found}.items():
        op.execute(sa.update(runs).where(runs.c.id == run_id).values(validation_labels=n))
