"""What runs asked for, in few queries: counts by class, rows and labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import select

from al_core.oracles import ABSTAINED
from al_core.store.engine import Store
from al_core.store.frames import AT_ONCE
from al_core.store.schema import queries, rounds


def class_counts_of(store: Store, run_ids: Sequence[str]) -> pd.DataFrame:
    """Return how many labels of each class each run brought in all: run, class (an index), count."""
    found: dict[tuple[str, int], int] = {}
    columns = rounds.c.run_id, rounds.c.queried_per_class
    with store.read() as connection:
        for start in range(0, len(run_ids), AT_ONCE):
            mine = rounds.c.run_id.in_(list(run_ids[start : start + AT_ONCE]))
            for run_id, counts in connection.execute(select(*columns).where(mine, rounds.c.number > 0)):
                for index, count in enumerate(counts or ()):
                    found[run_id, index] = found.get((run_id, index), 0) + count
    lines = [(run_id, index, count) for (run_id, index), count in found.items()]
    return pd.DataFrame(lines, columns=["run", "class", "count"])


def rows_of(store: Store, run_ids: Sequence[str]) -> pd.DataFrame:
    """Return which rows of its corpus each run asked about: run, round, row.

    Memory: 24 bytes a query; a million of them take about two seconds.
    """
    columns = queries.c.run_id, queries.c.round, queries.c.row
    found: list[tuple[str, int, int]] = []
    with store.read() as connection:
        for start in range(0, len(run_ids), AT_ONCE):
            mine = queries.c.run_id.in_(list(run_ids[start : start + AT_ONCE]))
            statement = (
                select(*columns).where(mine).order_by(queries.c.run_id, queries.c.round, queries.c.rank)
            )
            found += [(row[0], row[1], row[2]) for row in connection.execute(statement)]
    return pd.DataFrame(found, columns=["run", "round", "row"])


def answers_of(store: Store, run_id: str) -> npt.NDArray[np.int64]:
    """Return what a run asked about in the order of asking: round, row, label (n, 3); see `ABSTAINED`."""
    statement = (
        select(queries.c.round, queries.c.row, queries.c.label)
        .where(queries.c.run_id == run_id)
        .order_by(queries.c.round, queries.c.rank)
    )
    with store.read() as connection:
        found = connection.execute(statement).all()
    columns = [np.array(column, np.int64) for column in zip(*found, strict=True)]
    return np.column_stack(columns) if columns else np.empty((0, 3), np.int64)


def labels_until(
    store: Store, run_id: str, number: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return the rows that a run had a label of after a round, in the order of asking, and the labels.

    Without the initial set, and without texts that the oracle had no label for.
    """
    statement = (
        select(queries.c.row, queries.c.label)
        .where(queries.c.run_id == run_id, queries.c.round <= number, queries.c.label != ABSTAINED)
        .order_by(queries.c.round, queries.c.rank)
    )
    with store.read() as connection:
        found = connection.execute(statement).all()
    pairs = np.array([(row[0], row[1]) for row in found], np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1].astype(np.int32)
