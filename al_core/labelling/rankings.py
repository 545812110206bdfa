"""Orders to ask in: written whole, then put in force by one pointer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, delete, exists, func, insert, select, update

from al_core.errors import BadInput
from al_core.labelling.records import SENT, Ranking
from al_core.store.engine import Store
from al_core.store.schema import claims, label_sessions, now, ranking_items, rankings

BATCH = 5_000
"""Rows per statement."""


def publish(
    store: Store,
    session_id: str,
    items: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64] | None,
    *,
    strategy: str,
    model_version: str | None,
) -> int:
    """Write a ranking and put it in force, in one transaction; return its id.

    items: [n], row numbers, the one to ask first in front; scores: [n] or None. It should hold
    every text that still wants a label, half-labelled ones too; what it leaves out is asked last,
    at random. Raises `BadInput`. Readers and open claims go on with the old one. Cost: 40,000
    items hold the write lock of SQLite for about 0.07 s.
    """
    with store.write() as connection:
        return put_in_force(
            connection, session_id, items, scores, strategy=strategy, model_version=model_version
        )


def put_in_force(
    connection: Connection,
    session_id: str,
    items: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64] | None,
    *,
    strategy: str,
    model_version: str | None,
) -> int:
    """Do what `publish` does, inside a transaction."""
    rows = connection.scalar(select(label_sessions.c.rows).where(label_sessions.c.id == session_id))
    if rows is None:
        raise BadInput(f"There is no labelling session {session_id}.")
    ranking_id = write(connection, session_id, rows, items, scores, strategy, model_version)
    connection.execute(
        update(label_sessions).where(label_sessions.c.id == session_id).values(ranking_id=ranking_id)
    )
    return ranking_id


def write(
    connection: Connection,
    session_id: str,
    rows: int,
    items: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64] | None,
    strategy: str,
    model_version: str | None,
) -> int:
    """Write a ranking that nobody follows yet; return its id. Raises `BadInput`."""
    if not len(items):
        raise BadInput("A ranking needs at least one text.")
    if items.min() < 0 or items.max() >= rows:
        raise BadInput(f"A ranking holds row {_outside(items, rows)}; the corpus has rows 0 to {rows - 1}.")
    if len(np.unique(items)) < len(items):
        raise BadInput("A ranking holds the same text twice.")
    if scores is not None and len(scores) != len(items):
        raise BadInput(f"A ranking has {len(items)} texts, but {len(scores)} scores.")
    values = {"session_id": session_id, "strategy": strategy, "model_version": model_version}
    values |= {"items": len(items), "created_at": now()}
    ranking_id = connection.execute(insert(rankings).values(values).returning(rankings.c.id)).scalar_one()
    told = [None] * len(items) if scores is None else scores.tolist()
    compiled = insert(ranking_items).compile(dialect=connection.dialect)
    names = ("ranking_id", "rank", "item", "score")
    whole = [
        (ranking_id, rank, item, score)
        for rank, (item, score) in enumerate(zip(items.tolist(), told, strict=True))
    ]
    for start in range(0, len(whole), BATCH):
        batch = whole[start : start + BATCH]
        # Past SQLAlchemy, whose own handling of the rows keeps the write lock four times as long.
        rows_of = batch if compiled.positional else [dict(zip(names, row, strict=True)) for row in batch]
        connection.exec_driver_sql(str(compiled), rows_of)
    return ranking_id


def current(store: Store, session_id: str) -> Ranking | None:
    """Return the ranking in force, None until a model has made one."""
    statement = (
        select(rankings)
        .join(label_sessions, label_sessions.c.ranking_id == rankings.c.id)
        .where(label_sessions.c.id == session_id)
    )
    with store.read() as connection:
        found = connection.execute(statement).one_or_none()
    return None if found is None else Ranking(**found._mapping)


def items(store: Store, ranking_id: int | None) -> npt.NDArray[np.int64]:
    """Return the rows of a ranking (n,), the one to ask first in front; none once it has been pruned."""
    mine = ranking_items.c.ranking_id == ranking_id
    statement = select(ranking_items.c.item).where(mine).order_by(ranking_items.c.rank)
    with store.read() as connection:
        return np.array(connection.scalars(statement).all(), np.int64)


def prune(store: Store, session_id: str) -> int:
    """Delete the items of rankings that no one needs; return how many that were.

    Kept are the ranking in force, the random order, what was sent to be asked next, and those with an
    open claim, whose rank and score no event tells yet. Every ranking's strategy and model stay on record.
    """
    in_force = exists(
        select(label_sessions.c.id).where(
            (label_sessions.c.ranking_id == rankings.c.id) | (label_sessions.c.random_id == rankings.c.id)
        )
    )
    waited_for = exists(
        select(claims.c.item).where(
            claims.c.session_id == session_id,
            claims.c.ranking_id == rankings.c.id,
            claims.c.leased_until > now(),
        )
    )
    mine = (rankings.c.session_id == session_id, rankings.c.strategy != SENT)
    old = select(rankings.c.id).where(*mine, ~in_force, ~waited_for)
    with store.read() as connection:
        found = connection.scalars(old).all()
    deleted = 0
    for ranking_id in found:
        mine = ranking_items.c.ranking_id == ranking_id
        # Piece by piece, so that nobody waits long to save a label.
        while True:
            with store.write() as connection:
                last = connection.scalar(select(func.max(ranking_items.c.rank)).where(mine))
                if last is None:
                    break
                piece = delete(ranking_items).where(mine, ranking_items.c.rank > last - BATCH)
                deleted += connection.execute(piece).rowcount
    return deleted


def _outside(items: npt.NDArray[np.int64], rows: int) -> int:
    return int(items[(items < 0) | (items >= rows)][0])
