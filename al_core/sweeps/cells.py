"""From a sweep to its runs: one config for each corpus, model, way of asking, and seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from al_core import catalogue
from al_core.config import Component, RunConfig
from al_core.errors import BadInput
from al_core.sweeps.settings import MOST_CELLS, Asking, Data, Model, SweepSettings

RANDOM = "random"
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of a sweep."""

    config: RunConfig
    control: bool
    """Asks at random, with nothing around it."""

    @property
    def key(self) -> str:
        """Return what decides its history."""
        return self.config.key()


def cells(settings: SweepSettings, corpus_title: Callable[[Component], str] | None = None) -> list[Cell]:
    """Return every run of a validated sweep, seed by seed, the control of each first.

    Seed by seed, so that a sweep that is stopped half-way has compared all strategies on some seeds.
    Only one run of each corpus, model and seed fits the full-data baseline: it is the same for all.
    `corpus_title`: what people call a corpus, for the names of the runs.
    Raises `BadInput` where a combination cannot run, or there are more than `MOST_CELLS`.
    """
    base = settings.base
    data = settings.data or (Data(corpus=base.corpus),)
    models = settings.models or (
        Model(features=base.features, classifier=base.classifier, calibration=base.calibration),
    )
    asking = list(settings.asking or (Asking(strategy=base.strategy, wrappers=base.wrappers),))
    plain = Asking(strategy=catalogue.complete(Component(name=RANDOM), catalogue.REGISTRIES["strategies"]))
    if settings.control:
        asking = [plain, *(each for each in asking if not _control(each))]
    count = len(data) * len(models) * len(asking) * len(settings.seeds)
    if count > MOST_CELLS:
        raise BadInput(f"The sweep has {count:,} runs; {MOST_CELLS:,} are the most. Take fewer of something.")
    several = len(models) > 1
    titles = [(corpus_title or _corpus_title)(each.corpus) if len(data) > 1 else "" for each in data]
    found: dict[str, Cell] = {}
    for seed in settings.seeds:
        for corpus, told in zip(data, titles, strict=True):
            for model in models:
                for place, way in enumerate(asking):
                    cell = _cell(settings, corpus, model, way, seed, settings.baseline and place == 0)
                    parts = [title(cell.config, model=several), *([told] if told else []), f"seed {seed}"]
                    named = cell.config.model_copy(update={"name": _name(settings.name, ", ".join(parts))})
                    found.setdefault(cell.key, Cell(named, cell.control))
    return list(found.values())


def with_random(settings: Mapping[str, Any]) -> bool:
    """Tell whether a sweep asks at random, and in another way to compare with it.

    settings: as they are stored. Those of another version, which cannot be read, may do so.
    """
    try:
        sweep = SweepSettings.model_validate(settings)
    except ValidationError:
        return True
    ways = sweep.asking or (Asking(strategy=sweep.base.strategy, wrappers=sweep.base.wrappers),)
    at_random = [_control(each) for each in ways]
    return (sweep.control or any(at_random)) and not all(at_random)


def title(config: RunConfig, *, model: bool, reads: bool = True, corpus: bool = False) -> str:
    """Return what a run's group is called: its strategy, and what else tells groups apart.

    reads: with the model, also say which features it reads.
    """
    parts = [_title("strategies", config.strategy), *(_title("wrappers", each) for each in config.wrappers)]
    if model:
        features = f" on {_title('features', config.features).lower()}" if reads else ""
        parts.append(f"{_title('classifiers', config.classifier)}{features}")
    if corpus:
        parts.append(_title("corpora", config.corpus))
    return ", ".join(parts)


def _cell(settings: SweepSettings, data: Data, model: Model, way: Asking, seed: int, baseline: bool) -> Cell:
    base = settings.base
    config = base.model_copy(
        update={
            "seed": seed,
            "corpus": data.corpus,
            "split": data.split or base.split,
            "features": model.features,
            "classifier": model.classifier,
            "calibration": model.calibration,
            "strategy": way.strategy,
            "wrappers": way.wrappers,
            "cycle": base.cycle.model_copy(update={"baseline": baseline}),
        }
    )
    return Cell(catalogue.validated(config), _control(way))


def _name(sweep: str, group: str) -> str:
    """Return what a run is called; of a long name the end stays, which tells runs apart."""
    room = LONGEST_NAME - len(group) - 2
    return f"{sweep[:room].rstrip()}: {group}" if room > 0 else group[-LONGEST_NAME:]


def _control(way: Asking) -> bool:
    return way.strategy.name == RANDOM and not way.wrappers


def _corpus_title(component: Component) -> str:
    return _title("corpora", component)


def _title(kind: str, component: Component) -> str:
    registry = catalogue.REGISTRIES[kind]
    return registry[component.name].title if component.name in registry else component.name
