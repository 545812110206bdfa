"""Labelling sessions: begun, listed, renamed, paused, put away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, insert, select, update

from al_core.config import Component
from al_core.errors import BadInput
from al_core.labelling import rankings
from al_core.labelling.records import LabelSession, SessionState
from al_core.labelling.settings import LabelSettings
from al_core.seeding import generator
from al_core.store import corpora
from al_core.store.engine import Store
from al_core.store.records import CorpusRecord
from al_core.store.runs import new_id
from al_core.store.schema import added_texts, label_sessions, now
from al_core.store.schema import rankings as tables

LONGEST_NAME = 200


def create(
    store: Store,
    name: str,
    corpus_key: str,
    rows: int,
    settings: LabelSettings,
    items: npt.NDArray[np.int64] | None = None,
) -> str:
    """Begin a session on a corpus of so many rows; return its id. Raises `BadInput`.

    items: [n], the rows to be labelled; all of them by default. A seeded random order of them is
    written at once: it is followed until a model has an order of its own, and for random picks.
    Its first are the validation set.
    """
    if rows < 1:
        raise BadInput("The corpus has no texts to label.")
    pool = np.arange(rows, dtype=np.int64) if items is None else np.unique(items).astype(np.int64)
    if settings.validation >= len(pool):
        raise BadInput(
            f"A validation set of {settings.validation:,} texts leaves nothing of {len(pool):,} to learn "
            "from; choose a smaller one."
        )
    order = generator(settings.seed, "labelling order").permutation(pool)
    session_id = new_id()
    values = {
        "id": session_id,
        "name": _checked(name),
        "corpus_key": corpus_key,
        "rows": int(rows),
        "settings": settings.model_dump(mode="json"),
        "state": "active",
        "created_at": now(),
    }
    with store.write() as connection:
        connection.execute(insert(label_sessions).values(values))
        random_id = rankings.write(connection, session_id, rows, order, None, "random", None)
        connection.execute(
            update(label_sessions).where(label_sessions.c.id == session_id).values(random_id=random_id)
        )
    return session_id


def session(store: Store, session_id: str) -> LabelSession:
    """Return one session; raises `BadInput` if there is none of that id."""
    with store.read() as connection:
        return read(connection, session_id)


def read(connection: Connection, session_id: str) -> LabelSession:
    """Return one session inside a transaction; raises `BadInput` if there is none of that id."""
    found = connection.execute(select(label_sessions).where(label_sessions.c.id == session_id)).one_or_none()
    if found is None:
        raise BadInput(f"There is no labelling session {session_id}.")
    return LabelSession(**found._mapping)


def list_sessions(store: Store, *, archived: bool = False) -> list[LabelSession]:
    """Return all sessions, the newest first."""
    put_away = label_sessions.c.state == "archived"
    statement = (
        select(label_sessions)
        .where(put_away if archived else ~put_away)
        .order_by(label_sessions.c.created_at.desc(), label_sessions.c.id.desc())
    )
    with store.read() as connection:
        return [LabelSession(**row._mapping) for row in connection.execute(statement)]


def corpus(store: Store, session: LabelSession) -> CorpusRecord:
    """Return the corpus of a session; raises `BadInput` if the store does not know it any more."""
    return corpora.corpus(store, session.corpus_key)


def source(store: Store, corpus_key: str) -> Component:
    """Return what makes a corpus; raises `BadInput` if the store does not know it."""
    return corpora.corpus(store, corpus_key).source()


def texts(store: Store, session: LabelSession) -> int:
    """Return how many texts may be labelled, those that were added to the corpus's included."""
    with store.read() as connection:
        found = connection.scalar(select(tables.c["items"]).where(tables.c.id == session.random_id))
        return (found or 0) + added(connection, session.id)


def added(connection: Connection, session_id: str) -> int:
    """Return how many texts were added: their items follow the rows of the corpus without a gap."""
    statement = select(func.count()).where(added_texts.c.session_id == session_id)
    return connection.scalar(statement) or 0


def validation(store: Store, session: LabelSession) -> npt.NDArray[np.int64]:
    """Return the rows of the validation set (v,), labelled or not, in the order of drawing."""
    return rankings.items(store, session.random_id)[: session.label_settings().validation]


def rename(store: Store, session_id: str, name: str) -> None:
    """Give a session another name. Raises `BadInput`."""
    statement = update(label_sessions).where(label_sessions.c.id == session_id).values(name=_checked(name))
    with store.write() as connection:
        if connection.execute(statement).rowcount != 1:
            raise BadInput(f"There is no labelling session {session_id}.")


def pause(store: Store, session_id: str) -> bool:
    """Hand out no more texts; what is on a screen may still be answered."""
    return _turn(store, session_id, ("active",), "paused")


def resume(store: Store, session_id: str) -> bool:
    """Undo `pause`."""
    return _turn(store, session_id, ("paused",), "active")


def archive(store: Store, session_id: str) -> bool:
    """Put a session out of sight; its labels stay."""
    return _turn(store, session_id, ("active", "paused"), "archived")


def unarchive(store: Store, session_id: str) -> bool:
    """Bring a session back, paused."""
    return _turn(store, session_id, ("archived",), "paused")


def _turn(store: Store, session_id: str, sources: Sequence[SessionState], state: SessionState) -> bool:
    """Change the state; return whether it was this call that did."""
    statement = (
        update(label_sessions)
        .where(label_sessions.c.id == session_id, label_sessions.c.state.in_(sources))
        .values(state=state)
    )
    with store.write() as connection:
        return connection.execute(statement).rowcount == 1


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput(f"A session needs a name of 1 to {LONGEST_NAME} characters; this has {len(name)}.")
    return name
