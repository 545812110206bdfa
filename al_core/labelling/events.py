"""What people did: appended once per uuid, on disk before the call returns, never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, select

from al_core.errors import BadInput
from al_core.labelling import claims, people, sessions
from al_core.labelling.answers import ANSWERS, standing, undone
from al_core.labelling.records import Answer, Event, LabelSession
from al_core.store.engine import Store, insert_new
from al_core.store.schema import label_events, now

LONGEST_NOTE = 10_000
_UNKNOWN = {"ranking_id": None, "model_version": None, "strategy": None, "rank": None, "score": None}


def append(store: Store, answer: Answer) -> Event:
    """Write an answer and settle its claim; return the event, the earlier one if it was sent before.

    Raises `BadInput` for what cannot be meant. An answer is taken whatever became of the claim
    and of the session: a person's work is not lost. Cost: one transaction and one disk flush.
    """
    annotator = people.checked(answer.annotator)
    # Plain integers: SQLite would store those of NumPy as bytes.
    label = None if answer.label is None else int(answer.label)
    answer = replace(answer, item=int(answer.item), label=label)
    with store.write(durable=True) as connection:
        session = sessions.read(connection, answer.session_id)
        _check(answer, session)
        people.enter(connection, session.id, annotator)
        asked = claims.origin(connection, session.id, answer.item, annotator)
        before = standing(connection, session.id, answer.item, annotator)
        values = _UNKNOWN | (dict(asked._mapping) if asked else {})
        values |= {name: getattr(answer, name) for name in Answer.__dataclass_fields__}
        values |= {"uuid": _uuid(answer.uuid), "annotator": annotator, "undoes": None}
        values |= {"previous": before.label if before else None, "created_at": now()}
        event, new = _append(connection, values)
        if new and answer.kind in ANSWERS:
            claims.follow(connection, session, answer.item, annotator, cast(Any, answer.kind))
    return event


def undo(
    store: Store, session_id: str, annotator: str, uuid: str, client_at: datetime | None = None
) -> Event | None:
    """Take a person's last event that stands back, by one more event; None if there is none left.

    Asked again and again, it goes back to the first. What stood before stands again; a text
    without an answer is this person's once more. Sent twice with one uuid, it counts once.
    """
    annotator, uuid = people.checked(annotator), _uuid(uuid)
    last = (
        select(label_events)
        .where(
            label_events.c.session_id == session_id,
            label_events.c.annotator == annotator,
            label_events.c.kind != "undo",
            ~undone(),
        )
        .order_by(label_events.c.id.desc())
        .limit(1)
    )
    with store.write(durable=True) as connection:
        session = sessions.read(connection, session_id)
        people.enter(connection, session_id, annotator)
        sent = _find(connection, uuid)
        if sent is not None:
            return _same(sent, {"session_id": session_id, "annotator": annotator, "kind": "undo"})
        found = connection.execute(last).one_or_none()
        if found is None:
            return None
        before = standing(connection, session_id, found.item, annotator)
        values = _UNKNOWN | {"uuid": uuid, "session_id": session_id, "item": found.item}
        values |= {"annotator": annotator, "kind": "undo", "label": None, "undoes": found.id, "note": ""}
        values |= {"previous": before.label if before else None, "suggestion_shown": False}
        values |= {"milliseconds": None, "client_at": client_at, "created_at": now()}
        event, _ = _append(connection, values)
        if found.kind in ANSWERS:
            left = standing(connection, session_id, found.item, annotator)
            claims.follow(connection, session, found.item, annotator, left.kind if left else None)
    return event


def history(store: Store, session_id: str, annotator: str | None = None, limit: int = 50) -> list[Event]:
    """Return the last events, of one person or of all, the newest first."""
    statement = select(label_events).where(label_events.c.session_id == session_id)
    if annotator is not None:
        statement = statement.where(label_events.c.annotator == annotator)
    with store.read() as connection:
        found = connection.execute(statement.order_by(label_events.c.id.desc()).limit(limit)).all()
    return [Event(**row._mapping) for row in found]


def _append(connection: Connection, values: dict[str, Any]) -> tuple[Event, bool]:
    new = bool(insert_new(connection, label_events, [values]))
    event = _find(connection, values["uuid"])
    assert event is not None
    if not new:
        same = ("session_id", "item", "annotator", "kind", "label")
        _same(event, {name: values[name] for name in same})
    return event, new


def _find(connection: Connection, uuid: str) -> Event | None:
    found = connection.execute(select(label_events).where(label_events.c.uuid == uuid)).one_or_none()
    return None if found is None else Event(**found._mapping)


def _same(event: Event, values: dict[str, Any]) -> Event:
    if any(getattr(event, name) != value for name, value in values.items()):
        raise BadInput(f"The event {event.uuid} is on record with other content; send a new one.")
    return event


def _check(answer: Answer, session: LabelSession) -> None:
    classes = session.label_settings().classes
    if answer.kind not in (*ANSWERS, "flag"):
        raise BadInput(f"An answer is a label, a skip or a flag, not {answer.kind}.")
    if not 0 <= answer.item < session.rows:
        raise BadInput(f"There is no text {answer.item}; the corpus has rows 0 to {session.rows - 1}.")
    if answer.kind == "label" and (answer.label is None or not 0 <= answer.label < len(classes)):
        raise BadInput(f"A label is a number from 0 to {len(classes) - 1}, not {answer.label}.")
    if answer.kind != "label" and answer.label is not None:
        raise BadInput(f"A {answer.kind} has no label.")
    if answer.milliseconds is not None and not 0 <= answer.milliseconds < 2**31:
        raise BadInput(f"A text cannot have been on screen for {answer.milliseconds} milliseconds.")
    if len(answer.note) > LONGEST_NOTE or "\0" in answer.note:
        raise BadInput(f"A note is text of at most {LONGEST_NOTE:,} characters.")


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise BadInput(f"An event needs a UUID, not {text!r}.") from error
