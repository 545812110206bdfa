"""What the oracle has charged, what the model says of the stop set, what a strategy carries on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("rounds", sa.Column("cost", sa.Double, nullable=False, server_default="0"))
    op.add_column("rounds", sa.Column("stop_set", sa.JSON))
    op.add_column("rounds", sa.Column("carried", sa.Double))
