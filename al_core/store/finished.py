"""Finished runs as a stopwatch: how long each kept its slot, and how its time was spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from al_core.config import RunConfig
from al_core.store.engine import Store
from al_core.store.schema import epochs, rounds, runs

LONGEST_BIRTH = 300.0
"""Seconds; a process that took longer until it ran waited for something else."""
EARLY = 1.0
"""Seconds by which a process may seem older than it is: Linux tells in whole ones when it was booted."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished run."""

    id: str
    config: RunConfig
    birth: float | None
    """Seconds its process took to come up; None where it was started more than once, or in the foreground."""
    seconds: float | None
    """How long it kept a slot, that included; None as well."""


@dataclass(frozen=True, slots=True)
class TimedRound:
    """The seconds of one round, and what they were spent on."""

    number: int
    labels: int
    validation: int
    test: int
    """Texts that it was measured on."""
    epochs: int
    fit: float
    asking: float


def birth(created: datetime, started: datetime | None, pid_created: float | None) -> float | None:
    """Return the seconds from a process's creation until its run began; None where they are not known."""
    if started is None or pid_created is None or pid_created <= created.timestamp() - EARLY:
        return None  # of the foreground: a process that was there before may have waited for a slot
    # Of a run that went on after a pause, the process is younger than the start.
    found = started.timestamp() - pid_created
    return found if 0 <= found <= LONGEST_BIRTH else None


def lasted(
    created: datetime, started: datetime | None, ended: datetime | None, pid_created: float | None
) -> float | None:
    """Return how many seconds a run kept its slot; None where that is not known, as of `birth`."""
    before = birth(created, started, pid_created)
    if before is None or started is None or ended is None:
        return None
    return before + (ended - started).total_seconds()


def latest(
    store: Store, limit: int, classifier: str | None = None, corpus_key: str | None = None
) -> list[Finished]:
    """Return the finished runs that were made last, of a classifier and on a corpus, or of all."""
    where = [runs.c.state == "finished"]
    if classifier is not None:
        where.append(runs.c.classifier == classifier)
    if corpus_key is not None:
        where.append(runs.c.corpus_key == corpus_key)
    times = (runs.c.created_at, runs.c.started_at, runs.c.finished_at, runs.c.pid_created)
    statement = select(runs.c.id, runs.c.config, *times).where(*where)
    with store.read() as connection:
        found = connection.execute(
            statement.order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(limit)
        ).all()
    return [
        Finished(
            row.id,
            RunConfig.model_validate(row.config),
            birth(row.created_at, row.started_at, row.pid_created),
            lasted(row.created_at, row.started_at, row.finished_at, row.pid_created),
        )
        for row in found
    ]


def timed_rounds(store: Store, run_ids: Sequence[str]) -> dict[str, list[TimedRound]]:
    """Return the rounds of each run that has any, in their order, without all else that is known of them."""
    numbers = (rounds.c[split]["n"].as_integer().label(f"{split}_n") for split in ("validation", "test"))
    wanted = select(rounds.c.run_id, rounds.c.number, rounds.c.labels, rounds.c.seconds, *numbers)
    counted = (
        select(epochs.c.run_id, epochs.c.round, func.count().label("n"))
        .where(epochs.c.run_id.in_(run_ids))
        .group_by(epochs.c.run_id, epochs.c.round)
    )
    found: dict[str, list[TimedRound]] = {}
    with store.read() as connection:
        counts = {(row.run_id, row.round): row.n for row in connection.execute(counted)}
        statement = wanted.where(rounds.c.run_id.in_(run_ids)).order_by(rounds.c.run_id, rounds.c.number)
        for row in connection.execute(statement):
            found.setdefault(row.run_id, []).append(
                TimedRound(
                    number=row.number,
                    labels=row.labels,
                    validation=row.validation_n or 0,
                    test=row.test_n or 0,
                    epochs=counts.get((row.run_id, row.number), 0),
                    fit=row.seconds.get("fit", 0.0),
                    asking=row.seconds.get("score", 0.0) + row.seconds.get("select", 0.0),
                )
            )
    return found
