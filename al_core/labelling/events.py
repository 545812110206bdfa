"""What people did: appended once per uuid, on disk before the call returns, never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, Connection, Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from al_core.errors import BadInput
from al_core.labelling import claims, people, sessions
from al_core.labelling.answers import ANSWERS, standing, undone
from al_core.labelling.records import Answer, Event, Kind, LabelSession
from al_core.store.engine import Store, insert_new
from al_core.store.schema import claims as claims_table
from al_core.store.schema import label_events, now

LONGEST_NOTE = 10_000
AT_THE_DESK: tuple[Kind, ...] = (*ANSWERS, "flag")
"""Kinds of events of a person who labels; an adjudicator's decisions are taken back apart."""
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
        _check(connection, answer, session)
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


def append_labels(store: Store, session_id: str, given: Sequence[Answer], strategy: str) -> tuple[int, int]:
    """Write labels that came from elsewhere, in one transaction; return how many are new, and left out.

    Left out are those whose person answered the text in the session itself: only what came by the
    same `strategy` is replaced. Raises `BadInput`. Cost: about 0.1 ms a label, for which others
    wait, and one disk flush.
    """
    with store.read() as connection:
        session = sessions.read(connection, session_id)
        for answer in given:
            _check(connection, answer, session)
    names = sorted({people.checked(answer.annotator) for answer in given})
    with store.write(durable=True) as connection:
        for name in names:
            people.enter(connection, session.id, name)
        stands = _standing_on(connection, session.id, {answer.item for answer in given})
        rows, own, moment = [], 0, now()
        for answer in given:
            before = stands.get((answer.item, answer.annotator))
            if before is not None and before.strategy != strategy:
                own += 1
            elif before is None or before.label != answer.label:
                values = _UNKNOWN | {name: getattr(answer, name) for name in Answer.__dataclass_fields__}
                values |= {"previous": before.label if before else None, "undoes": None}
                rows.append(values | {"strategy": strategy, "created_at": moment})
        new = _insert(connection, label_events, rows, label_events.c.item, label_events.c.annotator)
        _take_slots(connection, session, [(row.item, row.annotator) for row in new])
    return len(new), own


def undo(
    store: Store,
    session_id: str,
    annotator: str,
    uuid: str,
    client_at: datetime | None = None,
    kinds: Collection[Kind] = AT_THE_DESK,
    target: str | None = None,
) -> Event | None:
    """Take a person's last event that stands back, by one more event; None if there is none left.

    Asked again and again, it goes back to the first of these kinds. With the uuid of an event as
    `target`, that one or none, whatever came after it. What stood before stands again; a text
    without an answer is this person's once more. Sent twice with one uuid, it counts once.
    """
    annotator, uuid = people.checked(annotator), _uuid(uuid)
    last = (
        select(label_events)
        .where(
            label_events.c.session_id == session_id,
            label_events.c.annotator == annotator,
            label_events.c.kind.in_(kinds),
            ~undone(),
        )
        .order_by(label_events.c.id.desc())
        .limit(1)
    )
    if target is not None:
        last = last.where(label_events.c.uuid == _uuid(target))
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


def latest(store: Store, session_id: str) -> int:
    """Return the number of a session's last event; 0 if there is none."""
    statement = select(func.max(label_events.c.id)).where(label_events.c.session_id == session_id)
    with store.read() as connection:
        return connection.scalar(statement) or 0


def since(store: Store, session_id: str, event_id: int) -> int:
    """Return how many events that may change labels came after one: no skips, no flags.

    Cost: reads only later ones, of all sessions.
    """
    kinds = label_events.c.kind.in_(("label", "undo", "decide"))
    later = (label_events.c.id > event_id, label_events.c.session_id == session_id, kinds)
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(label_events).where(*later)) or 0


def _standing_on(
    connection: Connection, session_id: str, items: Collection[int]
) -> dict[tuple[int, str], Row[*tuple[Any, ...]]]:
    """Return the events by which answers on some texts stand, by text and person."""
    events = label_events
    found = connection.execute(
        select(events.c.id, events.c.item, events.c.annotator, events.c.label, events.c.strategy)
        .where(events.c.session_id == session_id, events.c.item.in_(items), events.c.kind.in_(ANSWERS))
        .order_by(events.c.id)
    ).all()
    # Asked apart: PostgreSQL would read the whole table to join so many.
    ids = [row.id for row in found]
    gone = set(connection.scalars(select(events.c.undoes).where(events.c.undoes.in_(ids)))) if ids else set()
    return {(row.item, row.annotator): row for row in found if row.id not in gone}


def _take_slots(connection: Connection, session: LabelSession, labels: Sequence[tuple[int, str]]) -> None:
    """Give labels the slots that `claims.follow` would give them one by one, new ones all at once."""
    table, moment = claims_table, now()
    there = select(table).where(
        table.c.session_id == session.id, table.c.item.in_([item for item, _ in labels])
    )
    taken: dict[int, dict[int, datetime | None]] = defaultdict(dict)
    mine: dict[tuple[int, str], datetime | None] = {}
    for row in connection.execute(there):
        taken[row.item][row.slot] = mine[row.item, row.annotator] = row.leased_until
    slots = range(1, session.label_settings().overlap + 1)
    rows, rest = [], []
    for item, annotator in labels:
        free = next((slot for slot in slots if slot not in taken[item]), None)
        if (item, annotator) in mine or free is None:
            # A lease has to be looked at one by one; what is taken for good stays as it is.
            own = (item, annotator) in mine
            leases = [mine[item, annotator]] if own else taken[item].values()
            if any(until is not None for until in leases):
                rest.append((item, annotator))
            continue
        taken[item][free] = None
        values = {"session_id": session.id, "item": item, "slot": free, "annotator": annotator}
        values |= {"leased_until": None, "taken_at": moment, "ranking_id": None, "rank": None, "score": None}
        rows.append(values)
    new = {
        (row.item, row.annotator) for row in _insert(connection, table, rows, table.c.item, table.c.annotator)
    }
    rest += [(row["item"], row["annotator"]) for row in rows if (row["item"], row["annotator"]) not in new]
    for item, annotator in rest:
        claims.follow(connection, session, item, annotator, "label")


def _insert(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *back: Column[Any]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Insert the rows that collide with none; return some columns of those, in any order."""
    if not rows:
        return []
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*back)
    return connection.execute(statement, list(rows)).all()


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


def _check(connection: Connection, answer: Answer, session: LabelSession) -> None:
    classes = session.label_settings().classes
    if answer.kind not in (*AT_THE_DESK, "decide"):
        raise BadInput(f"An answer is a label, a skip, a flag or a decision, not {answer.kind}.")
    if not 0 <= answer.item < session.rows:
        texts = session.rows + sessions.added(connection, session.id)
        if not session.rows <= answer.item < texts:
            raise BadInput(f"There is no text {answer.item}; the session has those from 0 to {texts - 1}.")
    labels = answer.kind in ("label", "decide")
    if labels and (answer.label is None or not 0 <= answer.label < len(classes)):
        raise BadInput(f"A label is a number from 0 to {len(classes) - 1}, not {answer.label}.")
    if not labels and answer.label is not None:
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
