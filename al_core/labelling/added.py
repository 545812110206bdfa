"""Texts that are sent to a session after it began: new ones are numbered on from those of its corpus.

All are asked about next; so are those that the session has already, unless `again` knows better.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, or_, select

from al_core.corpus.files import MAX_CHARACTERS
from al_core.errors import BadInput
from al_core.labelling import again, people, rankings, sessions
from al_core.labelling.records import LabelSession
from al_core.store.engine import Store, insert_new
from al_core.store.schema import added_texts, label_sessions, now

MOST = 1_000
"""Texts added at a time: others who save wait for one transaction."""


@dataclass(frozen=True, slots=True)
class Added:
    """Where a text is that was to be added."""

    item: int
    new: bool
    """False: the session had it already, under this number."""
    then: again.Then = "next"
    """What becomes of it."""
    label: int | None = None
    """Of one that is labelled already: the class; None where people are divided."""


@dataclass(frozen=True, slots=True)
class AddedText:
    """One text that was added, and what is known of it."""

    item: int
    text: str
    added_by: str
    origin: dict[str, Any]
    """Which model said what of it; empty where somebody typed it."""
    created_at: datetime


def add(
    store: Store,
    session_id: str,
    own: Sequence[str],
    texts: Mapping[str, str],
    by: str,
    origin: Mapping[str, Any] | None = None,
) -> list[Added]:
    """Add texts, each under a uuid of the client's, to a session; return where each is, in their order.

    own: the texts of its corpus. Sent again with the same uuid, a text is the same item. One that the
    session has already (apart from case and white space, as everywhere) is not added: its item comes
    back. Raises `BadInput`, and has added none then. Cost: a look at the first word of each text of the
    corpus (50,000 take 0.1 s), one transaction and one disk flush; for texts that are there, see `again`.
    """
    if len(texts) > MOST:
        raise BadInput(f"{len(texts):,} texts are too many at once; add at most {MOST:,}, then the next.")
    by, origin = people.checked(by), _plain(origin or {})
    wanted = {_uuid(one): _checked(text) for one, text in texts.items()}
    keys = {one: folded(text) for one, text in wanted.items()}
    there_already = _of_corpus(store, session_id, own, keys.values())
    with store.write(durable=True) as connection:
        session = _kept(connection, session_id)
        mine = or_(added_texts.c.session_id == session_id, added_texts.c.uuid.in_(list(wanted)))
        there = connection.execute(select(added_texts).where(mine).order_by(added_texts.c.item)).all()
        sent = {row.uuid: row for row in there}
        items = {folded(row.text): row.item for row in there if row.session_id == session_id}
        items |= there_already
        following = session.rows + sum(row.session_id == session_id for row in there)
        found, new = [], []
        for one, text in wanted.items():
            if one in sent:
                if (sent[one].session_id, sent[one].text) != (session_id, text):
                    raise _other(one)
                found.append(Added(sent[one].item, True))
            elif keys[one] in items:
                found.append(Added(items[keys[one]], False))
            else:
                item = items[keys[one]] = following + len(new)
                values = {"session_id": session_id, "item": item, "uuid": one, "text": text}
                new.append(values | {"added_by": by, "origin": origin, "created_at": now()})
                found.append(Added(item, True))
        if insert_new(connection, added_texts, new) < len(new):
            # At this moment another session got one of the same uuid.
            raise _other(", ".join(values["uuid"] for values in new))
    fresh = {values["item"] for values in new}
    then = again.put_first(store, session, {each.item for each in found} - fresh)
    return [each if each.item in fresh else Added(each.item, each.new, *then[each.item]) for each in found]


def copy(store: Store, session_id: str, into: str) -> None:
    """Give a new session on the same corpus the texts that were added to another one, as the same items."""
    with store.write(durable=True) as connection:
        mine = select(added_texts).where(added_texts.c.session_id == session_id)
        own = [dict(row._mapping) for row in connection.execute(mine)]
        insert_new(connection, added_texts, [row | {"session_id": into, "uuid": str(uuid4())} for row in own])


def listed(store: Store, session_id: str) -> list[AddedText]:
    """Return the texts that were added to a session, by item."""
    table = added_texts
    columns = [table.c[name] for name in AddedText.__dataclass_fields__]
    statement = select(*columns).where(table.c.session_id == session_id).order_by(table.c.item)
    with store.read() as connection:
        return [AddedText(**row._mapping) for row in connection.execute(statement)]


def texts(store: Store, session_id: str, own: Sequence[str]) -> Sequence[str]:
    """Return all texts of a session as they are now, by item; `own` are those of its corpus."""
    more = [each.text for each in listed(store, session_id)]
    return [*own, *more] if more else own


def text(store: Store, session_id: str, own: Sequence[str], item: int) -> str:
    """Return one text of a session; `own` are those of its corpus. Raises `BadInput` if there is none."""
    if 0 <= item < len(own):
        return own[item]
    table = added_texts
    statement = select(table.c.text).where(table.c.session_id == session_id, table.c.item == item)
    with store.read() as connection:
        found = connection.scalar(statement)
    if found is None:
        raise BadInput(f"The session {session_id} has no text {item}.")
    return found


def folded(text: str) -> str:
    """Return a text as it is compared: like the copies of `corpus.profile.duplicate_groups`."""
    return " ".join(text.casefold().split())


def _of_corpus(store: Store, session_id: str, own: Sequence[str], keys: Iterable[str]) -> dict[str, int]:
    """Return the first row of the corpus that holds each of some folded texts, where it labels that."""
    wanted = set(keys)
    beginnings = {key.partition(" ")[0] for key in wanted}
    found: dict[str, list[int]] = defaultdict(list)
    for row, each in enumerate(own):
        first = each.split(None, 1)[:1]
        if first and first[0].casefold() in beginnings and (key := folded(each)) in wanted:
            found[key].append(row)
    if not found:
        return {}
    inside = set(rankings.items(store, sessions.session(store, session_id).random_id).tolist())
    return {key: min(here) for key, rows in found.items() if (here := inside.intersection(rows))}


def _kept(connection: Connection, session_id: str) -> LabelSession:
    """Return a session, kept to this transaction: whoever adds texts gives them their numbers alone."""
    mine = select(label_sessions.c.id).where(label_sessions.c.id == session_id)
    connection.execute(mine.with_for_update(key_share=True))
    session = sessions.read(connection, session_id)
    if session.state == "archived":
        raise BadInput(f"The session {session.name} is archived; restore it to add texts.")
    return session


def _checked(text: str) -> str:
    if not text.strip():
        raise BadInput("The text is empty; there is nothing to label.")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}.")
    # Half of a surrogate pair is no character, and no store takes it.
    if "\0" in text or text != text.encode("utf-8", "replace").decode("utf-8"):
        raise BadInput("The text has characters that cannot be kept, such as NUL; remove them.")
    return text


def _plain(origin: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return json.loads(json.dumps(dict(origin), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise BadInput("Where a text comes from is told in words and finite numbers.") from error


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise BadInput(f"A text needs a UUID, not {text!r}.") from error


def _other(uuid: str) -> BadInput:
    return BadInput(f"The text {uuid} is on record with other content; send a new one.")
