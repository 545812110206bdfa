"""Everything a page may ask of sweeps, or order: part of the workbench's one face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from al_core import catalogue
from al_core.config import Component, RunConfig
from al_core.errors import BadInput
from al_core.pace import Paces
from al_core.planning import Plan, flatters
from al_core.store import corpora, runs, sweeps, waiting
from al_core.store.engine import Store
from al_core.store.records import RunRecord
from al_core.store.states import ENDED
from al_core.store.sweeps import SweepRecord
from al_core.sweeps.cells import Cell, cells
from al_core.sweeps.left import seconds_left
from al_core.sweeps.settings import SweepSettings, validated
from al_core.worker import process, reaper, slots


class Planner(Protocol):
    """Says what a run would do; `Workbench.plan`."""

    def __call__(self, config: RunConfig, paces: Paces | None = None) -> Plan | None:
        """Return a run's plan, None before its corpus is read. Raises `BadInput`."""
        ...


KeyOf = Callable[[Component], str]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A sweep in numbers, before it starts."""

    runs: int
    reused: int
    """Of those, how many are in the store already."""
    groups: int
    seeds: int
    seconds: float | None
    """Of this machine, all its slots working; None while a corpus has not been read."""
    slots: int
    leaks: tuple[str, ...] = ()
    """A sentence for each corpus of which test texts also stand in training, by the first seed's split."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a sweep is."""

    runs: int
    states: dict[str, int]

    @property
    def finished(self) -> int:
        """Return how many runs are done."""
        return self.states.get("finished", 0)

    @property
    def over(self) -> bool:
        """Tell whether nothing more will happen by itself."""
        return sum(self.states.get(each, 0) for each in ENDED) == self.runs


class SweepBench:
    """Sweeps for pages and the command line. Safe to share between threads."""

    def __init__(self, store: Store, planner: Planner, key_of: KeyOf) -> None:
        """Use a store; `planner` says what a run would do, `key_of` under which key a corpus is kept."""
        self.store, self._plan, self._key_of = store, planner, key_of

    def outlook(self, settings: SweepSettings) -> Outlook:
        """Return how large a sweep is and how long it takes. Raises `BadInput` if it cannot run.

        Every combination is planned once; other seeds take as long.
        """
        settings = validated(settings)
        found = self._cells(settings)
        groups = self._planned(found)
        known = sweeps.reusable(self.store, self._keyed(found))
        seconds: float | None = 0.0
        for group, plan in groups:
            new = sum(cell.key not in known for cell in group)
            seconds = None if plan is None or seconds is None else seconds + plan.seconds * new
        if seconds:
            seconds /= min(slots.count(), len(found) - len(known))
        size = (len(found), len(known), len(groups), len(settings.seeds))
        return Outlook(*size, seconds, slots.count(), self._leaks(groups))

    def create(self, settings: SweepSettings) -> str:
        """Begin a sweep: queue what is not in the store, and start what finds a slot; return its id.

        Raises `BadInput` if one of its runs cannot be; nothing is begun then.
        """
        settings = validated(settings)
        found = self._cells(settings)
        self._planned(found)
        made = sweeps.create(self.store, settings.name, settings.model_dump(mode="json"), self._keyed(found))
        reaper.tend(self.store)
        return made

    def extend(self, sweep_id: str, seeds: Sequence[int]) -> int:
        """Add seeds to a sweep; return how many runs that brings.

        They wait, or are paused or cancelled, as the sweep is.
        """
        while True:
            before = self.sweep(sweep_id).settings
            settings = SweepSettings.model_validate(before).with_seeds(tuple(seeds))
            found = self._keyed(self._cells(settings))
            wider = settings.model_dump(mode="json")
            added = sweeps.extend(self.store, sweep_id, before, wider, found)
            if added is not None:  # else somebody else has just added seeds
                reaper.tend(self.store)
                return added

    def sweep(self, sweep_id: str) -> SweepRecord:
        """Return one sweep; raises `BadInput` if there is none of that id."""
        return sweeps.sweep(self.store, sweep_id)

    def settings(self, sweep_id: str) -> SweepSettings:
        """Return what a sweep is set to."""
        return SweepSettings.model_validate(self.sweep(sweep_id).settings)

    def sweeps(self, *, archived: bool = False) -> list[SweepRecord]:
        """Return all sweeps, the newest first."""
        return sweeps.list_sweeps(self.store, archived=archived)

    def standing(self, sweep_ids: Sequence[str]) -> dict[str, Standing]:
        """Return how far each sweep is."""
        found = sweeps.states(self.store, sweep_ids)
        return {each: Standing(sum(states.values()), dict(Counter(states))) for each, states in found.items()}

    def runs(self, sweep_id: str, limit: int | None = None, offset: int = 0) -> list[tuple[RunRecord, bool]]:
        """Return the runs of a sweep, or some, in their order, each with whether it was there before."""
        return sweeps.runs_of(self.store, sweep_id, limit, offset)

    def seconds_left(self, sweep_id: str) -> float | None:
        """Return about how long the rest takes, interrupted runs included; None before a run is done."""
        paces: Paces = {}
        return seconds_left(
            sweeps.timed(self.store, sweep_id), lambda run: self._planned_seconds(run, paces), slots.count()
        )

    def ahead(self, sweep_id: str) -> int:
        """Return how many waiting runs get a slot before the first of a sweep."""
        first = waiting.first_of(self.store, sweep_id)
        return waiting.ahead(self.store, first, process.host()) if first else 0

    def pause(self, sweep_id: str) -> None:
        """Let its runs stop for now; what is reused goes on."""
        sweeps.want(self.store, sweep_id, "paused")

    def resume(self, sweep_id: str) -> None:
        """Let its runs go on: the paused, interrupted, cancelled and failed ones."""
        sweeps.want(self.store, sweep_id, "running")
        reaper.tend(self.store)

    def cancel(self, sweep_id: str) -> None:
        """Stop its runs for good; they can still be resumed."""
        sweeps.want(self.store, sweep_id, "cancelled")

    def archive(self, sweep_id: str) -> None:
        """Put a sweep out of sight; its runs stay."""
        sweeps.archive(self.store, sweep_id)

    def unarchive(self, sweep_id: str) -> None:
        """Undo `archive`."""
        sweeps.unarchive(self.store, sweep_id)

    def write_note(self, sweep_id: str, note: str) -> None:
        """Keep what people have to say on a sweep."""
        sweeps.write_note(self.store, sweep_id, note)

    def _cells(self, settings: SweepSettings) -> list[Cell]:
        return cells(settings, self._corpus_title)

    def _keyed(self, found: Sequence[Cell]) -> list[tuple[RunConfig, str]]:
        """Return each run with the key of its corpus."""
        keys: dict[str, str] = {}
        for corpus in (cell.config.corpus for cell in found):
            if corpus.model_dump_json() not in keys:
                keys[corpus.model_dump_json()] = self._key_of(corpus)
        return [(cell.config, keys[cell.config.corpus.model_dump_json()]) for cell in found]

    def _planned(self, found: Sequence[Cell]) -> list[tuple[list[Cell], Plan | None]]:
        """Return the runs by what tells them apart besides the seed, and what one of each would do."""
        groups: dict[str, list[Cell]] = {}
        for cell in found:
            groups.setdefault(cell.config.model_copy(update={"seed": 0}).key(), []).append(cell)
        paces: Paces = {}
        return [(group, self._plan(group[0].config, paces)) for group in groups.values()]

    def _leaks(self, groups: Sequence[tuple[list[Cell], Plan | None]]) -> tuple[str, ...]:
        """Return what is to be said of test texts that also stand in training, once for each corpus."""
        several = len({cells[0].config.corpus.model_dump_json() for cells, _ in groups}) > 1
        told = [
            flatters(
                plan.sizes.leaked_test,
                plan.sizes.test,
                self._corpus_title(cells[0].config.corpus) if several else "",
            )
            for cells, plan in groups
            if plan and plan.sizes.leaked_test
        ]
        return tuple(dict.fromkeys(told))

    def _planned_seconds(self, run_id: str, paces: Paces) -> float | None:
        run = runs.run(self.store, run_id)
        config = run.run_config()
        try:
            if self._key_of(config.corpus) != run.corpus_key:
                return 0.0  # its texts have changed: it will fail, and says so itself
            plan = self._plan(config, paces)
        except BadInput:  # it cannot run, and says so itself
            return 0.0
        return plan.seconds if plan else None

    def _corpus_title(self, component: Component) -> str:
        record = corpora.find(self.store, self._key_of(component))
        if record is not None and record.state == "ready":
            return record.title
        words = [str(each) for each in component.params.values() if isinstance(each, str) and each]
        return words[0] if words else catalogue.REGISTRIES["corpora"][component.name].title
