"""Runs beside each other: their curves, what those say, and what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.comparing.groups import data_of, grouped, seed_of
from al_core.comparing.metrics import EVEN, METRICS, PER_TEXTS, Metric, Prices, f1, sentence, size
from al_core.comparing.pool import pool_points
from al_core.corpus.base import Corpus
from al_core.corpus.split import make_split
from al_core.evaluation import comparison as compare
from al_core.evaluation.comparison import BASELINE_ROUND, Curve, Reached
from al_core.evaluation.efficiency import target
from al_core.evaluation.verdicts import Area, Verdict, verdicts
from al_core.store import asked, frames, runs
from al_core.store.engine import Store
from al_core.store.records import RunRecord
from al_core.store.states import ACTIVE

STEPS = ("fit", "score", "select")


@dataclass(frozen=True, slots=True)
class Goal:
    """The accuracy to reach: a share of the way from the majority class to all labels, or as it is."""

    value: float
    share: bool


class Comparison:
    """Everything about some runs beside each other. What it has read stays as it was read.

    Running runs are taken as far as they are. A run that repeats another's settings and seed is left out.
    """

    def __init__(
        self,
        store: Store,
        run_ids: Sequence[str],
        corpus: Callable[[str], Corpus],
        copies: Callable[[str], npt.NDArray[np.int64]],
        corpus_title: Callable[[RunRecord], str],
    ) -> None:
        """Find the runs; raises `BadInput` if there is none of one of the ids.

        corpus, copies: the texts of a corpus key, and for each the group of its copies.
        """
        self._store, self._corpus, self._copies = store, corpus, copies
        self.runs = tuple(runs.run(store, each) for each in dict.fromkeys(run_ids))
        self.groups, self.left_out = grouped(self.runs, corpus_title)

    @property
    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Return what everything here follows from: each run with its rounds done."""
        return tuple((run.id, run.rounds_done) for run in self.runs)

    @property
    def live(self) -> bool:
        """Tell whether there will be more rounds by themselves."""
        return any(run.state in (*ACTIVE, "queued") for run in self.runs)

    @property
    def one_of_each_corpus(self) -> tuple[RunRecord, ...]:
        """Return one run of each corpus."""
        return tuple({run.corpus_key: run for run in self.runs}.values())

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """Return every round: `frames.rounds_of` with group and seed in front, and f1 and balance on test."""
        found = frames.rounds_of(self._store, [run.id for group in self.groups for run in group.runs])
        owners = {run.id: (group.title, seed_of(run)) for group in self.groups for run in group.runs}
        found.insert(0, "seed", [owners[each][1] for each in found["run"]])
        found.insert(0, "group", [owners[each][0] for each in found["run"]])
        wrong = found["test_fn"] + found["test_fp"]
        binary = np.array([size(each) == 2 for each in found["test_confusion"]], dtype=bool)
        balance = (found["test_fn"] / wrong.where(wrong > 0)).where(binary)
        scores = [f1(each) for each in found["test_confusion"]]
        return found.assign(test_f1=np.asarray(scores, dtype=np.float64), test_balance=balance)

    @cached_property
    def two(self) -> bool:
        """Tell whether all that was measured has two classes, so that FN and FP are two things."""
        return all(size(each) in (0, 2) for each in self.rounds["test_confusion"])

    @property
    def metrics(self) -> dict[str, Metric]:
        """Return the metrics that these runs have."""
        return {name: metric for name, metric in METRICS.items() if self.two or not metric.two}

    def table(self) -> pd.DataFrame:
        """Return every round as a flat table to take away, the nested columns left out."""
        found = self.rounds
        lists = [name for name in found if any(isinstance(each, list) for each in found[name].tolist())]
        return found.drop(columns=lists)

    def scores(self, metric: str, prices: Prices) -> pd.DataFrame:
        """Return the rounds with the metric in a column `score`, the baseline's too."""
        rounds = self.rounds
        if metric == "cost":
            price = prices.fn * rounds["test_fn"] + prices.fp * rounds["test_fp"]
            score = PER_TEXTS * price / rounds["test_n"].where(rounds["test_n"] > 0)
        else:
            score = rounds[f"test_{metric}"]
        return rounds[["group", "seed", "run", "round", "labels"]].assign(score=score.astype("float64"))

    def curves(self, metric: str = "accuracy", prices: Prices = EVEN) -> list[Curve]:
        """Return the curve of every run that has a finished round."""
        found = self.scores(metric, prices)
        found = found.loc[found["round"] > BASELINE_ROUND]
        parts = {str(name): part for name, part in found.groupby("run", sort=False)}
        return [
            Curve(group.title, seed_of(run), *parts[run.id][["labels", "score"]].to_numpy(dtype=float).T)
            for group in self.groups
            for run in group.runs
            if run.id in parts
        ]

    def differences(self, curves: Sequence[Curve]) -> pd.DataFrame:
        """Return the band of each group's difference to random on its task; see `difference_band`."""
        parts = [compare.difference_band(mine, control) for control, mine in self._families(curves).items()]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else compare.difference_band([], "")

    def baselines(self, metric: str = "accuracy", prices: Prices = EVEN) -> dict[str, float]:
        """Return the score of the fit on all labels, the mean over seeds, by task."""
        found = self.scores(metric, prices)
        found = found.loc[found["round"] == BASELINE_ROUND].dropna(subset=["score"])
        tasks = {group.title: group.task for group in self.groups}
        # Several groups may have fitted the same baseline, which counts once.
        found = found.assign(task=[tasks[each] for each in found["group"]]).drop_duplicates(["task", "seed"])
        means = found.groupby("task", sort=False)["score"].mean()
        return {str(task): float(mean) for task, mean in means.items()}

    def baseline_names(self) -> dict[str, str]:
        """Return what the baseline of each task is called: by its groups where there are several."""
        tasks = list(dict.fromkeys(group.task for group in self.groups))
        if len(tasks) == 1:
            return {tasks[0]: "All labels"}
        first = {task: next(g for g in self.groups if g.task == task) for task in tasks}
        return {
            task: f"All labels, {group.title.partition(', ')[2] or group.title}"
            for task, group in first.items()
        }

    def verdicts(self, metric: str, curves: Sequence[Curve]) -> dict[str, tuple[Verdict, str]]:
        """Return each group's verdict against random on its task, with its sentence in the metric's unit."""
        words = METRICS[metric]
        found: dict[str, tuple[Verdict, str]] = {}
        if words.less is None:
            return found
        for control, mine in self._families(curves).items():
            for name, each in verdicts(mine, control, Area(less_is_better=words.less)).items():
                found[name] = each, each.sentence if words.kind == "share" else sentence(each, words.kind)
        return found

    def _families(self, curves: Sequence[Curve]) -> dict[str, list[Curve]]:
        """Return the curves that are compared with each control, its own among them."""
        controls = {group.title: group.control for group in self.groups}
        found: dict[str, list[Curve]] = {}
        for control in dict.fromkeys(each for each in controls.values() if each):
            found[control] = [c for c in curves if control in (c.group, controls[c.group])]
        return found

    def floors(self) -> dict[str, float]:
        """Return the accuracy of always naming the most frequent class of the test split, by task."""
        tasks = {group.title: group.task for group in self.groups}
        found: dict[str, float] = {}
        for group, matrix in zip(self.rounds["group"], self.rounds["test_confusion"], strict=True):
            if tasks[group] not in found and size(matrix):
                totals = np.asarray(matrix, dtype=float).sum(axis=1)
                if totals.sum():
                    found[tasks[group]] = float(totals.max() / totals.sum())
        return found

    def targets(self, goal: Goal) -> dict[str, float]:
        """Return the accuracy to reach on each task; none where there is no baseline to go by."""
        if not goal.share:
            return {group.task: goal.value for group in self.groups}
        floors, full = self.floors(), self.baselines()
        return {task: target(floors[task], full[task], goal.value) for task in full if task in floors}

    def reached(self, goal: Goal) -> dict[str, Reached]:
        """Return how many labels each group needed for the goal, and what it saved against random."""
        curves, goals = self.curves(), self.targets(goal)
        found: dict[str, Reached] = {}
        for group in self.groups:
            if group.task in goals:
                mine = [c for c in curves if c.group in (group.title, group.control)]
                told = compare.labels_to_target(mine, goals[group.task], group.control)
                found |= {each.group: each for each in told if each.group == group.title}
        return found

    def summary(self) -> pd.DataFrame:
        """Return one line per group, means over its seeds.

        Columns: group, seeds, labels, area (under the accuracy curve, over the range that all groups of
        its task share), best (accuracy), fit, score, select (seconds in all rounds, without the baseline).
        """
        curves = self.curves()
        area: dict[str, float] = {}
        for task in dict.fromkeys(group.task for group in self.groups):
            names = {group.title for group in self.groups if group.task == task}
            table = compare.areas([c for c in curves if c.group in names])
            for name in names & set(table["group"]):
                area[name] = float(table.loc[table["group"] == name, "area"].to_numpy().mean())
        found = self.rounds.loc[self.rounds["round"] > BASELINE_ROUND]
        steps = [f"seconds_{step}" for step in STEPS]
        per_run = found.groupby(["group", "run"], sort=False).agg(
            labels=("labels", "max"), best=("test_accuracy", "max"), **{s: (s, "sum") for s in steps}
        )
        means = per_run.groupby("group", sort=False).mean()
        means.insert(0, "area", means.index.map(area))
        means.insert(0, "seeds", per_run.groupby("group", sort=False).size())
        order = [group.title for group in self.groups if group.title in means.index]
        return means.loc[order].rename(columns=lambda name: name.removeprefix("seconds_")).reset_index()

    # Errors

    def confusions(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return each group's confusion matrix (C, C) of the last round on test, the mean over seeds."""
        last = self.rounds.loc[self.rounds["round"] > BASELINE_ROUND].groupby("run", sort=False).tail(1)
        found: dict[str, list[npt.NDArray[np.float64]]] = {}
        for group, matrix in zip(last["group"], last["test_confusion"], strict=True):
            if size(matrix):
                found.setdefault(group, []).append(np.asarray(matrix, dtype=np.float64))
        return {name: np.mean(each, axis=0) for name, each in found.items()}

    # What was asked for

    def class_mix(self, classes: Callable[[RunRecord], Sequence[str]]) -> pd.DataFrame:
        """Return the classes of all texts that each group asked for: group, class, count, share."""
        ids = [run.id for group in self.groups for run in group.runs]
        counts = asked.class_counts_of(self._store, ids)
        owners = {run.id: group.title for group in self.groups for run in group.runs}
        names = {run.id: list(classes(run)) for group in self.groups for run in group.runs}
        told = [
            names[run][index] if index < len(names[run]) else str(index)
            for run, index in zip(counts["run"], counts["class"], strict=True)
        ]
        table = pd.DataFrame(
            {"group": [owners[each] for each in counts["run"]], "class": told, "count": counts["count"]}
        )
        table = pd.DataFrame(table.groupby(["group", "class"], sort=False)["count"].sum()).reset_index()
        count = table["count"].to_numpy(dtype=float)
        whole = table["group"].map(lambda name: count[(table["group"] == name).to_numpy()].sum()).to_numpy()
        return table.assign(share=np.divide(count, whole, out=np.zeros_like(count), where=whole > 0))

    @cached_property
    def queried(self) -> pd.DataFrame:
        """Return every row that was asked about: group, seed, run, round, row."""
        found = asked.rows_of(self._store, [run.id for group in self.groups for run in group.runs])
        owners = {run.id: (group.title, seed_of(run)) for group in self.groups for run in group.runs}
        found.insert(0, "seed", [owners[each][1] for each in found["run"]])
        found.insert(0, "group", [owners[each][0] for each in found["run"]])
        return found

    def lengths(self) -> pd.DataFrame:
        """Return how long the texts are that each group asked for: group, round, words (mean)."""
        found, keys = self.queried, {run.id: run.corpus_key for run in self.runs}
        words = np.full(len(found), np.nan)
        corpora = np.array([keys[each] for each in found["run"]], dtype=object)
        for key in dict.fromkeys(corpora.tolist()):
            mine = corpora == key
            rows, back = np.unique(found["row"].to_numpy()[mine], return_inverse=True)
            texts = self._corpus(key).texts
            counts = [len(str(texts[row]).split()) for row in rows.tolist()]
            words[mine] = np.array(counts, dtype=float)[back]
        means = found.assign(words=words).groupby(["group", "round"], sort=False)["words"].mean()
        return pd.DataFrame(means).reset_index()

    def pool(self, run: RunRecord) -> pd.DataFrame:
        """Return a run's pool as a map: row, x, y, round (NaN where never asked), text; see `pool_points`."""
        corpus, config = self._corpus(run.corpus_key), run.run_config()
        split = make_split(
            corpus.labels, self._copies(run.corpus_key), config.split, config.seed, corpus.classes
        )
        queried = self.queried
        return pool_points(corpus, split, queried.loc[queried["run"] == run.id], config.seed)

    def overlap(self) -> pd.DataFrame:
        """Return how alike the groups' choices are: one, other, overlap (Jaccard, mean over seeds), seeds.

        Of all rows asked about by the two runs of a seed on one corpus and split; NaN where there are none.
        """
        sets: dict[tuple[str, int], set[int]] = {}
        for group, seed, row in self.queried[["group", "seed", "row"]].itertuples(index=False, name=None):
            sets.setdefault((group, seed), set()).add(row)
        lines = []
        for one in self.groups:
            for other in self.groups:
                shares = []
                for run in one.runs if data_of(one.runs[0]) == data_of(other.runs[0]) else ():
                    a, b = (sets.get((each.title, seed_of(run)), set[int]()) for each in (one, other))
                    if a and b:
                        shares.append(len(a & b) / len(a | b))
                lines.append((one.title, other.title, np.mean(shares) if shares else math.nan, len(shares)))
        return pd.DataFrame(lines, columns=["one", "other", "overlap", "seeds"])
