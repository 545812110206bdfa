"""What a list of sessions tells of each: labels, people, the last answer, models. Two queries for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from al_core.labelling import answers
from al_core.store.engine import Store
from al_core.store.schema import label_events, label_models


@dataclass(frozen=True, slots=True)
class Summary:
    """One session in a line of a list."""

    labelled: int = 0
    """Texts with a label of somebody."""
    people: int = 0
    last: datetime | None = None
    """When the last label was saved."""
    version: int = 0
    """Of the newest model; 0 before the first."""


def summaries(store: Store) -> dict[str, Summary]:
    """Return each session that has a label or a model, by its id. Cost: reads all events that stand."""
    events = label_events.c
    counts = (
        select(
            events.session_id,
            func.count(events.item.distinct()).label("labelled"),
            func.count(events.annotator.distinct()).label("people"),
            func.max(events.created_at).label("last"),
        )
        .where(events.kind == "label", ~answers.undone())
        .group_by(events.session_id)
    )
    versions = select(label_models.c.session_id, func.max(label_models.c.version).label("version")).group_by(
        label_models.c.session_id
    )
    with store.read() as connection:
        newest = {row.session_id: row.version for row in connection.execute(versions)}
        found = {
            row.session_id: Summary(row.labelled, row.people, row.last, newest.get(row.session_id, 0))
            for row in connection.execute(counts)
        }
    return {session_id: Summary(version=version) for session_id, version in newest.items()} | found
