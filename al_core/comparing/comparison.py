"""Runs beside each other: their curves, and what those say."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.comparing import evidence
from al_core.comparing.asked_for import AskedFor
from al_core.comparing.goals import Goal, on_the_way
from al_core.comparing.groups import Group, grouped, seed_of
from al_core.comparing.leaks import leaks
from al_core.comparing.metrics import METRICS, Metric, f1, macro_f1, naive, score_of, size
from al_core.comparing.settings import varied
from al_core.corpus.base import Corpus
from al_core.evaluation import comparison as compare
from al_core.evaluation.comparison import BASELINE_ROUND, Curve, Reached
from al_core.evaluation.decisions import EVEN, PER_TEXTS, Prices
from al_core.evaluation.verdicts import Area, LabelsTo, Verdict
from al_core.store import frames, runs
from al_core.store.engine import Store
from al_core.store.records import RunRecord
from al_core.store.states import ACTIVE
from al_core.tables import flat

STEPS = ("fit", "score", "select")
Stamp = str


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
        self._corpus_title = corpus_title
        self.runs = tuple(runs.several(store, list(dict.fromkeys(run_ids))))

    # Not at once: to see how far the runs are takes none of it.
    @cached_property
    def _grouped(self) -> tuple[tuple[Group, ...], tuple[RunRecord, ...]]:
        return grouped(self.runs, self._corpus_title)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the groups, those that ask at random first."""
        return self._grouped[0]

    @property
    def left_out(self) -> tuple[RunRecord, ...]:
        """Return the runs that repeat another's settings and seed."""
        return self._grouped[1]

    @cached_property
    def asked(self) -> AskedFor:
        """Return what the groups asked for."""
        return AskedFor(self._store, self.groups, self._corpus, self._copies)

    @property
    def store(self) -> Store:
        """Return where the runs are, for what is not read here."""
        return self._store

    @property
    def stamp(self) -> Stamp:
        """Return what everything here follows from, in short: each run, how it stands and how far it is."""
        # The initial fit is no round done, but brings labels and an accuracy.
        facts = [(r.id, r.state, r.rounds_done, r.labels, r.test_accuracy) for r in self.runs]
        return hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()

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
        """Return every round: `frames.rounds_of` with group and seed in front, and more metrics of test.

        Those are f1, macro_f1, balance and imbalance; the last two NaN where there are not two classes.
        """
        found = frames.rounds_of(self._store, [run.id for group in self.groups for run in group.runs])
        owners = {run.id: (group.title, seed_of(run)) for group in self.groups for run in group.runs}
        found.insert(0, "seed", [owners[each][1] for each in found["run"]])
        found.insert(0, "group", [owners[each][0] for each in found["run"]])
        wrong = found["test_fn"] + found["test_fp"]
        binary = np.array([size(each) == 2 for each in found["test_confusion"]], dtype=bool)
        apart = PER_TEXTS * (found["test_fn"] - found["test_fp"]).abs()
        scores = {
            f"test_{name}": np.array([score(each) for each in found["test_confusion"]], dtype=np.float64)
            for name, score in (("f1", f1), ("macro_f1", macro_f1))
        }
        return found.assign(
            **scores,
            test_balance=(found["test_fn"] / wrong.where(wrong > 0)).where(binary),
            test_imbalance=(apart / found["test_n"].where(found["test_n"] > 0)).where(binary),
        )

    @cached_property
    def two(self) -> bool:
        """Tell whether all that was measured has two classes, so that FN and FP are two things."""
        return all(size(each) in (0, 2) for each in self.rounds["test_confusion"])

    @property
    def metrics(self) -> dict[str, Metric]:
        """Return the metrics that these runs have."""
        return {
            name: metric
            for name, metric in METRICS.items()
            if (self.two or not metric.two)
            and not (metric.copies and np.isnan(self.rounds[f"test_{name}"].to_numpy(dtype=float)).all())
        }

    @cached_property
    def far_behind(self) -> frozenset[tuple[str, int]]:
        """Return group and seed of the runs that would cut short what all others of their task share.

        They have not finished and are far behind; see `compare.far_behind`. They count in curves and bands,
        which go count by count, but in no verdict, area or number of labels to a target.
        """
        states = {(group.title, seed_of(run)): run.state for group in self.groups for run in group.runs}
        unfinished = {key for key, state in states.items() if state != "finished"}
        found: frozenset[tuple[str, int]] = frozenset()
        for mine in self._tasks(self.curves()).values():
            found |= compare.far_behind(mine, unfinished)
        return found

    @cached_property
    def validation(self) -> tuple[int, ...]:
        """Return how many validation labels a run spent besides: one number, or all there are, in order."""
        return tuple(sorted({int(each) for each in self.rounds["validation_n"].dropna() if each > 0}))

    def table(self) -> pd.DataFrame:
        """Return every round as a flat table to take away, the nested columns left out."""
        return flat(self.rounds)

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
        places = found.groupby("run", sort=False).indices
        labels, scores = (found[name].to_numpy(dtype=float) for name in ("labels", "score"))
        return [
            Curve(group.title, seed_of(run), labels[places[run.id]], scores[places[run.id]])
            for group in self.groups
            for run in group.runs
            if run.id in places
        ]

    def differences(self, curves: Sequence[Curve]) -> pd.DataFrame:
        """Return the band of each group's difference to random on its task; see `difference_band`."""
        families = evidence.families(self.groups, curves)
        parts = [compare.difference_band(mine, control) for control, mine in families.items()]
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

    def verdicts(self, metric: str, curves: Sequence[Curve]) -> dict[str, Verdict]:
        """Return each group's verdict against random on its task, by the area under its curve."""
        measure = _area(metric)
        return evidence.against_random(self.groups, self._level(curves), lambda _: measure)

    def pairs(self, metric: str, curves: Sequence[Curve]) -> dict[tuple[str, str], Verdict]:
        """Return a verdict on each two groups of a task that do not ask at random, by area."""
        measure = _area(metric)
        return evidence.among_those_that_ask(self.groups, self._level(curves), measure) if measure else {}

    def sooner(
        self, goal: Goal | None, metric: str = "accuracy", prices: Prices = EVEN
    ) -> dict[str, Verdict]:
        """Return each group's verdict against random on its task, by the labels it needs for the goal."""
        goals, falling = self.targets(goal, metric, prices), METRICS[metric].less is True

        def measure(task: str) -> LabelsTo | None:
            return LabelsTo(goals[task], falling=falling) if task in goals else None

        return evidence.against_random(self.groups, self._level(self.curves(metric, prices)), measure)

    def _level(self, curves: Sequence[Curve]) -> list[Curve]:
        """Return the curves without those of the runs that are far behind."""
        return [curve for curve in curves if (curve.group, curve.seed) not in self.far_behind]

    def _tasks(self, curves: Sequence[Curve]) -> dict[str, list[Curve]]:
        """Return the curves by task."""
        tasks = {group.title: group.task for group in self.groups}
        found: dict[str, list[Curve]] = {task: [] for task in tasks.values()}
        for curve in curves:
            found[tasks[curve.group]].append(curve)
        return found

    def floors(self, metric: str = "accuracy", prices: Prices = EVEN) -> dict[str, float]:
        """Return the score of always naming the most frequent class of the test split, by task."""
        tasks = {group.title: group.task for group in self.groups}
        found: dict[str, float] = {}
        for group, matrix in zip(self.rounds["group"], self.rounds["test_confusion"], strict=True):
            if tasks[group] not in found and size(matrix):
                score = score_of(naive(matrix), metric, prices)
                if math.isfinite(score):
                    found[tasks[group]] = score
        return found

    def targets(self, goal: Goal | None, metric: str = "accuracy", prices: Prices = EVEN) -> dict[str, float]:
        """Return the score to reach on each task; none where there is no baseline to go by."""
        if goal is None:
            return {}
        if not goal.share:
            return {group.task: goal.value for group in self.groups}
        floors, full = self.floors(metric, prices), self.baselines(metric, prices)
        there = [task for task in full if task in floors]
        found = {task: on_the_way(metric, floors[task], full[task], goal.value) for task in there}
        return {task: value for task, value in found.items() if value is not None}

    def reached(
        self, goal: Goal | None, metric: str = "accuracy", prices: Prices = EVEN
    ) -> dict[str, Reached]:
        """Return how many labels each group needed for the goal, and what it saved against random."""
        curves, goals = self._level(self.curves(metric, prices)), self.targets(goal, metric, prices)
        falling = METRICS[metric].less is True
        found: dict[str, Reached] = {}
        for group in self.groups:
            if group.task in goals:
                mine = [c for c in curves if c.group in (group.title, group.control)]
                told = compare.labels_to_target(mine, goals[group.task], group.control, falling)
                found |= {each.group: each for each in told if each.group == group.title}
        return found

    def areas(self, curves: Sequence[Curve]) -> pd.DataFrame:
        """Return the area under each curve over what the runs of its task share; see `compare.areas`.

        A run that is far behind does not narrow the range, and has no area.
        """
        parts = [
            compare.areas(mine, *compare.common_range(self._level(mine)))
            for mine in self._tasks(curves).values()
        ]
        return pd.concat(parts, ignore_index=True) if parts else compare.areas([])

    def summary(self, metric: str = "accuracy", prices: Prices = EVEN) -> pd.DataFrame:
        """Return one line per group, means over its seeds.

        Columns: group, seeds, area (under the metric's curve, over the range from start to end that all
        groups of its task share), labels, validation (labels besides), best (score), fit, score, select
        (seconds in all rounds, without the baseline). Runs that are far behind count only where a group has
        no others.
        """
        scores = self.scores(metric, prices)
        areas = self.areas(self.curves(metric, prices)).dropna(subset=["area"])
        area = pd.DataFrame(areas.groupby("group", sort=False)[["area", "start", "end"]].mean())
        steps = [f"seconds_{step}" for step in STEPS]
        best = {True: "min", False: "max", None: _unknown}[METRICS[metric].less]
        found = self.level_rounds(self.rounds.assign(best=scores["score"]))
        per_run = found.groupby(["group", "run"], sort=False).agg(
            labels=("labels", "max"),
            validation=("validation_n", "max"),
            best=("best", best),
            **{s: (s, "sum") for s in steps},
        )
        means = pd.DataFrame(per_run.groupby("group", sort=False).mean())
        means = area.reindex(means.index).join(means)
        means.insert(0, "seeds", per_run.groupby("group", sort=False).size())
        order = [group.title for group in self.groups if group.title in means.index]
        return means.loc[order].rename(columns=lambda name: name.removeprefix("seconds_")).reset_index()

    def level_rounds(self, rounds: pd.DataFrame) -> pd.DataFrame:
        """Return rounds without the baseline, and without runs far behind where their group has others."""
        found = rounds.loc[rounds["round"] > BASELINE_ROUND]
        behind = np.array(
            [key in self.far_behind for key in zip(found["group"], found["seed"], strict=True)], dtype=bool
        )
        groups = found["group"].to_numpy()
        return found.loc[~behind | ~np.isin(groups, groups[~behind])]

    # Run by run

    def varied(self) -> pd.DataFrame:
        """Return the settings in which the runs differ, by the run's id; see `settings.varied`."""
        return varied([run for group in self.groups for run in group.runs], self._corpus_title)

    def results(
        self, metric: str = "accuracy", prices: Prices = EVEN, goal: Goal | None = None
    ) -> pd.DataFrame:
        """Return what came of each run, by its id, in the order of `varied`.

        Columns: group, seed, last (the metric after the last round), area (its mean over the labels that all
        runs of the task have spent), reached (labels to the goal; infinity if it was never reached). NaN
        where it is not known, and for runs that are far behind in the last two.
        """
        curves = {(curve.group, curve.seed): curve for curve in self.curves(metric, prices)}
        table = self.areas(list(curves.values()))[["group", "seed", "area"]]
        area = {(group, seed): value for group, seed, value in table.itertuples(index=False)}
        reached = self.reached(goal, metric, prices)
        lines = []
        for group in self.groups:
            labels = reached[group.title].labels if group.title in reached else {}
            for run in group.runs:
                key = group.title, seed_of(run)
                scores = curves[key].scores if key in curves else np.empty(0)
                last = float(scores[-1]) if len(scores) else math.nan
                lines.append((run.id, *key, last, area.get(key, math.nan), labels.get(key[1], math.nan)))
        columns = ["run", "group", "seed", "last", "area", "reached"]
        return pd.DataFrame(lines, columns=columns).set_index("run")

    def leaks(self) -> list[str]:
        """Return a sentence for each corpus of which test texts also stand in training; see `leaks.leaks`."""
        return leaks(self.groups, self._corpus, self._copies, self._corpus_title)

    def at(self, group: Group, labels: float) -> list[tuple[RunRecord, int]]:
        """Return the runs of a group that had spent so many labels, each with its last round by then."""
        found = self.rounds
        found = found.loc[(found["group"] == group.title) & (found["round"] > BASELINE_ROUND)]
        before = found.loc[found["labels"] <= labels].groupby("run", sort=False)["round"].max()
        most = found.groupby("run", sort=False)["labels"].max()
        return [
            (run, int(before[run.id]))
            for run in group.runs
            if run.id in before.index and most[run.id] >= labels
        ]

    # Errors

    def confusions(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return each group's confusion matrix (C, C) of the last round on test, the mean over seeds."""
        last = self.level_rounds(self.rounds).groupby("run", sort=False).tail(1)
        found: dict[str, list[npt.NDArray[np.float64]]] = {}
        for group, matrix in zip(last["group"], last["test_confusion"], strict=True):
            if size(matrix):
                found.setdefault(group, []).append(np.asarray(matrix, dtype=np.float64))
        return {name: np.mean(each, axis=0) for name, each in found.items()}


def _unknown(scores: pd.Series) -> float:
    del scores
    return math.nan


def _area(metric: str) -> Area | None:
    """Return what verdicts on a metric go by; None where neither more nor less is better."""
    words = METRICS[metric]
    return None if words.less is None else Area(less_is_better=words.less, kind=words.kind)
