"""The models of a run's rounds on disk, and what they said of validation and test."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np

from al_core import archive
from al_core.classifiers import Classifier, saved
from al_core.errors import BadInput
from al_core.loop import Predictions

BUDGET = 64 * 2**20
"""Bytes that the models of one run may take; the latest and the best stay in any case."""
_MODEL = re.compile(r"round-(\d+)\.model\.npz")


def keep(
    folder: Path,
    number: int,
    recipe: saved.Recipe,
    classifier: Classifier,
    predictions: Predictions,
    validation_loss: float,
) -> None:
    """Write what a round leaves, and let models of old rounds go where they take too much.

    Predictions of every round stay: to choose a threshold takes no model. Disk: 16 bytes a text and class,
    and the model. Raises `OSError` where there is no room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    saved.save(_model(folder, number), recipe, classifier)
    names = [field.name for field in fields(Predictions)]
    arrays = {name: getattr(predictions, name) for name in names}
    archive.write(_predictions(folder, number), {"loss": validation_loss}, {"of": arrays})
    _make_room(folder, number)


def rounds(folder: Path) -> list[int]:
    """Return the rounds whose model is there, in their order."""
    found = (_MODEL.fullmatch(each.name) for each in folder.glob("round-*.model.npz"))
    return sorted(int(each[1]) for each in found if each)


def model(folder: Path, number: int) -> Path:
    """Return the file of a round's model, for `saved.load`. Raises `BadInput` if it is not there."""
    path = _model(folder, number)
    if not path.is_file():
        there = ", ".join(f"{each:,}" for each in rounds(folder))
        kept = f"those of rounds {there} were" if there else "none was: an earlier version kept none"
        raise BadInput(f"The model of round {number:,} was not kept; {kept}. Run it again to keep it.")
    return path


def predictions(folder: Path, number: int) -> Predictions | None:
    """Return what a round's model said; None where that was not kept, or is damaged."""
    try:
        _, groups = archive.read(_predictions(folder, number))
        return Predictions(**groups["of"])
    except (*archive.UNREADABLE, TypeError):
        return None


def _make_room(folder: Path, latest: int) -> None:
    sizes = {number: _model(folder, number).stat().st_size for number in rounds(folder)}
    if sum(sizes.values()) <= BUDGET:
        return
    best = min(sizes, key=lambda number: (_loss(folder, number), number))
    for number in [each for each in sizes if each not in (latest, best)]:
        _model(folder, number).unlink(missing_ok=True)
        del sizes[number]
        if sum(sizes.values()) <= BUDGET:
            return


def _loss(folder: Path, number: int) -> float:
    try:
        return float(archive.read(_predictions(folder, number))[0]["loss"])
    except archive.UNREADABLE:
        return np.inf


def _model(folder: Path, number: int) -> Path:
    return folder / f"round-{number}.model.npz"


def _predictions(folder: Path, number: int) -> Path:
    return folder / f"round-{number}.predictions.npz"
