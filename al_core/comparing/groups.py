"""From runs to groups: what they have in common, what tells them apart, and what they are compared with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from al_core import catalogue
from al_core.config import RunConfig
from al_core.store.records import RunRecord
from al_core.sweeps.cells import RANDOM, title


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that differ by their seed alone."""

    title: str
    strategy: str
    """Its registry name, which decides the colour."""
    task: str
    """The same for groups that learn the same thing: corpus, split and model."""
    runs: tuple[RunRecord, ...]
    """One of each seed, in their order."""
    control: str | None = None
    """The title of the group that asks at random on the same task; None for that group itself."""

    @property
    def start(self) -> str:
        """Return the same for groups that get their first labels in one way, and labels from one oracle."""
        return _dump(self.runs[0].run_config(), "starter", "oracle")

    @property
    def random(self) -> bool:
        """Tell whether it asks at random, with nothing around it."""
        return _random(self.runs[0])


def grouped(
    found: Sequence[RunRecord], corpus_title: Callable[[RunRecord], str]
) -> tuple[tuple[Group, ...], tuple[RunRecord, ...]]:
    """Return the groups, those that ask at random first, and the runs that only repeat another."""
    members: dict[str, dict[int, RunRecord]] = {}
    left_out: list[RunRecord] = []
    for run in found:
        seeds = members.setdefault(_identity(run), {})
        there = seeds.get(seed_of(run))
        if there is None or _worth(run) > _worth(there):
            left_out += [there] if there else []
            seeds[seed_of(run)] = run
        else:
            left_out.append(run)
    firsts = [next(iter(seeds.values())) for seeds in members.values()]
    titles = _titles(firsts, corpus_title)
    groups = [
        Group(
            name,
            first.config["strategy"]["name"],
            _task(first),
            tuple(run for _, run in sorted(seeds.items())),
        )
        for name, first, seeds in zip(titles, firsts, members.values(), strict=True)
    ]
    controls = [group for group in groups if group.random]
    told = [
        Group(g.title, g.strategy, g.task, g.runs, None if g.random else _control(g, controls))
        for g in (*controls, *(group for group in groups if not group.random))
    ]
    return tuple(told), tuple(left_out)


def _worth(run: RunRecord) -> tuple[bool, int, datetime]:
    """Return what decides among runs that repeat each other: finished, further, newer."""
    return run.state == "finished", run.rounds_done, run.created_at


def _titles(firsts: Sequence[RunRecord], corpus_title: Callable[[RunRecord], str]) -> list[str]:
    """Return a title for each group: its strategy, and as much more as tells it from the others."""
    configs = [run.run_config() for run in firsts]
    model = len({_dump(config, "classifier") for config in configs}) > 1
    several = len({_dump(config, "features") for config in configs}) > 1
    reads = several and not model
    corpora = len({run.corpus_key for run in firsts}) > 1
    starts = _several(configs, "starter", "starters"), _several(configs, "oracle", "oracles")
    names = [
        title(config, model=model, reads=several)
        + (f", {_reads(config)}" if reads else "")
        + "".join(f", {told[place]}" for told in starts if told)
        + (f", {corpus_title(run)}" if corpora else "")
        for place, (config, run) in enumerate(zip(configs, firsts, strict=True))
    ]
    told: list[str] = []
    for place, name in enumerate(names):
        alike = [other for other, each in enumerate(names) if each == name]
        if len(alike) > 1:
            flat = [_flat(configs[each]) for each in alike]
            mine = _flat(configs[place])
            differ = [key for key in mine if len({str(each.get(key)) for each in flat}) > 1]
            name += "".join(f", {key.replace('_', ' ')} {mine[key]}" for key in differ[:3])
        # By its place, where nothing that is told in three settings differs.
        told.append(name if name not in told else f"{name} ({place + 1})")
    return told


def _several(configs: Sequence[RunConfig], field: str, registry: str) -> list[str]:
    """Return what each config has there, as titles; nothing where all have the same."""
    names, entries = [getattr(config, field).name for config in configs], catalogue.REGISTRIES[registry]
    if len(set(names)) == 1:
        return []
    return [entries[name].title.lower() if name in entries else name for name in names]


def _reads(config: RunConfig) -> str:
    entries, name = catalogue.REGISTRIES["features"], config.features.name
    return entries[name].title.lower() if name in entries else name


def _flat(config: RunConfig) -> dict[str, Any]:
    """Return what decides a history, each setting by the last part of its name."""
    body = config.model_dump(mode="json", exclude={"name": True, "seed": True, "cycle": {"baseline"}})
    flat: dict[str, Any] = {}

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, dict) and value:
            for key, each in value.items():
                walk(each, (*path, str(key)))
        else:
            flat[" ".join(part for part in path if part not in ("params", "cycle"))] = value

    walk(body, ())
    return flat


def _control(group: Group, controls: Sequence[Group]) -> str | None:
    """Return the title of the random group to compare with: of the task, with the same rounds if there is.

    With another oracle or other first labels it would be these that are compared.
    """
    fitting = [each for each in controls if (each.task, each.start) == (group.task, group.start)]
    fitting.sort(key=lambda each: _rest(each.runs[0]) != _rest(group.runs[0]))
    return fitting[0].title if fitting else None


def _random(run: RunRecord) -> bool:
    return run.config["strategy"]["name"] == RANDOM and not run.config.get("wrappers")


def seed_of(run: RunRecord) -> int:
    """Return the seed of a run."""
    return int(run.config["seed"])


def _identity(run: RunRecord) -> str:
    """Return what runs of one group have in common: everything but seed, name and who fits the baseline."""
    config = run.run_config()
    cycle = config.cycle.model_copy(update={"baseline": True})
    return config.model_copy(update={"seed": 0, "name": "-", "cycle": cycle}).key() + run.corpus_key


def _task(run: RunRecord) -> str:
    return run.corpus_key + _dump(run.run_config(), "split", "features", "classifier", "calibration")


def _rest(run: RunRecord) -> str:
    return _dump(run.run_config(), "stop") + json.dumps(
        {**run.config["cycle"], "baseline": True}, sort_keys=True
    )


def data_of(run: RunRecord) -> str:
    """Return what rows stand for the same texts in: corpus and split."""
    return run.corpus_key + _dump(run.run_config(), "split")


def _dump(config: RunConfig, *parts: str) -> str:
    return json.dumps(config.model_dump(mode="json", include=set(parts)), sort_keys=True)
