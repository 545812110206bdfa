"""What a run leaves behind, as the loop's own records: rounds, epochs and queries."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, insert, select, update

from al_core.classifiers.base import Epoch
from al_core.evaluation.metrics import Metrics
from al_core.loop import BASELINE, Asked, Round
from al_core.oracles import ABSTAINED
from al_core.stopping import StopSet, Verdict
from al_core.store.engine import Store, insert_new
from al_core.store.schema import epochs, now, queries, rounds, runs


def commit_round(store: Store, run_id: str, done: Round) -> bool:
    """Write a round whole, in one transaction; a round that is there is left as it is.

    Returns whether it was new.
    """
    n_classes = len(done.validation.confusion)
    answered = done.asked.labels[done.asked.labels != ABSTAINED]
    values = {
        "run_id": run_id,
        "number": done.number,
        "labels": done.labels,
        "validation": done.validation.to_dict(),
        "test": done.test.to_dict(),
        "queried_per_class": np.bincount(answered, minlength=n_classes).tolist(),
        "verdicts": [asdict(verdict) for verdict in done.verdicts],
        "seconds": done.seconds,
        "ended": done.ended,
        "created_at": now(),
        "cost": done.cost,
        "carried": done.asked.carried,
        "stop_set": None if done.stop_set is None else _stop_set_json(done.stop_set),
        "uncalibrated": None if done.uncalibrated is None else done.uncalibrated.to_dict(),
    }
    with store.write() as connection:
        if not insert_new(connection, rounds, [values]):
            return False
        # What was written live may come from a process that died; the round has the last word.
        connection.execute(delete(epochs).where(epochs.c.run_id == run_id, epochs.c.round == done.number))
        if done.epochs:
            connection.execute(
                insert(epochs), [_epoch_row(run_id, done.number, each) for each in done.epochs]
            )
        if len(done.asked.rows):
            connection.execute(insert(queries), list(_query_rows(run_id, done.number, done.asked)))
        if done.number != BASELINE:
            summary = {
                "rounds_done": done.number,
                "labels": done.labels,
                "test_accuracy": done.test.accuracy,
                "validation_labels": done.validation.n,
            }
            connection.execute(update(runs).where(runs.c.id == run_id).values(**summary))
    return True


def add_epoch(store: Store, run_id: str, number: int, epoch: Epoch) -> bool:
    """Write an epoch as soon as it has ended; one that is there already is left as it is."""
    with store.write() as connection:
        return insert_new(connection, epochs, [_epoch_row(run_id, number, epoch)]) == 1


def done_rounds(store: Store, run_id: str) -> list[Round]:
    """Return all committed rounds, the baseline first, complete with their queries and epochs."""
    with store.read() as connection:
        found = connection.execute(
            select(rounds).where(rounds.c.run_id == run_id).order_by(rounds.c.number)
        ).all()
        return [_round(connection, row) for row in found]


def differences(one: Round, other: Round) -> list[str]:
    """Name what differs between two rounds that should be the same; times are not compared."""
    same = {
        "labels": one.labels == other.labels,
        "validation": _same_metrics(one.validation, other.validation),
        "test": _same_metrics(one.test, other.test),
        "uncalibrated": one.uncalibrated == other.uncalibrated,
        "queried texts": np.array_equal(one.asked.rows, other.asked.rows),
        "answers": np.array_equal(one.asked.labels, other.asked.labels),
        "scores": _same(one.asked.scores, other.asked.scores),
        "predictions": _same(one.asked.predicted, other.asked.predicted),
        "epochs": [_untimed(epoch) for epoch in one.epochs] == [_untimed(epoch) for epoch in other.epochs],
        "cost": one.cost == other.cost,
        "what is carried on": one.asked.carried == other.asked.carried,
        "stop set": _same_stop_set(one.stop_set, other.stop_set),
        "ending": one.ended == other.ended,
    }
    return [name for name, equal in same.items() if not equal]


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _same_metrics(one: Metrics, other: Metrics) -> bool:
    if not (one.reliability and other.reliability):  # stored before there were bins
        one, other = (replace(each, brier=None, reliability=()) for each in (one, other))
    if one.seen is None or other.seen is None:  # stored before copies were measured apart
        one, other = (replace(each, seen=None, unseen=None) for each in (one, other))
    if not (one.first and other.first):
        one, other = (replace(each, first=()) for each in (one, other))
    return one == other


def _same_stop_set(one: StopSet | None, other: StopSet | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.uncertainty == other.uncertainty and np.array_equal(one.predicted, other.predicted)


def _untimed(epoch: Epoch) -> tuple[float, ...]:
    return (epoch.number, epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy)


def _epoch_row(run_id: str, number: int, epoch: Epoch) -> dict[str, Any]:
    row = asdict(epoch)
    return {"run_id": run_id, "round": number, "epoch": row.pop("number"), **row}


def _query_rows(run_id: str, number: int, asked: Asked) -> Iterable[dict[str, Any]]:
    for rank in range(len(asked.rows)):
        score = None if asked.scores is None else float(asked.scores[rank])
        yield {
            "run_id": run_id,
            "round": number,
            "rank": rank,
            "row": int(asked.rows[rank]),
            "label": int(asked.labels[rank]),
            "predicted": None if asked.predicted is None else int(asked.predicted[rank]),
            # SQLite has no NaN; as "no score" it is the same everywhere.
            "score": None if score is None or math.isnan(score) else score,
        }


def _stop_set_json(stop_set: StopSet) -> dict[str, Any]:
    return {"predicted": stop_set.predicted.tolist(), "uncertainty": stop_set.uncertainty}


def _stop_set(data: dict[str, Any] | None) -> StopSet | None:
    if data is None:
        return None
    return StopSet(np.array(data["predicted"], np.int32), data["uncertainty"])


def _round(connection: Connection, row: Row[Any]) -> Round:
    key = {"run_id": row.run_id, "round": row.number}
    asked = connection.execute(select(queries).filter_by(**key).order_by(queries.c.rank)).all()
    fitted = connection.execute(select(epochs).filter_by(**key).order_by(epochs.c.epoch)).all()
    return Round(
        number=row.number,
        labels=row.labels,
        asked=_asked(asked, row.carried),
        validation=Metrics.from_dict(row.validation),
        test=Metrics.from_dict(row.test),
        epochs=tuple(
            Epoch(each.epoch, each.loss, each.accuracy, each.val_loss, each.val_accuracy, each.seconds)
            for each in fitted
        ),
        seconds=row.seconds,
        verdicts=tuple(Verdict(**verdict) for verdict in row.verdicts),
        ended=row.ended,
        cost=row.cost,
        stop_set=_stop_set(row.stop_set),
        uncalibrated=None if row.uncalibrated is None else Metrics.from_dict(row.uncalibrated),
    )


def _asked(found: Iterable[Row[Any]], carried: float | None) -> Asked:
    found = list(found)
    scores = [each.score for each in found]
    predicted = [each.predicted for each in found]
    return Asked(
        rows=np.array([each.row for each in found], np.int64),
        labels=np.array([each.label for each in found], np.int32),
        scores=None if _all_missing(scores) else np.array(scores, np.float64),  # None becomes NaN
        predicted=None if _all_missing(predicted) else np.array(predicted, np.int32),
        carried=carried,
    )


def _all_missing(values: list[Any]) -> bool:
    return all(value is None for value in values)
