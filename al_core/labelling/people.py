"""Who labels: a name, and where each one stands in the orders of a session."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from al_core.errors import BadInput
from al_core.store.engine import insert_new
from al_core.store.schema import annotators, now

LONGEST_NAME = 100


def checked(annotator: str) -> str:
    """Return the name without spaces around it; raises `BadInput` if it cannot be one."""
    annotator = annotator.strip()
    if not 1 <= len(annotator) <= LONGEST_NAME or not annotator.isprintable():
        raise BadInput(f"Whoever labels needs a name of 1 to {LONGEST_NAME} printable characters.")
    return annotator


def enter(connection: Connection, session_id: str, annotator: str) -> Row[*tuple[Any, ...]]:
    """Return where a person stands, and keep it to this transaction.

    So two tabs of one person never race, and a person's events are in the order of their ids.
    """
    mine = (
        select(annotators)
        .where(annotators.c.session_id == session_id, annotators.c.annotator == annotator)
        .with_for_update()
    )
    found = connection.execute(mine).one_or_none()
    if found is None:
        start = {"ranking_id": None, "ranking_head": 0, "random_head": 0, "taken": 0}
        values = {"session_id": session_id, "annotator": annotator, "created_at": now()} | start
        insert_new(connection, annotators, [values])
        found = connection.execute(mine).one()
    return found
