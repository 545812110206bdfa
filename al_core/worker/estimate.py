"""How far a run is, and how long it still takes: counted in texts, measured on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from al_core.loop import BASELINE, Experiment, Phase
from al_core.planning import PREDICTION, SHARE_OF_EPOCHS

ENOUGH = 1.0
"""Seconds of work after which a rate means something."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The work that a run consists of, in texts."""

    numbers: tuple[int, ...]
    """The rounds that there will be at most, in order."""
    initial: int
    validation: int
    test: int
    pool: int
    batch: int
    most_epochs: int
    passes: int
    """How often the pool is predicted to choose a batch."""
    fits: int = 0
    """How often the model is fitted to choose a batch."""

    @classmethod
    def of(cls, experiment: Experiment) -> Sizes:
        """Read the sizes off an experiment."""
        cycle, split = experiment.config.cycle, experiment.split
        strategy = experiment.strategy
        rounds = min(cycle.rounds, -(-strategy.askable(len(split.pool)) // cycle.batch_size))
        return cls(
            numbers=tuple(range(BASELINE if cycle.baseline else 0, rounds + 1)),
            initial=len(split.initial),
            validation=len(split.validation),
            test=len(split.test),
            pool=len(split.pool),
            batch=cycle.batch_size,
            most_epochs=experiment.classifier.most_epochs,
            passes=strategy.predictions(),
            fits=strategy.fits(min(cycle.batch_size, len(split.pool)), experiment.n_classes),
        )

    def asked(self, number: int) -> int:
        """Return how many pool texts have a label once a round has asked."""
        return self.pool if number == BASELINE else min(self.pool, number * self.batch)

    def epoch(self, number: int) -> float:
        """Return the work of one epoch: the training texts, and a look at validation."""
        return self.initial + self.asked(number) + PREDICTION * self.validation

    def asking(self, number: int) -> float:
        """Return the work of choosing a batch: looks at the pool, and fits on the labels so far."""
        if number <= 0:
            return 0.0
        looks = PREDICTION * self.passes * (self.pool - self.asked(number - 1))
        return looks + self.fits * SHARE_OF_EPOCHS * self.most_epochs * self.epoch(number - 1)

    def measuring(self) -> float:
        """Return the work of measuring the model."""
        return PREDICTION * (self.validation + self.test)


class Estimate:
    """Progress of one run. Told by the loop, read by the heartbeat, hence the lock.

    The number of epochs to come is an upper bound at first; once a fit has ended early, the mean
    of the fits so far. `fraction` never goes back; the time left may.
    """

    def __init__(
        self, sizes: Sizes, done: Mapping[int, int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with the rounds `done` in earlier processes: how many epochs each took."""
        self._sizes, self._clock = sizes, clock
        self._epochs = dict(done)
        self._lock = threading.Lock()
        self._number, self._phase = (sizes.numbers or (0,))[0], ""
        self._epoch, self._texts, self._phase_texts = 0, 0, 0
        self._made = 0.0
        self._since: float | None = None
        self._fraction = 0.0

    def phase(self, number: int, phase: Phase, texts: int) -> None:
        """Note that a phase begins."""
        with self._lock:
            if self._phase == "select":
                self._made += self._sizes.asking(self._number)
            if number != self._number:
                self._epoch = 0
            self._number, self._phase = number, phase
            self._texts, self._phase_texts = 0, texts

    def batch(self, texts: int) -> None:
        """Note that texts were trained on."""
        with self._lock:
            self._texts += texts
            if self._since is None:
                self._since = self._clock()  # what went before is mostly tracing of the graph
            else:
                self._made += texts

    def epoch(self, epoch: int) -> None:
        """Note that an epoch has ended."""
        with self._lock:
            self._epoch, self._texts = epoch, 0
            self._made += PREDICTION * self._sizes.validation

    def round_done(self, number: int, epochs: int) -> None:
        """Note that a round is complete."""
        with self._lock:
            self._epochs[number] = epochs
            self._made += self._sizes.measuring()
            self._phase, self._texts, self._phase_texts = "", 0, 0

    def finish(self) -> None:
        """Note that the run is over: a criterion may end it before all rounds are done."""
        with self._lock:
            self._epochs = {number: self._epochs.get(number, 0) for number in self._sizes.numbers}
            self._fraction = 1.0

    def snapshot(self) -> dict[str, Any]:
        """Return the progress as plain data.

        `texts_done` of `texts_total` are those of the present phase (of one epoch, in a fit).
        `seconds_left` is None until there is something to reckon with.
        """
        with self._lock:
            done, total = self._work()
            self._fraction = max(self._fraction, min(1.0, done / total if total else 1.0))
            elapsed = 0.0 if self._since is None else self._clock() - self._since
            left = None
            if elapsed >= ENOUGH and self._made > 0:
                left = round((total - done) * elapsed / self._made, 1)
            return {
                "phase": self._phase or "between",
                "detail": "",
                "round": self._number,
                "rounds": max(self._sizes.numbers, default=0),
                "epoch": self._epoch + 1 if self._phase == "fit" else self._epoch,
                "epochs": self._sizes.most_epochs,
                "texts_done": self._texts,
                "texts_total": self._phase_texts,
                "fraction": round(self._fraction, 4),
                "seconds_left": left,
            }

    def _work(self) -> tuple[float, float]:
        sizes, done, total = self._sizes, 0.0, 0.0
        known = self._epochs.values()
        usual = sum(known) / len(known) if known else float(sizes.most_epochs)
        for number in sizes.numbers:
            epoch = sizes.epoch(number)
            around = sizes.asking(number) + sizes.measuring()
            if number in self._epochs:
                part = whole = around + self._epochs[number] * epoch
            elif number == self._number:
                expected = min(float(sizes.most_epochs), max(usual, self._epoch + 1.0))
                chosen = sizes.asking(number) if self._phase in ("fit", "measure") else 0.0
                part = chosen + self._epoch * epoch + self._texts
                if self._phase == "measure":
                    expected = float(self._epoch)
                whole = around + expected * epoch
            else:
                part, whole = 0.0, around + usual * epoch
            done, total = done + part, total + whole
        return done, total
