"""The cycle: takes a prepared experiment and yields one `Round` at a time.

Knows no database and no page. A run that was killed goes on from its last checkpoint and
yields the rounds that an unbroken run would have yielded, number for number.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from al_core import seeding
from al_core.asking import Known, Showing
from al_core.calibration.calibrated import CalibratedClassifier
from al_core.classifiers import Classifier
from al_core.classifiers.base import Epoch, Examples, FitHooks, State
from al_core.config import RunConfig
from al_core.corpus.split import Split
from al_core.evaluation.metrics import Metrics, measure, predicted_classes
from al_core.oracles import ABSTAINED, Oracle
from al_core.stopping import Observation, Stopping, StopSet, Verdict
from al_core.strategies import Choice, Strategy
from al_core.strategies.base import Rows

BASELINE = -1
"""Round number of the full-data baseline; 0 is the fit on the initial set."""

FIRST = 15
"""Test texts of which predictions are kept, to be looked at."""

Phase = Literal["score", "select", "fit", "measure"]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What one round asked about: rows, the answers, and what the model thought.

    An answer may be `ABSTAINED`: the text has left the pool, and training goes without it.
    """

    rows: Rows
    labels: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float64] | None = None
    predicted: npt.NDArray[np.int32] | None = None
    carried: float | None = None
    """What the strategy has left for its next choice."""

    @classmethod
    def nothing(cls) -> Asked:
        """Return an empty batch, for the baseline and the initial fit."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Probabilities (n, C) of one model, and the true classes (n,), of both splits."""

    validation: npt.NDArray[np.float64]
    validation_labels: npt.NDArray[np.int32]
    test: npt.NDArray[np.float64]
    test_labels: npt.NDArray[np.int32]


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
    cost: float = 0.0
    """What the oracle has charged so far, this round and the initial labels included."""
    stop_set: StopSet | None = None
    """What the model says of the fixed stop set, where a criterion wants it."""
    uncalibrated: Metrics | None = None
    """Of test, from the raw probabilities; None where nothing calibrates them."""
    predictions: Predictions | None = None
    """What the metrics were measured from; not in the store, so None in what comes from there."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A point inside the fit of one round from which the run can go on."""

    round: int
    asked: Asked
    state: State
    seconds: dict[str, float] = field(default_factory=dict)


class Monitor(Protocol):
    """Whom the loop tells how far it is; `batch`, `phase` and `check` may raise `Interrupted`."""

    def phase(self, round_number: int, phase: Phase, texts: int) -> None:
        """A phase begins that handles so many texts (of one epoch, for a fit)."""
        ...

    def batch(self, texts: int) -> None:
        """So many more texts were trained on."""
        ...

    def check(self) -> None:
        """Work goes on that is not counted."""
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
    x: Any
    """Features of every corpus row: an array, or a sparse matrix by rows."""
    labels: npt.NDArray[np.int32]
    n_classes: int
    vocabulary: int
    split: Split
    classifier: Classifier
    strategy: Strategy
    oracle: Oracle
    stopping: Stopping
    stop_rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """Pool rows whose predictions are followed by criteria; the same in every round."""
    test_copies: npt.NDArray[np.bool_] | None = None
    """Which test texts also stand in the initial set or the pool; None where none does."""


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
        self._showing = Showing(experiment, monitor.check)
        # One array all run long: a calibrator knows it again, and does not predict it twice.
        self._validation = Examples(experiment.x[split.validation], experiment.labels[split.validation])
        self._rows, self._answers = split.initial, experiment.labels[split.initial]
        self._asked = np.empty(0, np.int64)
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
        answered = asked.labels != ABSTAINED
        self._asked = np.concatenate([self._asked, asked.rows])
        self._rows = np.concatenate([self._rows, asked.rows[answered]])
        self._answers = np.concatenate([self._answers, asked.labels[answered]])

    def _ask(self, number: int, seconds: dict[str, float]) -> Asked:
        """Choose the next batch with the model of the round before, and let the oracle answer."""
        experiment, seed = self.experiment, self.experiment.config.seed
        last = self._history[-1]
        pool = self._showing.pool(self._asked)
        n = min(experiment.config.cycle.batch_size, len(pool))

        started = time.perf_counter()
        self.monitor.phase(number, "score", len(pool))
        measured = tuple(each.validation for each in self._history if each.number != BASELINE)
        known = Known(self._rows, self._answers, self._asked, measured, last.test, last.asked.carried)
        situation = self._showing.situation(number, known)
        seconds["score"] = time.perf_counter() - started

        started = time.perf_counter()
        self.monitor.phase(number, "select", len(pool))
        choice = experiment.strategy.query(situation, n, seeding.generator(seed, "query", number))
        answers = experiment.oracle.answer(
            experiment.labels[choice.rows], experiment.n_classes, seeding.generator(seed, "oracle", number)
        )
        seconds["select"] = time.perf_counter() - started
        guesses = _guesses(choice, situation.pool, situation.probabilities)
        return Asked(choice.rows, answers, choice.scores, guesses, choice.carried)

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
        steering = experiment.classifier.predict_proba(self._validation.x)
        validation = measure(steering, self._validation.y)
        shares, test, uncalibrated = self._tested()
        price = experiment.oracle.price
        done = Round(number, len(rows), asked, validation, test, epochs, seconds, uncalibrated=uncalibrated)
        truth = experiment.labels[experiment.split.test]
        done = replace(done, predictions=Predictions(steering, self._validation.y, shares, truth))
        if number == BASELINE:
            return replace(done, cost=price * len(rows))
        cost = price * (len(experiment.split.initial) + len(self._asked))
        done = replace(done, cost=cost, stop_set=self._watched())
        history = [*(each for each in self._history if each.number != BASELINE), done]
        stop, verdicts = experiment.stopping.check(observations(history))
        return replace(done, verdicts=verdicts, ended=self._ended(number, asked, stop, verdicts))

    def _watched(self) -> StopSet | None:
        if len(self.experiment.stop_rows) == 0:
            return None
        x = self.experiment.x[self.experiment.stop_rows]
        still_open = ~np.isin(self.experiment.stop_rows, self._asked)
        return StopSet.of(self.experiment.classifier.predict_proba(x), still_open)

    def _fit(
        self, number: int, asked: Asked, training: Examples, seconds: dict[str, float]
    ) -> tuple[Epoch, ...]:
        experiment, seed = self.experiment, self.experiment.config.seed
        classifier, carry = experiment.classifier, experiment.config.cycle.carry
        saved = self._checkpoint if self._checkpoint and self._checkpoint.round == number else None
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
            self._validation,
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

    def _tested(self) -> tuple[npt.NDArray[np.float64], Metrics, Metrics | None]:
        """Return probabilities and metrics on test, and metrics of raw ones where those are calibrated."""
        experiment = self.experiment
        rows, raw = experiment.split.test, None
        x, labels = experiment.x[rows], experiment.labels[rows]
        if isinstance(experiment.classifier, CalibratedClassifier):
            raw = experiment.classifier.raw_proba(x)
            shares = experiment.classifier.calibrate(raw)
        else:
            shares = experiment.classifier.predict_proba(x)
        guesses = predicted_classes(shares[:FIRST]).tolist()
        test = replace(
            measure(shares, labels, experiment.test_copies),
            first=tuple(zip(rows[:FIRST].tolist(), guesses, strict=True)),
        )
        return shares, test, None if raw is None else measure(raw, labels)

    def _ended(self, number: int, asked: Asked, stop: bool, verdicts: tuple[Verdict, ...]) -> str:
        cycle, strategy = self.experiment.config.cycle, self.experiment.strategy
        if stop:
            return "; ".join(verdict.reason for verdict in verdicts if verdict.stop)
        if number == cycle.rounds:
            return "All rounds are done"
        streamed = "arrival" in strategy.needs
        if streamed and number > 0 and len(asked.rows) < cycle.batch_size:
            return "The stream has ended"
        if len(self._showing.pool(self._asked)) == 0:
            return "The stream has ended" if streamed else "The pool is empty"
        return ""


def observations(history: Sequence[Round]) -> list[Observation]:
    """Return what stopping criteria may know of the rounds: nothing of the test split."""
    seconds, found = 0.0, []
    for each in history:
        seconds += sum(each.seconds.values())
        found.append(
            Observation(each.number, each.labels, each.cost, seconds, each.validation, each.stop_set)
        )
    return found


def _guesses(
    choice: Choice, pool: Rows, probabilities: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.int32] | None:
    """Return the class that the model gave each chosen row, where the pool was predicted."""
    if probabilities is None:
        return None
    order = np.argsort(pool)
    places = order[np.searchsorted(pool, choice.rows, sorter=order)]
    return predicted_classes(probabilities[places])
