"""What a comparison is of, and the settings that repeat it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from al_core.comparing import Comparison, Group
from al_core.corpus import Corpus, cache
from al_core.offline import file_name
from al_core.store import corpora, sweeps
from al_core.store.engine import Store
from al_core.store.records import CorpusRecord, RunRecord
from al_core.store.sweeps import SweepRecord


@dataclass(frozen=True, slots=True)
class Subject:
    """What a comparison is of, besides its runs."""

    corpora: Mapping[str, CorpusRecord] = field(default_factory=dict)
    """By key, as far as they are known."""
    sweep: SweepRecord | None = None
    """Where the runs are those of one."""
    texts: Callable[[str], Corpus] | None = None
    """Reads a corpus by its key; without it there is no map of the pool."""

    @property
    def title(self) -> str:
        """Return what the report is called."""
        return f"Comparison: {self.sweep.name}" if self.sweep else "Comparison of single runs"

    def classes(self, run: RunRecord) -> Sequence[str]:
        """Return the class names of a run's corpus; none where it is not known."""
        record = self.corpora.get(run.corpus_key)
        return (record.classes or []) if record else []


def subject_of(store: Store, found: Comparison, sweep_id: str | None = None) -> Subject:
    """Return what the store knows of a comparison; raises `BadInput` if there is no such sweep."""
    sweep = sweeps.sweep(store, sweep_id) if sweep_id else None
    records = (corpora.find(store, key) for key in keys(found))
    return Subject({record.key: record for record in records if record}, sweep, cache.load)


def settings(found: Comparison, subject: Subject) -> dict[str, str]:
    """Return the settings of each group, with its first seed, and of the sweep, by file name, as JSON."""
    files = {_file(place, group): _json(_config(group)) for place, group in enumerate(found.groups, start=1)}
    if subject.sweep and subject.sweep.settings:
        files = {"sweep.json": _json(subject.sweep.settings)} | files
    return files


def keys(found: Comparison) -> list[str]:
    """Return the key of each corpus of a comparison, once."""
    return [run.corpus_key for run in found.one_of_each_corpus]


def _config(group: Group) -> dict[str, Any]:
    return group.runs[0].run_config().model_dump(mode="json")


def _file(place: int, group: Group) -> str:
    return f"{place:02d}-{file_name(group.strategy)[:40].strip('-') or 'group'}.json"


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
