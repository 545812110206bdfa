"""What a person who labels is shown: the texts that are theirs, what is saved, and, afterwards, why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from al_core import catalogue
from al_core.errors import BadInput
from al_core.labelling import added, answers, claims, events, highlights, models, sessions
from al_core.labelling.claims import MOST_AHEAD
from al_core.labelling.highlights import Mark
from al_core.labelling.records import IMPORT, RANDOM, SENT, Answer, Event, LabelSession
from al_core.store.engine import Store
from al_core.store.schema import label_events, now

REMEMBERED = 20
"""Last answers that are offered for a change, or to be taken back."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a model thinks of a text."""

    label: int
    probability: float


@dataclass(frozen=True, slots=True)
class Offered:
    """One text to label, and what the model thinks of it where the session shows that beforehand."""

    item: int
    guess: Guess | None
    skipped: bool
    """This person skipped it before."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """What is told after an answer: why the text was asked, what the model thought, which words weigh."""

    item: int
    kind: str
    said: int | None
    guess: Guess | None
    why: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the answers that a page sent."""

    saved: dict[str, datetime]
    """By uuid, when each came on disk; what was refused is among them, so that it is not sent again."""
    refused: tuple[str, ...]
    """One sentence for each that no store would take."""


@dataclass(frozen=True, slots=True)
class Given:
    """One of a person's last answers, as it stands."""

    item: int
    kind: str
    label: int | None
    saved_at: datetime
    uuid: str


def offered(store: Store, session: LabelSession, annotator: str, again: int = 0) -> list[Offered]:
    """Return the text to label and those claimed ahead; an empty list when there are none.

    again: number of the last event whose skip is to be seen again. Raises `BadInput` for a session
    that is paused or put away. Cost: see `claims.take`.
    """
    held = claims.take(store, session.id, annotator, MOST_AHEAD, again)
    newest = models.latest(store, session.id) if session.label_settings().show_guess else None
    if newest is None:
        return [Offered(each.item, None, each.skipped) for each in held]
    return [Offered(each.item, _guess(session.id, newest.version, each.item), each.skipped) for each in held]


def save(store: Store, session_id: str, annotator: str, outbox: Sequence[Mapping[str, Any]]) -> Saved:
    """Write what a page has not seen saved yet, in its order.

    Sent again, it counts once. An answer that cannot be meant (`BadInput`) is refused alone. Raises
    what else keeps one from being written: those before it are saved, and a page that sends the
    whole list once more gets them confirmed.
    """
    saved: dict[str, datetime] = {}
    refused: list[str] = []
    sessions.session(store, session_id)
    empty = _met_nothing(store, outbox)
    for place, told in enumerate(outbox):
        uuid = str(told.get("uuid"))
        try:
            event = None if place in empty else _write(store, session_id, annotator, told)
            saved[uuid] = event.created_at if event else now()  # nothing was left to undo
        except BadInput as error:
            refused.append(str(error))
            saved[uuid] = now()
    return Saved(saved, tuple(refused))


def _met_nothing(store: Store, outbox: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the places of undos that had nothing to undo when the outbox was sent before.

    They left no event. But something behind them did, so they had their turn: now they would undo that.
    One that names what it undoes can do no harm.
    """
    undos = [
        place
        for place, told in enumerate(outbox[:-1])
        if told.get("kind") == "undo" and told.get("undoes") is None
    ]
    if not undos:
        return set()
    uuids = [str(told.get("uuid")).lower() for told in outbox]
    statement = select(label_events.c.uuid).where(label_events.c.uuid.in_(uuids))
    with store.read() as connection:
        known = set(connection.scalars(statement).all())
    last = max((place for place, each in enumerate(uuids) if each in known), default=-1)
    return {place for place in undos if place < last and uuids[place] not in known}


def _write(store: Store, session_id: str, annotator: str, told: Mapping[str, Any]) -> Event | None:
    try:
        client_at = _moment(told.get("client_at"))
        if told["kind"] not in (*events.AT_THE_DESK, "undo"):
            raise ValueError(f"not done at the desk: {told['kind']}")
        if told["kind"] == "undo":
            target = None if told.get("undoes") is None else str(told["undoes"])
            return events.undo(store, session_id, annotator, str(told["uuid"]), client_at, target=target)
        answer = Answer(
            uuid=str(told["uuid"]),
            session_id=session_id,
            item=int(told["item"]),
            annotator=annotator,
            kind=told["kind"],
            label=None if told.get("label") is None else int(told["label"]),
            note=str(told.get("note") or ""),
            suggestion_shown=bool(told.get("suggestion_shown")),
            milliseconds=_milliseconds(told.get("milliseconds")),
            client_at=client_at,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadInput(
            "An answer came from the page in a form that cannot be read; reload the page."
        ) from error
    return events.append(store, answer)


def _moment(told: Any) -> datetime | None:
    """Return what a page's clock said; None where that is no time, for which no label must be lost."""
    try:
        return datetime.fromisoformat(told).astimezone(UTC)  # without a zone: in this machine's
    except (TypeError, ValueError, OverflowError):
        return None


def _milliseconds(told: Any) -> int | None:
    """Return how long a text was on screen; None where that cannot be, as on a clock that was set."""
    try:
        return found if 0 <= (found := int(told)) < 2**31 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _standing(session_id: str, annotator: str, kinds: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a person's events of some kinds that were not taken back."""
    mine = (label_events.c.session_id == session_id, label_events.c.annotator == annotator)
    return *mine, label_events.c.kind.in_(kinds), ~answers.undone()


def last(store: Store, session_id: str, annotator: str, texts: Sequence[str]) -> Reveal | None:
    """Return what may be told about a person's last answer; None if none stands.

    texts: those of the corpus.
    """
    statement = (
        select(label_events)
        .where(*_standing(session_id, annotator, answers.ANSWERS))
        .order_by(label_events.c.id.desc())
        .limit(1)
    )
    with store.read() as connection:
        found = connection.execute(statement).one_or_none()
    if found is None:
        return None
    return _reveal(store, Event(**found._mapping), added.text(store, session_id, texts, found.item))


def recent(store: Store, session_id: str, annotator: str) -> list[Given]:
    """Return a person's last answers that stand, the newest first, one a text."""
    columns = ("item", "kind", "label", "created_at", "uuid")
    statement = (
        select(*(label_events.c[name] for name in columns))
        .where(*_standing(session_id, annotator, answers.ANSWERS))
        .order_by(label_events.c.id.desc())
        .limit(2 * REMEMBERED)
    )
    with store.read() as connection:
        found = [Given(*row) for row in connection.execute(statement)]
    newest: dict[int, Given] = {}
    for each in found:
        newest.setdefault(each.item, each)
    return list(newest.values())[:REMEMBERED]


def undoable(store: Store, session_id: str, annotator: str) -> list[str]:
    """Return the uuids of a person's last events that an undo may take back, the newest first."""
    statement = (
        select(label_events.c.uuid)
        .where(*_standing(session_id, annotator, events.AT_THE_DESK))
        .order_by(label_events.c.id.desc())
        .limit(REMEMBERED)
    )
    with store.read() as connection:
        return list(connection.scalars(statement))


def _reveal(store: Store, event: Event, text: str) -> Reveal:
    newest = models.latest(store, event.session_id)
    version = _version(event.model_version) or (newest.version if newest else None)
    guess = None
    if version is not None:
        guess = _guess(event.session_id, version, event.item)
        if guess is None and newest is not None:  # its predictions are gone: the newest model's then
            version = newest.version
            guess = _guess(event.session_id, version, event.item)
    marks: tuple[Mark, ...] = ()
    if guess is not None and version is not None:
        marks = tuple(highlights.marks(event.session_id, version, text, guess.label))
    return Reveal(
        item=event.item,
        kind=event.kind,
        said=event.label,
        guess=guess,
        why=_why(store, event),
        marks=marks,
    )


def _why(store: Store, event: Event) -> str:
    """Return in one sentence why a text was asked."""
    if event.strategy is None:
        return "Nobody asked for this text."
    if event.strategy == IMPORT:
        return "The label came from elsewhere."
    if event.strategy == SENT:
        return "Sent to this session to be labelled."
    if event.strategy == RANDOM:
        return _drawn(store, event)
    registries = (catalogue.REGISTRIES["strategies"], catalogue.REGISTRIES["starters"])
    title = next(
        (each[event.strategy].title for each in registries if event.strategy in each), event.strategy
    )
    place = "" if event.rank is None else f", place {event.rank + 1:,}"
    if event.model_version is None:
        return f"Asked before there was a model: {title}{place}."
    score = "" if event.score is None or event.score != event.score else f", score {event.score:.3g}"
    return f"Asked by model {event.model_version}: {title}{place}{score}."


def _drawn(store: Store, event: Event) -> str:
    session = sessions.session(store, event.session_id)
    if event.rank is not None and event.rank < session.label_settings().validation:
        return "Drawn at random, to measure by: no model learns from it."
    return "Drawn at random."


def _guess(session_id: str, version: int, item: int) -> Guess | None:
    found = models.prediction(session_id, version, item)
    return None if found is None else Guess(int(found.argmax()), float(found.max()))


def _version(name: str | None) -> int | None:
    number = (name or "").removeprefix("v")
    return int(number) if number.isdecimal() else None
