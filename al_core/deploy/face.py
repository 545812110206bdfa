"""What pages ask of models that are to leave the house: decide, promote, roll back, take away."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from al_core import keeping, paths
from al_core.deploy import neighbours, origins
from al_core.errors import BadInput, Unavailable
from al_core.evaluation.decisions import EVEN, PER_TEXTS, Decisions, Outcome, Prices, decisions
from al_core.store import Store, models
from al_core.store.models import ModelRecord, Origin, Use
from al_core.store.runs import LONGEST_NOTE
from al_core.worker import starter
from al_core.worker.promote import EXPORT, MODEL

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LONGEST_PERSON = 100
DEAREST = 1_000_000_000
"""Price of an error at most."""
POINTS = 400
"""Thresholds that a chart is drawn from, at most."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What people say when they promote a model."""

    name: str
    threshold: float | None = None
    prices: Prices = EVEN
    note: str = ""
    by: str = ""


class ModelBench:
    """Promoted models of one store, and the decisions that lead to them. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Decide

    @staticmethod
    def rounds(run_id: str) -> list[int]:
        """Return the rounds of a run whose model was kept."""
        return keeping.rounds(paths.models_of(run_id))

    def best_round(self, run_id: str, kept: Sequence[int] | None = None) -> int:
        """Return the round with the least validation loss among some, by default all kept. `BadInput`."""
        return origins.best_round(self._store, run_id, kept)

    @staticmethod
    def decisions(run_id: str, number: int) -> Decisions | None:
        """Return what each threshold does on validation; None where nothing was kept, or of more classes."""
        found = keeping.predictions(paths.models_of(run_id), number)
        if found is None or found.validation.shape[1] != 2:
            return None
        return decisions(found.validation[:, 1], found.validation_labels)

    def confirm(self, run_id: str, number: int, threshold: float) -> Outcome:
        """Return what a threshold does on test, and count the look, once. Raises `BadInput`."""
        found = keeping.predictions(paths.models_of(run_id), number)
        if found is None or found.test.shape[1] != 2:
            raise BadInput(f"What the model of round {number:,} said of test was not kept.")
        outcome = decisions(found.test[:, 1], found.test_labels).at(threshold)
        if (number, threshold) not in self.looks(run_id):
            models.look(self._store, run_id, number, threshold)
        return outcome

    def looks(self, run_id: str) -> list[tuple[int, float]]:
        """Return round and threshold of every time that a decision was confirmed on test."""
        return models.looks(self._store, run_id)

    def session_decisions(self, session_id: str, version: int) -> Decisions | None:
        """Return what each threshold does to a session's validation labels; see `origins`."""
        return origins.session_decisions(self._store, session_id, version)

    # Promote

    def promote(self, origin: Origin, promotion: Promotion) -> int:
        """Promote a model, begin to prepare its export, and return its version.

        The model is copied at once: whatever its run or its trainer does next, this version stays what it
        was. Raises `BadInput` for a wrong name or threshold, or where there is no model.
        """
        _check(promotion)
        path = origins.model_file(self._store, origin)
        for each in models.preparing(self._store):
            same = (each.run_id, each.round, each.session_id, each.session_version) == astuple(origin)
            if same and (each.name, each.threshold) == (promotion.name, promotion.threshold):
                raise BadInput(f"{each.name}, version {each.version:,}, is being prepared from it already.")
        version = self._copied(origin, promotion, path)
        starter.start_promoting(self._store, promotion.name, version)
        return version

    def promote_session(self, session_id: str, version: int, promotion: Promotion) -> int:
        """Promote a model of a labelling session, one of the newest; see `promote`."""
        return self.promote(Origin(session_id=session_id, session_version=version), promotion)

    def _copied(self, origin: Origin, promotion: Promotion, path: Path) -> int:
        """Note the next version and copy the model to its place, which is nobody else's."""
        for _ in range(models.TRIES):
            version = models.create(
                self._store,
                promotion.name,
                origin,
                threshold=promotion.threshold,
                fn_price=promotion.prices.fn,
                fp_price=promotion.prices.fp,
                note=promotion.note.strip(),
                promoted_by=promotion.by.strip(),
            )
            try:
                _copy(path, paths.models(promotion.name, version) / MODEL)
            except FileExistsError:
                why = "Its folder is taken by a model of another store; the next version has this one."
                models.failed(self._store, promotion.name, version, why)
            except OSError as error:
                why = f"The model could not be copied: {error.strerror or error}."
                models.failed(self._store, promotion.name, version, why)
                raise Unavailable(why) from error
            else:
                return version
        raise Unavailable(f"The folders of {promotion.name} are taken by another store; choose another name.")

    # The registry

    def models(self) -> list[ModelRecord]:
        """Return every version of every model, the newest first."""
        return models.list_models(self._store)

    def model(self, name: str, version: int | None = None) -> ModelRecord:
        """Return a version, without one the version in use. Raises `BadInput` if there is none."""
        return models.model(self._store, name, version)

    def in_use(self) -> dict[str, int]:
        """Return the version in use of each name."""
        return models.in_use(self._store)

    def uses(self, name: str) -> list[Use]:
        """Return which versions of a name were in use, the newest first."""
        return models.uses(self._store, name)

    def use(self, name: str, version: int, by: str, note: str = "") -> None:
        """Put a version in use, as a roll-back does. Raises `BadInput` unless it is ready and `by` is said.

        A server that runs keeps the version that it began with.
        """
        _check_words(by, note, "puts it in use")
        models.use(self._store, name, version, by.strip(), note.strip())

    def folder(self, name: str, version: int | None = None) -> Path:
        """Return the folder of a version's export. Raises `BadInput` if it is not ready, or not here."""
        record = self.model(name, version)
        if record.state != "ready":
            raise BadInput(f"Version {record.version} of {name} is {record.state}; wait until it is ready.")
        found = paths.models(name, record.version) / EXPORT
        if not (found / "model.json").is_file():
            raise BadInput(f"The files of {name}, version {record.version}, are not on this machine.")
        return found

    def about(self, name: str, version: int) -> dict[str, Any]:
        """Return what an export says of itself: classes, metrics, versions. Raises `BadInput`."""
        return json.loads((self.folder(name, version) / "model.json").read_text("utf-8"))

    def learned_from(self, name: str, version: int) -> tuple[list[str], list[str]] | None:
        """Return the texts that a version learned from, and their classes; None if they are not here."""
        record = self.model(name, version)
        found = neighbours.kept(paths.models(name, version))
        texts = origins.texts(self._store, record)
        if found is None or texts is None:
            return None
        rows, labels = found
        classes = self.about(name, version)["classes"]
        return [texts[int(row)] for row in rows], [classes[int(label)] for label in labels]

    @staticmethod
    def log(name: str, version: int) -> str:
        """Return what preparing a version wrote."""
        path = paths.models(name, version) / "log.txt"
        return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def threshold_table(found: Decisions, prices: Prices) -> pd.DataFrame:
    """Return what charts draw: a line for each of some `POINTS` thresholds.

    Each holds up to the next: between two thresholds nothing changes. Errors are of `PER_TEXTS` decisions.

    Columns: threshold, cost, cost_low, cost_high, fn, fp, and of recall, precision and
    false_positive_rate the share with its ends in {...}_low and {...}_high; NaN where a share is of nothing.
    """
    every = np.linspace(0, len(found.thresholds) - 1, POINTS).round().astype(int)
    cheapest = int(found.costs(prices).argmin())
    lines = []
    for threshold in np.unique([*found.thresholds[every], found.thresholds[cheapest], 1.0]):
        outcome = found.at(float(threshold))
        cost = outcome.cost(prices)
        line = {"threshold": threshold, "cost": cost.value, "cost_low": cost.low, "cost_high": cost.high}
        line |= {"fn": PER_TEXTS * outcome.fn / outcome.n, "fp": PER_TEXTS * outcome.fp / outcome.n}
        for name in ("recall", "precision", "false_positive_rate"):
            share = getattr(outcome, name)
            known = share.value is not None
            line |= {
                name: share.value if known else np.nan,
                f"{name}_low": share.low if known else np.nan,
                f"{name}_high": share.high if known else np.nan,
            }
        lines.append(line)
    return pd.DataFrame(lines)


def _copy(path: Path, to: Path) -> None:
    """Copy a file to a place of its own, whole or not at all. Raises `FileExistsError` if that is taken."""
    file = to.open("xb")
    try:
        with file, path.open("rb") as found:
            shutil.copyfileobj(found, file)
    except OSError:
        to.unlink(missing_ok=True)
        raise


def _check(promotion: Promotion) -> None:
    if not _NAME.fullmatch(promotion.name):
        raise BadInput(
            "A model's name is made of small letters, digits, - and _, begins with a letter or a digit, and "
            "has 60 characters at most."
        )
    if promotion.threshold is not None and not 0 <= promotion.threshold <= 1:
        raise BadInput(f"A threshold lies between 0 and 1, not at {promotion.threshold}.")
    if not all(0 <= each <= DEAREST for each in (promotion.prices.fn, promotion.prices.fp)):
        raise BadInput(f"Prices are 0 or more, and {DEAREST:,} at most.")
    _check_words(promotion.by, promotion.note, "promotes it")


def _check_words(by: str, note: str, does: str) -> None:
    if len(note.strip()) > LONGEST_NOTE or "\0" in note:
        raise BadInput(f"A note is text of {LONGEST_NOTE:,} characters at most.")
    if not 0 < len(by.strip()) <= LONGEST_PERSON:
        raise BadInput(f"Say who {does}, in {LONGEST_PERSON:,} characters at most.")
