"""How fast runs are carried out here: measured on finished ones, by rule of thumb while there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from al_core import catalogue
from al_core.classifiers.base import Classifier
from al_core.config import RunConfig
from al_core.planning import PREDICTION
from al_core.store import Store, finished
from al_core.store.finished import Finished

RECENT = 5
"""Runs to measure: a machine changes, and so does what else it works on."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a plan is corrected by."""

    speed: float = 1.0
    """Measured over estimated time of training on a text."""
    start: float | None = None
    """Seconds of a run that no text takes: process, imports, corpus, features. None: not measured."""


Paces: TypeAlias = dict[tuple[str, str], Pace]
"""By classifier, with its settings, and corpus key."""


def pace(store: Store, config: RunConfig, corpus_key: str) -> Pace:
    """Return the pace of the latest runs with a config's classifier: on its corpus, else on any.

    Where there are none: how long the process of any run took to come up, and the classifier's own rule of
    thumb besides. Cost: 10 to 20 ms; with many plans to make, ask once for each classifier and corpus.
    """
    name = config.classifier.name
    alike = finished.latest(store, RECENT, name, corpus_key) or finished.latest(store, RECENT, name)
    if not alike:
        births = [each.birth for each in finished.latest(store, RECENT) if each.birth is not None]
        return Pace(start=median(births) + _model(config).start_seconds if births else None)
    by_run = _rounds(store, alike)
    every = [each for rounds in by_run.values() for each in rounds]
    # The first fit of a process also loads libraries and traces graphs: that is no matter of texts.
    later = [each for rounds in by_run.values() for each in rounds[1:]]
    speed = _ratio(later) or _ratio(every) or 1.0
    starts = [
        max(0.0, run.seconds - _of_texts(by_run[run.id], speed))
        for run in alike
        if run.seconds is not None and run.id in by_run
    ]
    return Pace(speed, median(starts) if starts else None)


@dataclass(frozen=True, slots=True)
class _Round:
    """The seconds of one round."""

    fit: float
    asking: float
    estimated: float
    """Of the fit, by rule of thumb."""
    measuring: float
    """By rule of thumb; the store does not know it."""


def _rounds(store: Store, runs: Sequence[Finished]) -> dict[str, list[_Round]]:
    """Return the rounds of each run that has any, in their order."""
    found = finished.timed_rounds(store, [each.id for each in runs])
    per_text = {each.id: _model(each.config).seconds_per_text(_width(each.config)) for each in runs}
    return {
        run_id: [
            _Round(
                fit=each.fit,
                asking=each.asking,
                estimated=per_text[run_id] * each.epochs * (each.labels + PREDICTION * each.validation),
                measuring=per_text[run_id] * PREDICTION * (each.validation + each.test),
            )
            for each in rounds
        ]
        for run_id, rounds in found.items()
    }


def _of_texts(rounds: Sequence[_Round], speed: float) -> float:
    """Return the seconds of a run that its texts took."""
    first = max(0.0, rounds[0].fit - speed * rounds[0].estimated)
    return sum(each.fit + each.asking + speed * each.measuring for each in rounds) - first


def _ratio(rounds: Sequence[_Round]) -> float:
    estimated = sum(each.estimated for each in rounds)
    return sum(each.fit for each in rounds) / estimated if estimated > 0 else 0.0


def _model(config: RunConfig) -> Classifier:
    return catalogue.REGISTRIES["classifiers"][config.classifier.name].create(config.classifier.params)


def _width(config: RunConfig) -> int:
    return int(config.features.params.get("length", 1))
