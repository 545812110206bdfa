"""The one face that pages call: typed, returns plain records and data frames, imports no Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from al_core import catalogue, paths, planning
from al_core.comparing import Comparison
from al_core.config import Component, RunConfig, SplitSettings
from al_core.corpus import Corpus, cache, columns, files
from al_core.corpus.base import UNKNOWN
from al_core.corpus.profile import Profile, duplicate_groups, profile
from al_core.corpus.split import make_split
from al_core.deploy.face import ModelBench
from al_core.errors import BadInput
from al_core.labelling.face import LabelBench
from al_core.loop import BASELINE
from al_core.oracles import ABSTAINED
from al_core.pace import Paces, pace
from al_core.planning import Plan, Sizes
from al_core.registry import Entry
from al_core.store import corpora as corpora_table
from al_core.store import frames, lifecycle, open_store, runs, waiting
from al_core.store.records import CorpusRecord, Process, QueryPage, RunPage, RunRecord
from al_core.sweeps.face import SweepBench
from al_core.worker import prepare, process, reaper, starter


@dataclass(frozen=True, slots=True)
class Activity:
    """What the workers do now, for one line in the sidebar."""

    running: tuple[RunRecord, ...]
    queued: int
    preparing: tuple[CorpusRecord, ...]
    last_failed: RunRecord | None
    learning: tuple[str, ...] = ()
    """Names of the labelling sessions whose trainer is at work."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded table, and the columns that look like text and label."""

    table: pa.Table
    columns: tuple[str, ...]
    text: str
    label: str | None

    def head(self, rows: int = 10) -> pd.DataFrame:
        """Return the first rows, as strings."""
        return self.table.slice(0, rows).to_pandas().astype("string").fillna("")


@dataclass(frozen=True, slots=True)
class Draft:
    """A corpus that is not saved yet, in words and numbers."""

    corpus: Corpus
    profile: Profile


class Workbench:
    """Everything a page may ask for or order. Safe to share between threads."""

    def __init__(self, url: str | None = None) -> None:
        """Open a store by URL; without one, that of the environment."""
        self.store = open_store(url)
        self.labelling = LabelBench(self.store, _corpus)
        self.sweeps = SweepBench(self.store, self.plan, self.corpus_key)
        self.models = ModelBench(self.store)

    # What there is

    @staticmethod
    def entries(kind: str) -> dict[str, Entry[Any]]:
        """Return the registry of one kind: corpora, features, classifiers, strategies, stopping."""
        return dict(catalogue.REGISTRIES[kind])

    @staticmethod
    def title(kind: str, name: str) -> str:
        """Return the title of an entry; its name if it is there no more."""
        registry = catalogue.REGISTRIES[kind]
        return registry[name].title if name in registry else name

    # Corpora

    def corpora(self) -> list[CorpusRecord]:
        """Return every corpus that is ready, being prepared or failed, the newest first."""
        return corpora_table.list_corpora(self.store)

    def corpus(self, key: str) -> CorpusRecord | None:
        """Return one corpus, also one that was removed from the list; None if nobody has asked for it."""
        return corpora_table.find(self.store, key)

    def corpus_of(self, component: Component) -> CorpusRecord | None:
        """Return the record of a config's corpus, or None if nobody has prepared it."""
        return self.corpus(self.corpus_key(component))

    def source_title(self, component: Component) -> str:
        """Return what people call a corpus, read or not: its title, else its source and the name in it."""
        record = self.corpus_of(component)
        if record and record.state == "ready":
            return record.title
        entry = catalogue.REGISTRIES["corpora"][component.name]
        names = [
            value for value in entry.settings(component.params).values() if isinstance(value, str) and value
        ]
        return ": ".join([entry.title, *names[:1]])

    @staticmethod
    def corpus_key(component: Component) -> str:
        """Return the key under which a corpus is cached."""
        return catalogue.REGISTRIES["corpora"][component.name].create(component.params).key()

    def prepare(self, component: Component) -> str:
        """Read a corpus into the cache: light ones at once, heavy ones in a process of their own."""
        component = catalogue.complete(component, catalogue.REGISTRIES["corpora"])
        source = catalogue.REGISTRIES["corpora"][component.name].create(component.params)
        self.restore_corpus(source.key())
        if source.heavy:
            starter.start_preparing(self.store, component)
        else:
            prepare.register(self.store, component, lambda *_: None)
        return source.key()

    def delete_corpus(self, key: str) -> None:
        """Hide a corpus; `restore_corpus` brings it back."""
        corpora_table.archive(self.store, key)

    def restore_corpus(self, key: str) -> None:
        """Undo `delete_corpus`."""
        corpora_table.unarchive(self.store, key)

    @staticmethod
    def read_upload(name: str, data: bytes) -> Upload:
        """Read an uploaded CSV, TSV, JSONL or Parquet; raises `BadInput` in one sentence."""
        table = files.read_table(name, data)
        return Upload(table, tuple(table.column_names), *columns.guess_columns(table))

    @staticmethod
    def draft(upload: Upload, text: str, label: str | None, positive: str | None = None) -> Draft:
        """Make a corpus of two columns, in memory only; raises `BadInput` if it could not be used."""
        corpus = columns.import_table(upload.table, text, label, "", positive)
        if len(corpus.classes) == 1 and (corpus.labels != UNKNOWN).all():
            raise BadInput(
                f"Column {label!r} has one value only, {corpus.classes[0]!r}; choose a label column with at "
                "least two, or none."
            )
        if not any(character.isalpha() for each in corpus.texts for character in each):
            raise BadInput(f"Column {text!r} holds no words; choose the column with the texts.")
        return Draft(corpus, profile(corpus))

    def add(self, draft: Draft, title: str) -> str:
        """Save a draft as a corpus and return its key."""
        corpus = replace(draft.corpus, title=title.strip() or draft.corpus.title)
        cache.save(corpus)
        component = Component(name="table", params={"table": corpus.key})
        prepare.register(self.store, component, lambda *_: None)
        self.restore_corpus(corpus.key)
        return corpus.key

    @staticmethod
    def profile(key: str) -> Profile:
        """Return counts, lengths, duplicates and problems of a cached corpus."""
        return _profile(key)

    @staticmethod
    def preview(key: str, limit: int = 50, offset: int = 0) -> pd.DataFrame:
        """Return some rows of a cached corpus: text, label (a class name, or empty)."""
        corpus = _corpus(key)
        names = {UNKNOWN: "", **dict(enumerate(corpus.classes))}
        labels = [names[int(label)] for label in corpus.labels[offset : offset + limit]]
        return pd.DataFrame({"text": corpus.texts[offset : offset + limit], "label": labels})

    # Before a run

    def plan(self, config: RunConfig, paces: Paces | None = None) -> Plan | None:
        """Return what a run would do, or None while its corpus is yet to be read by a process of its own.

        paces: what was measured for other plans of this moment, and is added to. Raises `BadInput` for a
        config that cannot run: this is what the form shows beside Start.
        """
        config = catalogue.validated(config)
        key = self.corpus_key(config.corpus)
        if not cache.exists(key):
            if catalogue.REGISTRIES["corpora"][config.corpus.name].create(config.corpus.params).heavy:
                return None
            cache.open_corpus(config.corpus, lambda *_: None)
        classes = len(_corpus(key).classes)
        catalogue.check_classes(config, classes)
        sizes = _sizes(key, config.split.model_dump_json(), config.seed)
        paces = {} if paces is None else paces
        alike = config.classifier.model_dump_json(), key
        if alike not in paces:
            paces[alike] = pace(self.store, config, key)
        here = paces[alike]
        return planning.plan(config, sizes, here.speed, classes, here.start)

    # Runs

    def create(self, config: RunConfig, owner: Process | None = None) -> str:
        """Queue a run without starting it and return its id; raises `BadInput` if it cannot run.

        With an `owner` nobody but that process will start it: the command line's own.
        """
        config = catalogue.validated(config)
        self.plan(config)
        return runs.create_run(self.store, config, self.corpus_key(config.corpus), owner)

    def start(self, config: RunConfig) -> str:
        """Queue a run, start it if a slot is free, and return its id."""
        run_id = self.create(config)
        reaper.tend(self.store)
        return run_id

    def runs(self, limit: int = 25, offset: int = 0, **choice: Any) -> RunPage:
        """Return one page of runs; see `store.runs.list_runs` for the choice."""
        return runs.list_runs(self.store, limit, offset, **choice)

    def run(self, run_id: str) -> RunRecord:
        """Return one run; raises `BadInput` if there is none of that id."""
        return runs.run(self.store, run_id)

    def count_runs(self) -> int:
        """Return how many runs the store has, deleted ones not counted."""
        return runs.list_runs(self.store, 1).total

    def run_choices(self) -> dict[str, list[str]]:
        """Return what the list of runs may be filtered by; see `store.runs.choices`."""
        return runs.choices(self.store)

    def tags(self, run_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the tags of each run."""
        return runs.tags_of(self.store, run_ids)

    def tag(self, run_id: str, tags: Sequence[str]) -> None:
        """Give a run these tags and no others."""
        runs.tag(self.store, run_id, tags)

    def write_note(self, run_id: str, note: str) -> None:
        """Keep what people have to say on a run."""
        runs.write_note(self.store, run_id, note)

    def pause(self, run_id: str) -> None:
        """Ask a run to stop for now; it gives its slot back."""
        lifecycle.want(self.store, run_id, "paused")

    def resume(self, run_id: str) -> None:
        """Let a paused, interrupted, cancelled or failed run go on from where it was."""
        lifecycle.want(self.store, run_id, "running")
        reaper.tend(self.store)

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop for good; it can still be resumed."""
        lifecycle.want(self.store, run_id, "cancelled")

    def delete(self, run_id: str) -> None:
        """Hide a run and stop it; `restore` brings it back."""
        lifecycle.archive(self.store, run_id)

    def restore(self, run_id: str) -> None:
        """Undo `delete`."""
        lifecycle.unarchive(self.store, run_id)

    def ahead(self, run_id: str) -> int:
        """Return how many waiting runs get a slot before this one."""
        return waiting.ahead(self.store, run_id, process.host())

    def activity(self) -> Activity:
        """Tend the workers (bury the dead, start the waiting) and return what they do now."""
        reaper.tend(self.store)
        page = runs.list_runs(self.store, 10, states=["starting", "running"])
        failed = runs.list_runs(self.store, 1)
        latest = failed.runs[0] if failed.runs and failed.runs[0].state == "failed" else None
        return Activity(
            running=page.runs,
            queued=runs.list_runs(self.store, 1, states=["queued"]).total,
            preparing=tuple(corpora_table.preparing(self.store)),
            last_failed=latest,
            learning=self.labelling.at_work(),
        )

    def comparison(self, run_ids: Sequence[str]) -> Comparison:
        """Set runs beside each other; raises `BadInput` if there is none of one of the ids."""
        return Comparison(self.store, run_ids, _corpus, _groups, self.corpus_title)

    # What a run has left

    def epochs(self, run_id: str) -> pd.DataFrame:
        """Return every epoch: round, epoch, loss, accuracy, val_loss, val_accuracy, seconds."""
        return frames.epoch_frame(self.store, run_id)

    def rounds(self, run_id: str) -> pd.DataFrame:
        """Return one line per round, the baseline (round -1) first; see `frames.round_frame`."""
        return frames.round_frame(self.store, run_id)

    def verdicts(self, run_id: str) -> pd.DataFrame:
        """Return what each stopping criterion said, with its title; see `frames.verdict_frame`."""
        frame = frames.verdict_frame(self.store, run_id)
        frame["title"] = [self.title("stopping", name) for name in frame["criterion"]]
        return frame

    def queried(self, run_id: str, classes: Sequence[str]) -> pd.DataFrame:
        """Return how many labels of each class every round brought: round, class, count."""
        counts = frames.queried_counts(self.store, run_id)
        counts["class"] = [classes[index] for index in counts["class"]]
        return counts

    def queries(self, run: RunRecord, number: int | None, limit: int, offset: int) -> QueryPage:
        """Return one page of the queried texts: round, rank, text, label, predicted, score.

        A text that the oracle left open has the label None.
        """
        page = frames.query_page(self.store, run.id, number, limit, offset)
        corpus = _corpus(run.corpus_key)
        frame = page.frame
        frame["text"] = [corpus.texts[row] for row in frame["row"]]
        for column in ("label", "predicted"):
            frame[column] = [
                None if pd.isna(c) or c == ABSTAINED else corpus.classes[int(c)] for c in frame[column]
            ]
        return replace(page, frame=frame[["round", "rank", "text", "label", "predicted", "score"]])

    def first_texts(self, run: RunRecord, first: Sequence[tuple[int, int]]) -> pd.DataFrame:
        """Return rows with their predicted classes as text, predicted, label: words for people."""
        corpus = _corpus(run.corpus_key)
        lines = [
            (corpus.texts[row], corpus.classes[predicted], corpus.classes[corpus.labels[row]])
            for row, predicted in first
        ]
        return pd.DataFrame(lines, columns=["text", "predicted", "label"])

    def classes(self, run: RunRecord) -> list[str]:
        """Return the class names of a run's corpus; numbers while it is not prepared."""
        record = self.corpus(run.corpus_key)
        return list(record.classes or []) if record else []

    def corpus_title(self, run: RunRecord) -> str:
        """Return what people call a run's corpus; that it is synthetic is part of it."""
        record = self.corpus(run.corpus_key)
        title = record.title if record else self.title("corpora", run.config["corpus"]["name"])
        told = not (record and record.synthetic) or "synthetic" in title.lower()
        return title if told else f"{title} (synthetic)"

    def corpus_ready(self, run: RunRecord) -> bool:
        """Tell whether a run's corpus has been read."""
        record = self.corpus(run.corpus_key)
        return bool(record and record.state == "ready")

    def is_synthetic(self, run: RunRecord) -> bool:
        """Tell whether a run's texts were generated."""
        record = self.corpus(run.corpus_key)
        return bool(record and record.synthetic)

    @staticmethod
    def log(run_id: str, characters: int = 20_000) -> str:
        """Return the end of a run's log."""
        path = paths.run(run_id) / "log.txt"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - characters))
            return file.read().decode("utf-8", errors="replace")

    def outcome(self, run_id: str) -> dict[str, Any]:
        """Return a run as one JSON-able object, as `run --json` prints it."""
        run = self.run(run_id)
        lines = [_line(row) for row in self.rounds(run_id).to_dict("records")]
        counts = frames.queried_counts(self.store, run_id)
        names = self.classes(run)
        for line in lines:
            mine = counts[counts["round"] == line["round"]]
            line["queried_per_class"] = {
                names[c]: int(n) for c, n in zip(mine["class"], mine["count"], strict=True)
            }
        seconds = sum(sum(line["seconds"].values()) for line in lines)
        if run.started_at and run.finished_at:
            seconds = (run.finished_at - run.started_at).total_seconds()
        return {
            "run": run.id,
            "state": run.state,
            "message": run.message,
            "rounds": [line for line in lines if line["round"] != BASELINE],
            "baseline_full": next((line for line in lines if line["round"] == BASELINE), None),
            "seconds": seconds,
        }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a flat line of the frame into the nested one of the command line's contract."""

    def part(prefix: str) -> dict[str, Any]:
        mine = {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
        # JSON has no NaN, which in the frame stands for what was not measured.
        return {name: None if value != value else value for name, value in mine.items()}

    return {
        "round": int(row["round"]),
        "labels": int(row["labels"]),
        "cost": float(row["cost"]),
        "test": part("test_"),
        "validation": part("validation_"),
        "uncalibrated": None if pd.isna(row["uncalibrated_n"]) else part("uncalibrated_"),
        "seconds": part("seconds_"),
    }


@lru_cache(maxsize=2)
def _corpus(key: str) -> Corpus:
    return cache.load(key)


@lru_cache(maxsize=16)
def _profile(key: str) -> Profile:
    return profile(_corpus(key))


@lru_cache(maxsize=4)
def _groups(key: str) -> npt.NDArray[np.int64]:
    return duplicate_groups(_corpus(key).texts)


@lru_cache(maxsize=64)
def _sizes(key: str, settings_json: str, seed: int) -> Sizes:
    corpus = _corpus(key)
    settings = SplitSettings.model_validate_json(settings_json)
    split = make_split(corpus.labels, _groups(key), settings, seed, corpus.classes)
    return Sizes(
        initial=len(split.initial),
        validation=len(split.validation),
        test=len(split.test),
        pool=len(split.pool),
        leaked_test=split.leaked_test,
    )
