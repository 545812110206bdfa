"""What the people who label are told, version by version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from al_core.labelling import sessions
from al_core.labelling.people import checked
from al_core.labelling.records import Guideline
from al_core.store.engine import Store, insert_new
from al_core.store.schema import guidelines, now


def write(store: Store, session_id: str, text: str, author: str) -> Guideline:
    """Add a version, and return it; a text that is the newest one already adds none.

    Raises `BadInput` for a session that does not exist. Earlier versions stay.
    """
    text, author = text.strip(), checked(author)
    while True:
        with store.write() as connection:
            sessions.read(connection, session_id)
            newest = connection.execute(_versions(session_id).limit(1)).one_or_none()
            if newest is not None and newest.text == text:
                return Guideline(**newest._mapping)
            made = Guideline(session_id, newest.version + 1 if newest else 1, text, author, now())
            values = {name: getattr(made, name) for name in Guideline.__dataclass_fields__}
            if insert_new(connection, guidelines, [values]):  # else somebody was quicker (PostgreSQL)
                return made


def versions(store: Store, session_id: str) -> list[Guideline]:
    """Return all versions, the newest first; none if nothing was written."""
    with store.read() as connection:
        return [Guideline(**row._mapping) for row in connection.execute(_versions(session_id))]


def _versions(session_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(guidelines).where(guidelines.c.session_id == session_id).order_by(guidelines.c.version.desc())
    )
