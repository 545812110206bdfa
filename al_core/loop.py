"""The cycle: takes a prepared experiment and yields one `Round` at a time.

Knows no database and no page. A run that was killed goes on from its last checkpoint and
yields the rounds that an unbroken run would have yielded, number for number.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from al_core import seeding
from al_core.classifiers import Classifier
from al_core.classifiers.base import Epoch, Examples, FitHooks, State
from al_core.config import RunConfig
from al_core.corpus.split import Split
from al_core.evaluation.metrics import Metrics, measure, predicted_classes
from al_core.oracles import Oracle
from al_core.stopping import Stopping, Verdict
from al_core.strategies import Choice, Situation, Strategy
from al_core.strategies.base import Rows

BASELINE = -1
"""Round number of the full-data baseline; 0 is the fit on the initial set."""

Phase = Literal["score", "select", "fit", "measure"]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What one round asked about: rows, the answers, and what the model thought."""

    rows: Rows
    labels: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float64] | None = None
    predicted: npt.NDArray[np.int32] | None = None

    @classmethod
    def nothing(cls) -> Asked:
        """Return an empty batch, for the baseline and the initial fit."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """All that one round leaves behind: the unit of durability."""

    number: int
    labels: int
    """Labels spent so far, this round's included."""
    asked: Asked
    validation: Metrics
    test: Metrics
    epochs: tuple[Epoch, ...]
    seconds: dict[str, float]
    verdicts: tuple[Verdict, ...] = ()
    ended: str = ""
    """Why the run ends with this round, in words; empty while it goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A point inside the fit of one round from which the run can go on."""

    round: int
    asked: Asked
    state: State
    seconds: dict[str, float] = field(default_factory=dict)


class Monitor(Protocol):
    """Whom the loop tells how far it is; `batch` and `phase` may raise `Interrupted`."""

    def phase(self, round_number: int, phase: Phase, texts: int) -> None:
        """A phase begins that handles so many texts (of one epoch, for a fit)."""
        ...

    def batch(self, texts: int) -> None:
        """So many more texts were trained on."""
        ...

    def epoch(self, round_number: int, epoch: Epoch) -> None:
        """An epoch has ended."""
        ...

    def save(self, checkpoint: Checkpoint) -> None:
        """Here the run could go on. The receiver may skip a save; the next one replaces it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Everything a run works on, ready in memory."""

    config: RunConfig
    x: npt.NDArray[Any]
    """Features of every corpus row."""
    labels: npt.NDArray[np.int32]
    n_classes: int
    vocabulary: int
    split: Split
    classifier: Classifier
    strategy: Strategy
    oracle: Oracle
    stopping: Stopping


class Cycle:
    """One run of an experiment."""

    def __init__(
        self,
        experiment: Experiment,
        monitor: Monitor,
        done: Sequence[Round] = (),
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Prepare to run; `done` are the rounds already committed, `checkpoint` the latest saved."""
        self.experiment, self.monitor = experiment, monitor
        self._done = {each.number: each for each in done}
        self._checkpoint = checkpoint
        split = experiment.split
        self._rows, self._answers = split.initial, experiment.labels[split.initial]
        self._history: list[Round] = []

    def rounds(self) -> Iterator[Round]:
        """Yield the baseline (if wanted), the initial fit, then each round until the run ends.

        Rounds before the checkpoint are not repeated; the checkpoint's own round may be yielded
        although it is in `done`, and is then equal to it.
        """
        settings = self.experiment.config.cycle
        numbers = range(BASELINE if settings.baseline else 0, settings.rounds + 1)
        start = self._checkpoint.round if self._checkpoint else numbers[0]
        split = self.experiment.split
        self.experiment.classifier.prepare(
            self.experiment.x.shape[1], self.experiment.n_classes, self.experiment.vocabulary
        )
        for number in numbers:
            if number < start:
                self._take(self._done[number].asked)
                self._history.append(self._done[number])
                continue
            if number == BASELINE:
                everything = np.concatenate([split.initial, split.pool])
                yield self._round(number, Asked.nothing(), everything, self.experiment.labels[everything])
                continue
            current = self._round_of_labels(number)
            self._history.append(current)
            yield current
            if current.ended:
                return

    def _round_of_labels(self, number: int) -> Round:
        saved = self._checkpoint
        seconds: dict[str, float] = {}
        if saved is not None and saved.round == number:
            asked = saved.asked
        elif number == 0:
            asked = Asked.nothing()
        else:
            asked = self._ask(number, seconds)
        self._take(asked)
        return self._round(number, asked, self._rows, self._answers, seconds)

    def _take(self, asked: Asked) -> None:
        self._rows = np.concatenate([self._rows, asked.rows])
        self._answers = np.concatenate([self._answers, asked.labels])

    def _ask(self, number: int, seconds: dict[str, float]) -> Asked:
        """Choose the next batch with the model of the round before, and let the oracle answer."""
        experiment = self.experiment
        strategy, seed = experiment.strategy, experiment.config.seed
        pool = np.setdiff1d(experiment.split.pool, self._rows)
        n = min(experiment.config.cycle.batch_size, len(pool))
        last = self._history[-1]

        started = time.perf_counter()
        self.monitor.phase(number, "score", len(pool))
        probabilities = None
        if strategy.needs_probabilities:
            probabilities = experiment.classifier.predict_proba(experiment.x[pool])
        seconds["score"] = time.perf_counter() - started

        started = time.perf_counter()
        self.monitor.phase(number, "select", len(pool))
        situation = Situation(
            pool=pool,
            n_classes=experiment.n_classes,
            validation=last.validation,
            probabilities=probabilities,
            test=last.test if strategy.steers_on_test else None,
            pool_labels=experiment.labels[pool] if strategy.reads_pool_labels else None,
        )
        choice = strategy.query(situation, n, seeding.generator(seed, "query", number))
        answers = experiment.oracle.answer(
            experiment.labels[choice.rows], seeding.generator(seed, "oracle", number)
        )
        seconds["select"] = time.perf_counter() - started
        return Asked(choice.rows, answers, choice.scores, _guesses(choice, pool, probabilities))

    def _round(
        self,
        number: int,
        asked: Asked,
        rows: Rows,
        answers: npt.NDArray[np.int32],
        seconds: dict[str, float] | None = None,
    ) -> Round:
        experiment = self.experiment
        seconds = {"score": 0.0, "select": 0.0} | (seconds or {})
        epochs = self._fit(number, asked, Examples(experiment.x[rows], answers), seconds)
        self._carry(number)
        self.monitor.phase(number, "measure", len(experiment.split.validation) + len(experiment.split.test))
        validation = self._measure(experiment.split.validation)
        test = self._measure(experiment.split.test)
        verdicts: tuple[Verdict, ...] = ()
        ended = ""
        if number != BASELINE:
            past = [each.validation for each in self._history if each.number != BASELINE]
            stop, verdicts = experiment.stopping.check([*past, validation])
            ended = self._ended(number, stop, verdicts)
        return Round(number, len(rows), asked, validation, test, epochs, seconds, verdicts, ended)

    def _fit(
        self, number: int, asked: Asked, training: Examples, seconds: dict[str, float]
    ) -> tuple[Epoch, ...]:
        experiment, seed = self.experiment, self.experiment.config.seed
        classifier, carry = experiment.classifier, experiment.config.cycle.carry
        saved = self._checkpoint if self._checkpoint and self._checkpoint.round == number else None
        validation = experiment.split.validation
        if saved:
            classifier.restore(saved.state)
            seconds |= saved.seconds
        elif number <= 0 or carry == "fresh":
            classifier.reset(seeding.integer(seed, "weights", number))

        def save(*_: object) -> None:
            self.monitor.save(Checkpoint(number, asked, classifier.state(), dict(seconds)))

        def on_epoch(epoch: Epoch) -> None:
            seconds["fit"] = seconds.get("fit", 0.0) + epoch.seconds
            self.monitor.epoch(number, epoch)
            save()

        self.monitor.phase(number, "fit", len(training))
        return classifier.fit(
            training,
            Examples(experiment.x[validation], experiment.labels[validation]),
            lambda purpose, epoch: seeding.integer(seed, purpose, number, epoch),
            FitHooks(self.monitor.batch, on_epoch),
            keep_best=carry == "published" and number > 0,
            resume=saved is not None,
        )

    def _carry(self, number: int) -> None:
        """Take the weights that are measured, and that the next round starts from."""
        carry = self.experiment.config.cycle.carry
        as_published = carry == "published" and number != 0
        if number == BASELINE or carry in ("best", "fresh") or as_published:
            self.experiment.classifier.use_best()

    def _measure(self, rows: Rows) -> Metrics:
        probabilities = self.experiment.classifier.predict_proba(self.experiment.x[rows])
        return measure(probabilities, self.experiment.labels[rows])

    def _ended(self, number: int, stop: bool, verdicts: tuple[Verdict, ...]) -> str:
        if stop:
            return "; ".join(verdict.reason for verdict in verdicts if verdict.stop)
        if number == self.experiment.config.cycle.rounds:
            return "All rounds are done"
        spent = len(self._rows) - len(self.experiment.split.initial)
        return "The pool is empty" if spent == len(self.experiment.split.pool) else ""


def _guesses(
    choice: Choice, pool: Rows, probabilities: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.int32] | None:
    """Return the class that the model gave each chosen row, where the pool was predicted."""
    if probabilities is None:
        return None
    order = np.argsort(pool)
    places = order[np.searchsorted(pool, choice.rows, sorter=order)]
    return predicted_classes(probabilities[places])
