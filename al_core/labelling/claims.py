"""Who has which text: slots per text, leased for a while, and kept once they are answered.

A claim's row is never deleted: free means that the slot has no row, or one whose lease is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    Update,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from al_core.errors import BadInput
from al_core.labelling import people, sessions
from al_core.labelling.answers import answered, labelled, skipped, skips
from al_core.labelling.records import SENT, Claim, LabelSession
from al_core.seeding import generator
from al_core.store.engine import Collision, Store, insert_new
from al_core.store.schema import (
    added_texts,
    annotators,
    claims,
    label_sessions,
    now,
    ranking_items,
    rankings,
)

MOST_AHEAD = 2
"""How many texts a page may hold ready behind the one on screen."""

_mine = claims.alias("mine")  # made once: an alias costs more than the query that it is in
_strategy = case((claims.c.item >= label_sessions.c.rows, SENT), else_=rankings.c.strategy).label("strategy")
"""What asked for the text of a claim, joined with its session and its ranking."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A text that may be free, and where it was found."""

    item: int
    ranking_id: int | None
    rank: int | None
    score: float | None
    slot: int | None = None
    """The one that is locked for this person; None if it has yet to be found."""
    again: bool = False
    """This person skipped it, and sees it again."""


@dataclass(slots=True)
class _Walk:
    """One order, and how far down a person has come in it."""

    order: int | None
    head: int


def take(store: Store, session_id: str, annotator: str, ahead: int = 0, again: int = 0) -> list[Claim]:
    """Return the text to label, and up to `ahead` more; an empty list when there are none left.

    A person's own live claims come first, so a reload changes nothing. Then come texts that were
    sent to the session, those that were given back, then the current ranking from its top (or,
    for the share of random picks, before there is a ranking and after its end, the random order,
    whose first are the validation set). When nothing else is left, those come that this person
    skipped by an event up to number `again`, the first skipped first: a new skip has a later
    number, so each comes once. Raises `BadInput`. Cost: few milliseconds, however long the orders
    are; each new claim is one transaction.
    """
    annotator = people.checked(annotator)
    if not 0 <= ahead <= MOST_AHEAD:
        raise BadInput(f"A page may claim 0 to {MOST_AHEAD} texts ahead, not {ahead}.")
    with store.read() as connection:
        session = sessions.read(connection, session_id)
        held = _held(connection, session_id, annotator)
    if session.state != "active":
        raise BadInput(f"The session {session.name} is {session.state}; it hands out no texts.")
    while len(held) <= ahead:
        try:
            with store.write() as connection:
                place = people.enter(connection, session_id, annotator)
                held = _held(connection, session_id, annotator)
                if len(held) > ahead:
                    break
                if not _take_one(connection, sessions.read(connection, session_id), place, again):
                    break
                held = _held(connection, session_id, annotator)
        except Collision:
            # Whoever locks two rows may wait for another who does. Somebody went on, so this ends.
            held = []
    return held[: ahead + 1]


def skipped_texts(store: Store, session_id: str, annotator: str) -> int:
    """Return how many texts that a person skipped may be seen again by them now.

    Cost: reads all events of this person; ten thousand take 10 to 40 ms.
    """
    with store.read() as connection:
        session = sessions.read(connection, session_id)
        found = _skipped(session, people.checked(annotator), now()).subquery()
        return connection.scalar(select(func.count()).select_from(found)) or 0


def renew(store: Store, session_id: str, annotator: str) -> int:
    """Begin the leases of a person's live claims anew; return how many there are."""
    session, moment = sessions.session(store, session_id), now()
    statement = update(claims).where(*_live(session_id, people.checked(annotator), moment))
    return _rows_of(store, statement.values(leased_until=_lease(session, moment)))


def release(store: Store, session_id: str, annotator: str) -> int:
    """Give a person's live claims back for everybody; return how many there were."""
    moment = now()
    statement = update(claims).where(*_live(session_id, people.checked(annotator), moment))
    return _rows_of(store, statement.values(leased_until=moment))


def follow(
    connection: Connection,
    session: LabelSession,
    item: int,
    annotator: str,
    stands: Literal["label", "skip"] | None,
) -> None:
    """Bring a person's claim on a text into line with what stands of theirs there.

    A label keeps a slot for good; if others hold them all, it stands without one. A skip gives
    the slot away, or keeps it, as the session says. Nothing (after an undo) leases one again.
    """
    moment = now()
    found = _Found(item, None, None, None)
    if stands == "skip" and session.label_settings().skipped == "others":
        mine = (*_claim(session.id, item), claims.c.annotator == annotator)
        connection.execute(update(claims).where(*mine).values(leased_until=moment))
    else:
        until = _lease(session, moment) if stands is None else None
        _occupy(connection, session, found, annotator, moment, until)


def origin(
    connection: Connection, session_id: str, item: int, annotator: str
) -> Row[*tuple[Any, ...]] | None:
    """Return what asked a person for a text: ranking_id, model_version, strategy, rank, score."""
    statement = (
        select(claims.c.ranking_id, rankings.c.model_version, _strategy, claims.c.rank, claims.c.score)
        .join(label_sessions, label_sessions.c.id == claims.c.session_id)
        .outerjoin(rankings, rankings.c.id == claims.c.ranking_id)
        .where(*_claim(session_id, item), claims.c.annotator == annotator)
    )
    return connection.execute(statement).one_or_none()


def _take_one(
    connection: Connection, session: LabelSession, place: Row[*tuple[Any, ...]], again: int
) -> bool:
    """Claim one more text; False when there is none. Each turn of the loop, somebody got one."""
    settings, moment = session.label_settings(), now()
    dice = generator(settings.seed, f"random pick {place.annotator}", place.taken)
    first = settings.validation_first and place.random_head < settings.validation
    at_random = first or dice.random() < settings.random_share
    walks = [_asked_walk(session, place), _Walk(session.random_id, place.random_head)]
    asked, drawn = walks
    if at_random:
        walks.reverse()
    while True:
        found = _added(connection, session, place.annotator)
        if found is None:
            found = _sent(connection, session, place.annotator)
        if found is None:
            found = _given_back(connection, session, place.annotator, moment)
        for walk in walks:
            if found is None:
                found = _step(connection, session, place.annotator, walk)
        if found is None and again:
            found = _seen_again(connection, session, place.annotator, moment, again)
        until = _lease(session, moment)
        if found is None or _occupy(connection, session, found, place.annotator, moment, until):
            break
    for walk in walks:
        # What was found is this person's, so nothing before the next one is new to them.
        walk.head += found is not None and (walk.order, walk.head) == (found.ranking_id, found.rank)
    values = {"ranking_id": session.ranking_id, "ranking_head": asked.head}
    values |= {"random_head": drawn.head, "taken": place.taken + (found is not None)}
    mine = (annotators.c.session_id == session.id, annotators.c.annotator == place.annotator)
    connection.execute(update(annotators).where(*mine).values(**values))
    return found is not None


def _added(connection: Connection, session: LabelSession, annotator: str) -> _Found | None:
    """Find the first text that was added to the session and has a slot nobody ever had.

    Cost: reads the claims of all added texts before it, 2 ms for a thousand.
    """
    statement = (
        select(added_texts.c.item)
        .where(added_texts.c.session_id == session.id, *_never_had(session, annotator, added_texts.c.item))
        .order_by(added_texts.c.item)
        .limit(1)
    )
    found = connection.execute(statement).one_or_none()
    if found is not None:
        found = _locked(connection, statement, added_texts)
    return None if found is None else _Found(found.item, None, None, None)


def _sent(connection: Connection, session: LabelSession, annotator: str) -> _Found | None:
    """Find the first text of the corpus that was sent to be asked next; see `again`."""
    mine = (rankings.c.session_id == session.id, rankings.c.strategy == SENT)
    statement = (
        select(ranking_items.c.item, ranking_items.c.ranking_id)
        .join(rankings, rankings.c.id == ranking_items.c.ranking_id)
        .where(*mine, *_never_had(session, annotator, ranking_items.c.item))
        .order_by(rankings.c.id, ranking_items.c.rank)
        .limit(1)
    )
    found = connection.execute(statement).one_or_none()
    if found is not None:
        found = _locked(connection, statement, ranking_items)
    return None if found is None else _Found(found.item, found.ranking_id, None, None)


def _given_back(
    connection: Connection, session: LabelSession, annotator: str, moment: datetime
) -> _Found | None:
    """Find a text whose lease is over, the longest waiting first."""
    has_another = exists(
        select(_mine.c.slot).where(
            _mine.c.session_id == session.id,
            _mine.c.item == claims.c.item,
            _mine.c.annotator == annotator,
            _mine.c.slot != claims.c.slot,
        )
    )
    statement = (
        select(claims.c.item, claims.c.ranking_id, claims.c.rank, claims.c.score, claims.c.slot)
        .where(
            claims.c.session_id == session.id,
            _over(session, claims, moment),
            ~has_another,
            ~answered(session.id, annotator, claims.c.item),
            # Labels that came after the end of a lease may have made it enough.
            labelled(session.id, claims.c.item) < session.label_settings().overlap,
        )
        .order_by(claims.c.leased_until, claims.c.item)
        .limit(1)
    )
    found = _locked(connection, statement, claims)
    return None if found is None else _Found(**found._mapping)


def _seen_again(
    connection: Connection, session: LabelSession, annotator: str, moment: datetime, again: int
) -> _Found | None:
    """Find the first text that a person skipped by an event up to number `again`."""
    statement = _skipped(session, annotator, moment).where(skips.c.id <= again)
    found = connection.execute(statement.order_by(skips.c.id).limit(1)).one_or_none()
    if found is None:
        return None
    return _Found(found.item, found.ranking_id, found.rank, found.score, again=True)


def _skipped(session: LabelSession, annotator: str, moment: datetime) -> Select[*tuple[Any, ...]]:
    """Return the query for a person's skips whose text still wants a label and has a slot for them."""
    on_it = (_mine.c.session_id == session.id, _mine.c.item == skips.c.item)
    own = _mine.c.annotator == annotator
    on_screen = exists(select(_mine.c.slot).where(*on_it, own, _mine.c.leased_until > moment))
    new = select(func.count()).select_from(_mine).where(*on_it).scalar_subquery()
    old = exists(select(_mine.c.slot).where(*on_it, or_(own, _over(session, _mine, moment))))
    overlap = session.label_settings().overlap
    return skipped(session.id, annotator).where(
        ~on_screen, or_(new < overlap, old), labelled(session.id, skips.c.item) < overlap
    )


def _over(session: LabelSession, slots: FromClause, moment: datetime) -> ColumnElement[bool]:
    """Return the condition that the lease of a slot is over, so that anybody may have it."""
    over = slots.c.leased_until <= moment
    if session.label_settings().skipped == "others":
        return over
    # Whoever looked at a skipped text again, and went away, has still skipped it: nobody else gets it.
    return and_(over, ~answered(session.id, slots.c.annotator, slots.c.item))


def _asked_walk(session: LabelSession, place: Row[*tuple[Any, ...]]) -> _Walk:
    """Return the walk down what the model asks for; before there is a ranking, down the random order.

    From behind the validation set, so that not all of the first labels are such as no model may
    learn from.
    """
    head = place.ranking_head if place.ranking_id == session.ranking_id else 0
    if session.ranking_id is not None:
        return _Walk(session.ranking_id, head)
    return _Walk(session.random_id, max(head, session.label_settings().validation))


def _step(connection: Connection, session: LabelSession, annotator: str, walk: _Walk) -> _Found | None:
    """Find the first text of an order that has a slot nobody ever had, and move the head up to it.

    What lies before the head was offered to this person or has all its slots given out, and so
    can only come back through `_given_back`. That holds because a slot without a row is always
    taken before one whose lease is over.
    """
    statement = (
        select(ranking_items)
        .where(
            ranking_items.c.ranking_id == walk.order,
            ranking_items.c.rank >= walk.head,
            *_never_had(session, annotator, ranking_items.c.item),
        )
        .order_by(ranking_items.c.rank)
        .limit(1)
    )
    found = connection.execute(statement).one_or_none()
    if found is not None:
        walk.head = found.rank
    if found is not None and connection.dialect.name == "postgresql":
        # What is locked at this moment is passed over, but the head stays before it.
        found = _locked(connection, statement, ranking_items)
    return None if found is None else _Found(found.item, walk.order, found.rank, found.score)


def _never_had(
    session: LabelSession, annotator: str, item: ColumnElement[int]
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that the text in a column has a slot nobody ever had, and is new to a person."""
    slots = select(func.count()).where(claims.c.session_id == session.id, claims.c.item == item)
    has_one = exists(
        select(_mine.c.slot).where(
            _mine.c.session_id == session.id, _mine.c.item == item, _mine.c.annotator == annotator
        )
    )
    free = slots.scalar_subquery() < session.label_settings().overlap
    return free, ~has_one, ~answered(session.id, annotator, item)


def _locked(
    connection: Connection, statement: Select[*tuple[Any, ...]], table: Table
) -> Row[*tuple[Any, ...]] | None:
    """Return the one row asked for, locked; what others lock is passed over, unless there is no more."""
    found = connection.execute(statement.with_for_update(of=table, skip_locked=True)).one_or_none()
    if found is None and connection.dialect.name == "postgresql":
        found = connection.execute(statement.with_for_update(of=table)).one_or_none()
    return found


def _occupy(
    connection: Connection,
    session: LabelSession,
    found: _Found,
    annotator: str,
    moment: datetime,
    until: datetime | None,
) -> bool:
    """Put a person into a slot of a text: their own, else a new one, else one whose lease is over."""
    over = _over(session, claims, moment).label("over")
    taken = connection.execute(select(claims, over).where(*_claim(session.id, found.item))).all()
    for row in taken:
        if row.annotator == annotator:
            own = (*_claim(session.id, found.item), claims.c.annotator == annotator)
            # Seen again, it is in the order of the skips; taken back, it is where it was.
            again = {"leased_until": until} | ({"taken_at": moment} if found.again else {})
            return connection.execute(update(claims).where(*own).values(**again)).rowcount == 1
    values = {"annotator": annotator, "leased_until": until, "taken_at": moment}
    values |= {"ranking_id": found.ranking_id, "rank": found.rank, "score": found.score}
    free = {*range(1, session.label_settings().overlap + 1)} - {row.slot for row in taken}
    for slot in sorted(free):
        key = {"session_id": session.id, "item": found.item, "slot": slot}
        if insert_new(connection, claims, [key | values]):
            return True
    # The locked one first: two who lock a slot each would wait for each other's.
    for row in sorted(taken, key=lambda row: row.slot != found.slot):
        if row.over:
            same = (claims.c.annotator == row.annotator, claims.c.leased_until == row.leased_until)
            where = (*_claim(session.id, found.item), claims.c.slot == row.slot, *same)
            if connection.execute(update(claims).where(*where).values(**values)).rowcount == 1:
                return True
    return False


def _rows_of(store: Store, statement: Update) -> int:
    """Carry an update of several rows out, again after a collision; return how many rows it met."""
    while True:
        try:
            with store.write() as connection:
                return connection.execute(statement).rowcount
        except Collision:
            continue


def _held(connection: Connection, session_id: str, annotator: str) -> list[Claim]:
    """Return a person's live claims, the oldest first."""
    statement = (
        select(
            claims.c.session_id,
            claims.c.item,
            claims.c.slot,
            claims.c.annotator,
            claims.c.leased_until,
            claims.c.ranking_id,
            rankings.c.model_version,
            _strategy,
            claims.c.rank,
            claims.c.score,
            answered(session_id, annotator, claims.c.item).label("skipped"),
        )
        .join(label_sessions, label_sessions.c.id == claims.c.session_id)
        .outerjoin(rankings, rankings.c.id == claims.c.ranking_id)
        .where(*_live(session_id, annotator, now()))
        .order_by(claims.c.taken_at, claims.c.item)
    )
    return [Claim(**row._mapping) for row in connection.execute(statement)]


def _live(session_id: str, annotator: str, moment: datetime) -> tuple[Any, ...]:
    mine = (claims.c.session_id == session_id, claims.c.annotator == annotator)
    return (*mine, claims.c.leased_until > moment)


def _claim(session_id: str, item: int) -> tuple[Any, ...]:
    return (claims.c.session_id == session_id, claims.c.item == item)


def _lease(session: LabelSession, moment: datetime) -> datetime:
    return moment + timedelta(seconds=session.label_settings().lease_seconds)
