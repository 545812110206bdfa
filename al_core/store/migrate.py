"""Bring a store to the present schema: once, whoever opens it first, and quickly for the rest."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from al_core.errors import Unavailable
from al_core.store.schema import VERSION

LOCK = 0x414C_5742
"""Number of the PostgreSQL advisory lock that migrations hold."""

logger = logging.getLogger(__name__)


def bring_up(engine: Engine) -> None:
    """Migrate to `VERSION`. Raises `Unavailable` for a store written by a newer workbench.

    Several processes may open a new store at once: one migrates, the others wait for its
    transaction and find the work done.
    """
    with engine.connect() as connection:
        if version(connection) == VERSION:
            return
    with engine.execution_options(write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        found = version(connection)
        if found == VERSION:
            return
        if found is not None and found > VERSION:
            raise Unavailable(
                f"The store was written by a newer workbench (schema {found}, this one knows {VERSION}); "
                "update the workbench, or choose another store with AL_STORE_URL."
            )
        _upgrade(connection)
        logger.info("The store went from schema %s to %s.", found or "nothing", VERSION)


def version(connection: Connection) -> str | None:
    """Return the schema version of a store, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # late: 0.2 s that only the first opening of a store pays
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
