"""Which settings tell runs apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from al_core import catalogue
from al_core.config import Component, RunConfig
from al_core.store.records import RunRecord

COMPONENTS = (
    ("Query strategy", "strategy", "strategies"),
    ("Around it", "wrappers", "wrappers"),
    ("Model", "classifier", "classifiers"),
    ("Features", "features", "features"),
    ("Calibration", "calibration", "calibration"),
    ("Initial set", "starter", "starters"),
    ("Oracle", "oracle", "oracles"),
)
SPLIT = {
    "unit": "Split counted in",
    "initial": "Initial labels",
    "validation": "Validation labels",
    "test": "Test texts",
    "pool": "Pool",
    "order": "Order of the split",
    "stratified": "Stratified split",
    "group_duplicates": "Copies on one side",
    "seed": "Seed of the split",
}
CYCLE = {"batch_size": "Batch size", "rounds": "Rounds", "carry": "Weights carried on"}
"""Not who fits the baseline, which decides no history."""
ALL, NONE = "all the rest", "none"
SWITCH = {True: "on", False: "off"}


def varied(runs: Sequence[RunRecord], corpus_title: Callable[[RunRecord], str]) -> pd.DataFrame:
    """Return the settings in which runs differ: a line for each run (index: its id), a column for each.

    Columns are named as people read them; values are texts and numbers, None where a run has no such setting
    (the parameter of another strategy). No columns where nothing differs. Cost: O(runs x settings).
    """
    titles = _corpora(runs, corpus_title)
    told = {run.id: dict(_settings(run.run_config(), titles[run.corpus_key])) for run in runs}
    names = sorted({name for each in told.values() for name in each})
    kept = [name for name in names if len({each[name] for each in told.values() if name in each}) > 1]
    columns = {name[1]: [each.get(name) for each in told.values()] for name in kept}
    return pd.DataFrame(columns, index=pd.Index(list(told), name="run"), dtype=object)


def _corpora(runs: Sequence[RunRecord], corpus_title: Callable[[RunRecord], str]) -> dict[str, str]:
    """Return the title of each corpus by its key, with the key where two have the same."""
    titles = {run.corpus_key: corpus_title(run) for run in runs}
    names = list(titles.values())
    return {key: name if names.count(name) == 1 else f"{name} ({key})" for key, name in titles.items()}


def _settings(config: RunConfig, corpus: str) -> Iterator[tuple[tuple[int, str], Any]]:
    """Yield each setting that decides a history: its place among the kinds with its name, and its value."""
    yield (0, "Corpus"), corpus
    for place, (kind, field, registry) in enumerate(COMPONENTS, start=1):
        given = getattr(config, field)
        yield from _components(2 * place, kind, registry, given if isinstance(given, tuple) else (given,))
    place = 2 * len(COMPONENTS) + 2
    for field, name in CYCLE.items():
        yield (place, name), _value(getattr(config.cycle, field))
    for field, name in SPLIT.items():
        value = getattr(config.split, field)
        yield (place + 1, name), _value(ALL if value is None else value)
    yield from _components(place + 2, "Stopping", "stopping", config.stop.criteria)
    if len(config.stop.criteria) > 1:
        yield (place + 3, "Stops by"), config.stop.combine
    yield (place + 4, "Seed"), config.seed


def _components(
    place: int, kind: str, registry: str, given: Sequence[Component]
) -> Iterator[tuple[tuple[int, str], Any]]:
    entries = catalogue.REGISTRIES[registry]
    titles = [entries[each.name].title if each.name in entries else each.name for each in given]
    yield (place, kind), ", ".join(titles) or NONE
    for title, each in zip(titles, given, strict=True):
        known = {
            parameter.name: parameter.title
            for parameter in (entries[each.name].parameters if each.name in entries else ())
        }
        for name, value in each.params.items():
            yield (place + 1, f"{title}: {known.get(name, name)}"), _value(value)


def _value(value: bool | int | float | str) -> int | float | str:
    if isinstance(value, bool):
        return SWITCH[value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
