"""The models of a session: what each was trained on, what it is worth, and what it says of each text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, insert, select, update

from al_core import archive, paths
from al_core.evaluation.metrics import Metrics
from al_core.labelling.consensus import Labels
from al_core.stopping import Observation, StopSet
from al_core.store.engine import Store
from al_core.store.schema import label_models, now

KEPT = 3
"""Versions that stay on disk with their predictions: a page may still show an answer to an older one."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One fitted model of a session."""

    session_id: str
    version: int
    event_id: int
    """The last event that it had seen."""
    labels: int
    """Texts that it learned from."""
    validation_labels: int
    """Texts drawn at random that it did not learn from, and is measured by."""
    seconds: float
    details: dict[str, Any]
    created_at: datetime

    @property
    def spent(self) -> int:
        """Return the labels spent, those to measure by included."""
        return self.labels + self.validation_labels

    @property
    def validation(self) -> Metrics | None:
        """Return what validation says; None without validation labels."""
        told = self.details.get("validation")
        return None if told is None else Metrics.from_dict(told)

    def observation(self) -> Observation | None:
        """Return what a stopping criterion may know of it; None where nothing was measured."""
        stop_set, validation = self.details.get("stop_set"), self.validation
        if validation is None:
            return None
        told = None
        if stop_set:
            told = StopSet(np.array(stop_set["predicted"], np.int32), stop_set["uncertainty"])
        return Observation(self.version, self.spent, 0.0, self.seconds, validation, told)


def write(
    connection: Connection,
    session_id: str,
    *,
    version: int,
    event_id: int,
    labels: int,
    validation_labels: int,
    seconds: float,
    details: dict[str, Any],
) -> None:
    """Note a model, inside the transaction that puts its order in force.

    `details` is plain data: validation, stop_set, per_class, and what `complete` adds.
    """
    values = {"session_id": session_id, "version": version, "event_id": event_id, "labels": labels}
    values |= {"validation_labels": validation_labels, "seconds": seconds, "details": details}
    connection.execute(insert(label_models).values(**values, created_at=now()))


def complete(store: Store, session_id: str, version: int, details: dict[str, Any]) -> None:
    """Write down what was found out about a model after its order was in force."""
    mine = (label_models.c.session_id == session_id, label_models.c.version == version)
    with store.write() as connection:
        connection.execute(update(label_models).where(*mine).values(details=details))


def latest(store: Store, session_id: str) -> ModelVersion | None:
    """Return the newest model, None before the first."""
    with store.read() as connection:
        found = connection.execute(_versions(session_id).limit(1)).one_or_none()
    return None if found is None else ModelVersion(**found._mapping)


def seen(store: Store, session_id: str) -> int:
    """Return the last event that the newest model had seen; 0 before the first."""
    statement = select(func.max(label_models.c.event_id)).where(label_models.c.session_id == session_id)
    with store.read() as connection:
        return connection.scalar(statement) or 0


def versions(store: Store, session_id: str) -> list[ModelVersion]:
    """Return all models, the oldest first."""
    with store.read() as connection:
        found = connection.execute(_versions(session_id)).all()
    return [ModelVersion(**row._mapping) for row in reversed(found)]


def name(version: int) -> str:
    """Return how events and rankings call a model."""
    return f"v{version}"


def file(session_id: str, version: int) -> Path:
    """Return where a model is kept, while it is one of the newest `KEPT`."""
    return paths.labelling(session_id) / f"model-{version}.npz"


def keep_learned(session_id: str, version: int, training: Labels) -> None:
    """Keep the texts that a version learned from, and drop those and the models of old versions."""
    folder = paths.labelling(session_id)
    with archive.whole(_learned(session_id, version), folder / f".learned-{version}.part") as target:
        np.savez(target, items=training.items, labels=training.labels)
    _drop_old(folder, "learned-", ".npz", version)
    _drop_old(folder, "model-", ".npz", version)


def learned(session_id: str, version: int) -> Labels | None:
    """Return the texts that a version learned from; None where they are not on this machine."""
    try:
        with np.load(_learned(session_id, version), allow_pickle=False) as found:
            return Labels(found["items"], found["labels"])
    except (OSError, ValueError, KeyError):
        return None


def keep_predictions(session_id: str, version: int, probabilities: npt.NDArray[np.floating]) -> None:
    """Keep the probabilities (rows, C) of all texts of the session, and drop those of old versions.

    Disk: 4 bytes a text and class.
    """
    folder = paths.labelling(session_id)
    with archive.whole(_predictions(session_id, version), folder / f".predictions-{version}.part") as target:
        np.save(target, probabilities.astype(np.float32), allow_pickle=False)
    _drop_old(folder, "predictions-", ".npy", version)


def prediction(session_id: str, version: int, item: int) -> npt.NDArray[np.float32] | None:
    """Return the probabilities (C,) of one text.

    None where they are not on this machine any more, or the text was added after the model.
    """
    found = predictions(session_id, version)
    return None if found is None or item >= len(found) else np.array(found[item])


def predictions(session_id: str, version: int) -> npt.NDArray[np.float32] | None:
    """Return the probabilities (rows, C) of a version, memory-mapped, or None."""
    try:
        return np.load(_predictions(session_id, version), mmap_mode="r", allow_pickle=False)
    except (FileNotFoundError, ValueError, EOFError):
        return None


def _drop_old(folder: Path, begins: str, ends: str, version: int) -> None:
    for old in folder.glob(f"{begins}*{ends}"):
        number = old.name.removeprefix(begins).removesuffix(ends)
        if number.isdecimal() and int(number) <= version - KEPT:
            with suppress(OSError):  # Windows keeps what a page has open; next time then
                old.unlink(missing_ok=True)


def _learned(session_id: str, version: int) -> Path:
    return paths.labelling(session_id) / f"learned-{version}.npz"


def _predictions(session_id: str, version: int) -> Path:
    return paths.labelling(session_id) / f"predictions-{version}.npy"


def _versions(session_id: str) -> Any:
    return (
        select(label_models)
        .where(label_models.c.session_id == session_id)
        .order_by(label_models.c.version.desc())
    )
