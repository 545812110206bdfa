"""Texts that a session has already, sent once more: asked about next, where that is of use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
from sqlalchemy import func, select

from al_core.labelling import consensus, rankings, sessions
from al_core.labelling.consensus import Opinion
from al_core.labelling.records import SENT, LabelSession
from al_core.store.engine import Store
from al_core.store.schema import claims, ranking_items
from al_core.store.schema import rankings as tables

Then = Literal["next", "labelled", "seen", "measures"]
"""Asked about next; labelled by as many people as it takes; with people who have it on their screen or
skipped it; or one of the random texts to measure by.

Those keep their turn: people send what a model gets wrong, and a sample that begins with its errors would
tell too low an accuracy.
"""


def put_first(
    store: Store, session: LabelSession, items: Collection[int]
) -> dict[int, tuple[Then, int | None]]:
    """Ask about texts of a session next; return what becomes of each, and the label of a labelled one.

    They stand in an order of their own, which is never in force: claims look into it first. Cost: reads all
    events of the session, unless there are no items; one transaction.
    """
    if not items:
        return {}
    said = {each.item: each for each in consensus.opinions(store, session.id)}
    drawn = set(sessions.validation(store, session).tolist())
    overlap = session.label_settings().overlap
    full = _without_a_slot(store, session, items, overlap)
    found: dict[int, tuple[Then, int | None]] = {}
    for item in items:
        opinion = said.get(item)
        if opinion is not None and _settled(opinion, overlap):
            found[item] = "labelled", opinion.label
        else:
            found[item] = "seen" if item in full else "measures" if item in drawn else "next", None
    # What came later than the corpus is asked about first as it is.
    _write(
        store, session, [item for item, (then, _) in found.items() if then == "next" and item < session.rows]
    )
    return found


def _settled(opinion: Opinion, overlap: int) -> bool:
    return opinion.decision is not None or len(opinion.votes) >= overlap


def _without_a_slot(store: Store, session: LabelSession, items: Collection[int], overlap: int) -> set[int]:
    """Return the texts of which as many people have a claim as may have one."""
    mine = (claims.c.session_id == session.id, claims.c.item.in_(items))
    counted = select(claims.c.item).where(*mine).group_by(claims.c.item)
    with store.read() as connection:
        return set(connection.scalars(counted.having(func.count() >= overlap)))


def _write(store: Store, session: LabelSession, items: Sequence[int]) -> None:
    mine = (tables.c.session_id == session.id, tables.c.strategy == SENT, ranking_items.c.item.in_(items))
    there = select(ranking_items.c.item).join(tables, tables.c.id == ranking_items.c.ranking_id).where(*mine)
    if not items:
        return
    with store.write() as connection:
        known = set(connection.scalars(there))
        new = np.array([each for each in items if each not in known], np.int64)
        if len(new):
            rankings.write(connection, session.id, session.rows, new, None, SENT, None)
