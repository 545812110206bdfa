"""What many runs asked for, in few queries: counts by class, and rows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import select

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
