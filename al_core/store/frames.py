"""What figures and tables read: data frames, straight from the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Column, func, select

from al_core.store.engine import Store
from al_core.store.records import QueryPage
from al_core.store.schema import epochs, queries, rounds

METRICS = ("accuracy", "loss", "fn", "fp", "fn_rate", "fp_rate", "n", "ece", "brier")
NESTED = ("confusion", "reliability")
COPIES = ("seen", "unseen")
MEASURED = ("validation", "test", "uncalibrated")
AT_ONCE = 500
"""Runs named in one query: databases take a limited number of parameters."""
TIMES = ("fit", "score", "select")
VERDICT = ("criterion", "value", "threshold", "stop", "reason")


def epoch_frame(store: Store, run_id: str) -> pd.DataFrame:
    """Return every epoch so far: round, epoch, loss, accuracy, val_loss, val_accuracy, seconds."""
    columns = [column for column in epochs.c if column.name != "run_id"]
    statement = select(*columns).where(epochs.c.run_id == run_id).order_by(epochs.c.round, epochs.c.epoch)
    with store.read() as connection:
        return _frame(connection.execute(statement).all(), columns)


def round_frame(store: Store, run_id: str) -> pd.DataFrame:
    """Return one line per round, the baseline (round -1) first.

    Columns: round, labels, cost, {validation,test,uncalibrated}_{accuracy,loss,fn,fp,fn_rate,fp_rate,
    n,ece,brier}, test_{seen,unseen} (accuracy on texts with a copy in training, and on the others),
    seconds_{fit,score,select}; and as nested lists the confusion matrices in {...}_confusion and the
    bins (n, probability, right) in {...}_reliability. "uncalibrated" is of test, from the raw
    probabilities; test_first holds row and predicted class of the first test texts. What was not
    measured is NaN, or None where lists stand.
    """
    return _table([_line(row) for row in _rounds(store, run_id)], ["round", "labels", "cost"])


def rounds_of(store: Store, run_ids: Sequence[str]) -> pd.DataFrame:
    """Return the rounds of many runs: `round_frame` with a column `run` in front, by run and round.

    Cost: one query for `AT_ONCE` runs; 50 runs of 200 rounds take about half a second.
    """
    lines: list[dict[str, Any]] = []
    with store.read() as connection:
        for start in range(0, len(run_ids), AT_ONCE):
            part = list(run_ids[start : start + AT_ONCE])
            statement = select(rounds).where(rounds.c.run_id.in_(part))
            found = connection.execute(statement.order_by(rounds.c.run_id, rounds.c.number))
            lines += [{"run": row.run_id} | _line(row) for row in found]
    return _table(lines, ["run", "round", "labels", "cost"])


def _line(row: Any) -> dict[str, Any]:
    """Return one round as one flat line."""
    line: dict[str, Any] = {"round": row.number, "labels": row.labels, "cost": row.cost}
    for split in MEASURED:
        metrics = getattr(row, split) or {}
        line |= {f"{split}_{name}": metrics.get(name) for name in (*METRICS, *NESTED)}
    line |= {f"test_{name}": row.test.get(name) for name in (*COPIES, "first")}
    return line | {f"seconds_{name}": row.seconds.get(name, 0.0) for name in TIMES}


def _table(lines: Sequence[dict[str, Any]], first: Sequence[str]) -> pd.DataFrame:
    names = [*first, *(f"{split}_{name}" for split in MEASURED for name in (*METRICS, *NESTED))]
    names += [f"test_{name}" for name in (*COPIES, "first")]
    frame = pd.DataFrame(lines, columns=[*names, *(f"seconds_{name}" for name in TIMES)])
    # A column without any number would else hold objects.
    missing = [f"{split}_{name}" for split in MEASURED for name in METRICS]
    missing += [f"test_{name}" for name in COPIES]
    return frame.astype({name: "float64" for name in missing if frame[name].dtype == object})


def verdict_frame(store: Store, run_id: str) -> pd.DataFrame:
    """Return what each stopping criterion said after each round; a value that is missing is NaN.

    Columns: round, labels, place (of the criterion in the config), criterion (its name), value,
    threshold, stop, reason.
    """
    lines = [
        (row.number, row.labels, place, *(verdict[name] for name in VERDICT))
        for row in _rounds(store, run_id)
        for place, verdict in enumerate(row.verdicts)
    ]
    frame = pd.DataFrame(lines, columns=["round", "labels", "place", *VERDICT])
    return frame.astype({"value": "float64"})


def queried_counts(store: Store, run_id: str) -> pd.DataFrame:
    """Return how many labels of each class every round brought: round, class (an index), count."""
    lines = [
        (row.number, index, count)
        for row in _rounds(store, run_id)
        if row.number > 0
        for index, count in enumerate(row.queried_per_class)
    ]
    return pd.DataFrame(lines, columns=["round", "class", "count"])


def query_page(
    store: Store, run_id: str, number: int | None = None, limit: int = 50, offset: int = 0
) -> QueryPage:
    """Return one page of the texts asked about, in one round or in all of them."""
    columns = [column for column in queries.c if column.name != "run_id"]
    where = [queries.c.run_id == run_id]
    if number is not None:
        where.append(queries.c.round == number)
    statement = select(*columns).where(*where).order_by(queries.c.round, queries.c.rank)
    with store.read() as connection:
        total = connection.scalar(select(func.count()).select_from(queries).where(*where)) or 0
        found = connection.execute(statement.limit(limit).offset(offset)).all()
    return QueryPage(_frame(found, columns), total)


def _rounds(store: Store, run_id: str) -> Sequence[Any]:
    statement = select(rounds).where(rounds.c.run_id == run_id).order_by(rounds.c.number)
    with store.read() as connection:
        return connection.execute(statement).all()


def _frame(found: Sequence[Any], columns: Sequence[Column[Any]]) -> pd.DataFrame:
    return pd.DataFrame(found, columns=[column.name for column in columns])
