"""Rows of many runs, a part at a time: for files that hold everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from al_core.store.engine import Store
from al_core.store.frames import AT_ONCE
from al_core.store.schema import epochs, queries, rounds, run_tags

PART = 50_000
"""Rows of one part; a hundred thousand take a quarter of a second."""
Lines = Sequence[Sequence[Any]]


def queries_of(store: Store, run_ids: Sequence[str]) -> Iterator[Lines]:
    """Yield what runs asked about: run, round, rank, row, label, predicted, score."""
    return _read(store, select(queries).order_by(queries.c.run_id, queries.c.round, queries.c.rank), run_ids)


def epochs_of(store: Store, run_ids: Sequence[str]) -> Iterator[Lines]:
    """Yield the epochs of runs, in the order of the columns of the table."""
    return _read(store, select(epochs).order_by(epochs.c.run_id, epochs.c.round, epochs.c.epoch), run_ids)


def stopping_of(store: Store, run_ids: Sequence[str]) -> Iterator[Lines]:
    """Yield what the stopping criteria said: run, round, labels, and a list of verdicts as stored."""
    wanted = select(rounds.c.run_id, rounds.c.number, rounds.c.labels, rounds.c.verdicts)
    return _read(store, wanted.order_by(rounds.c.run_id, rounds.c.number), run_ids)


def tags_of(store: Store, run_ids: Sequence[str]) -> Iterator[Lines]:
    """Yield run and tag."""
    return _read(store, select(run_tags).order_by(run_tags.c.run_id, run_tags.c.tag), run_ids)


def _read(store: Store, wanted: Any, run_ids: Sequence[str]) -> Iterator[Lines]:
    """Yield what a `select` finds of runs, whose ids are its first column, in parts. Memory: one part."""
    run_id = wanted.selected_columns[0]
    for start in range(0, len(run_ids), AT_ONCE):
        statement = wanted.where(run_id.in_(run_ids[start : start + AT_ONCE]))
        with store.read() as connection:
            yield from connection.execution_options(yield_per=PART).execute(statement).partitions()
