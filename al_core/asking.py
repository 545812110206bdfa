"""What a query strategy is shown: every array that it declared a need for, and none besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from al_core import seeding
from al_core.classifiers.base import Examples
from al_core.evaluation.metrics import Metrics
from al_core.features.reduction import reduced
from al_core.matrix import Matrix, is_sparse
from al_core.strategies.base import Probabilities, Refit, Rows, Situation
from al_core.trials import Trials, committee

if TYPE_CHECKING:
    from al_core.loop import Experiment

PREDICTED = 100_000
"""Texts predicted at a time: so many rows are copied out of the features, which may be large."""


KEPT = ("_reduced", "_in_pool", "arrival")
"""What depends on the texts alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the rounds so far have brought."""

    labelled: Rows
    labels: npt.NDArray[np.int32]
    asked: Rows
    """Pool rows asked about, in the order of asking; some may have got no label."""
    history: tuple[Metrics, ...]
    """Of validation, round by round."""
    test: Metrics
    carried: float | None = None
    """What the last choice has left for the next one."""


class Showing:
    """Gathers the arrays of one query. Predicts and embeds nothing that nobody reads."""

    def __init__(self, experiment: Experiment, check: Callable[[], None]) -> None:
        self._experiment, self._check = experiment, check
        rows = experiment.split.validation
        validation = Examples(experiment.x[rows], experiment.labels[rows])
        self._trials = Trials(experiment.classifier, validation, check)

    def following(self, experiment: Experiment) -> Showing:
        """Return the same for an experiment on the same texts and pool: what was found of them stays."""
        made = Showing(experiment, self._check)
        made.__dict__.update({name: self.__dict__[name] for name in KEPT if name in self.__dict__})
        return made

    @cached_property
    def _reduced(self) -> npt.NDArray[np.float32]:
        """The sparse features of the whole corpus in few dimensions; they stay the same all run long."""
        experiment = self._experiment
        rows = np.sort(np.concatenate([experiment.split.initial, experiment.split.pool]))
        return reduced(experiment.x, rows, seeding.integer(experiment.config.seed, "reduction"))

    @cached_property
    def _in_pool(self) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(self._experiment.labels), bool)
        found[self._experiment.split.pool] = True
        return found

    @cached_property
    def arrival(self) -> Rows:
        """The pool in the order in which its texts arrive."""
        pool = np.sort(self._experiment.split.pool)
        return seeding.generator(self._experiment.config.seed, "arrival").permutation(pool)

    def pool(self, asked: Rows) -> Rows:
        """Return the rows that may still be asked about; in a stream, those that have not passed by."""
        if "arrival" not in self._experiment.strategy.needs:
            left = self._in_pool.copy()
            left[asked] = False
            return np.flatnonzero(left)
        passed = 0 if len(asked) == 0 else int(np.flatnonzero(self.arrival == asked[-1])[0]) + 1
        return self.arrival[passed:]

    def situation(self, number: int, known: Known) -> Situation:
        """Return what the strategy of this experiment may look at before round `number`."""
        experiment, needs = self._experiment, self._experiment.strategy.needs
        strategy, pool = experiment.strategy, self.pool(known.asked)
        embedded, compared = "embeddings" in needs, "labelled_probabilities" in needs
        return Situation(
            pool=pool,
            n_classes=experiment.n_classes,
            history=known.history,
            labelled=known.labelled,
            labels=known.labels,
            probabilities=self.predict(pool) if "probabilities" in needs else None,
            embeddings=self._embed(pool) if embedded else None,
            labelled_embeddings=self._embed(known.labelled) if embedded else None,
            labelled_probabilities=self.predict(known.labelled) if compared else None,
            samples=self._samples(number, pool, known),
            asked=len(known.asked),
            carried=known.carried,
            refit=self._refit(number, known) if "refit" in needs else None,
            arrival=self._places(pool) if "arrival" in needs else None,
            test=known.test if strategy.steers_on_test else None,
            pool_labels=experiment.labels[pool] if strategy.reads_pool_labels else None,
        )

    def predict(self, rows: Rows) -> Probabilities:
        """Return the model's probabilities (n, C) for some rows of the corpus."""
        x, predict = self._experiment.x, self._experiment.classifier.predict_proba
        # Single sparse rows are dear to gather; the linear models that read them are quick.
        whole = is_sparse(x) and 2 * len(rows) > x.shape[0]
        starts = range(0, max(1, x.shape[0] if whole else len(rows)), PREDICTED)
        parts = (slice(start, start + PREDICTED) for start in starts)
        found = np.concatenate([predict(x[part] if whole else x[rows[part]]) for part in parts])
        return found[rows] if whole else found

    def _embed(self, rows: Rows) -> Matrix:
        experiment = self._experiment
        if experiment.strategy.dense and is_sparse(experiment.x):
            return self._reduced[rows]
        return experiment.classifier.embed(experiment.x[rows])

    def _places(self, pool: Rows) -> Rows:
        places = np.empty(int(self.arrival.max()) + 1, np.int64)
        places[self.arrival] = np.arange(len(self.arrival))
        return places[pool]

    def _samples(self, number: int, pool: Rows, known: Known) -> Probabilities | None:
        experiment, strategy = self._experiment, self._experiment.strategy
        seed = experiment.config.seed
        if "dropout" in strategy.needs:
            return experiment.classifier.dropout_probabilities(
                experiment.x[pool], strategy.members, seeding.integer(seed, "passes", number)
            )
        if "committee" not in strategy.needs:
            return None
        seeds = [seeding.integer(seed, "member", number, each) for each in range(strategy.members)]
        examples = Examples(experiment.x[known.labelled], known.labels)
        return committee(self._trials, examples, experiment.x[pool], seeds)

    def _refit(self, number: int, known: Known) -> Refit:
        experiment, trials = self._experiment, self._trials
        # One seed for all: candidates are to differ by their answer, not by the luck of a fit.
        seed = seeding.integer(experiment.config.seed, "refit", number)

        def refit(rows: Rows, labels: npt.NDArray[np.int32], targets: Rows) -> Probabilities:
            training = Examples(
                experiment.x[np.concatenate([known.labelled, rows])], np.concatenate([known.labels, labels])
            )
            with trials.kept():
                return trials.predict(training, seed, experiment.x[targets])

        return refit
