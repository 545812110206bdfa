"""What the trainer of a session does: prepare its texts, fit a model to its labels, ask for more.

Works on the session's store and the machine's cache; knows no process and no page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import catalogue, experiment, seeding
from al_core.asking import Known, Showing
from al_core.calibration.calibrated import calibrated
from al_core.classifiers import saved
from al_core.classifiers.base import Classifier, Examples, FitHooks
from al_core.corpus import Progress, cache
from al_core.corpus.base import UNKNOWN, Corpus
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import Split
from al_core.evaluation.metrics import Metrics, measure
from al_core.labelling import (
    added,
    answers,
    consensus,
    events,
    highlights,
    models,
    paying,
    rankings,
    second_look,
    sessions,
)
from al_core.labelling.consensus import Labels, Opinion
from al_core.labelling.growing import grown
from al_core.labelling.models import ModelVersion
from al_core.labelling.records import UNASKED, LabelSession
from al_core.loop import Experiment
from al_core.stopping import Stopping, StopSet
from al_core.store.engine import Store
from al_core.strategies.base import Rows
from al_core.trials import Trials

CALIBRATION = 20
"""Validation labels below which a calibrator would learn their luck; without it, probabilities are raw."""
ASKED = 200
"""Texts of a ranking: enough for several people until the next model; beyond them texts are random."""
BATCH = 20
"""Texts chosen together at least: those asked before the next model should differ from each other."""
QUICK = 3.0
"""Seconds of a fit up to which a dozen more are worth what they tell."""
STOP_SET = 2000
"""Texts whose predictions are followed from model to model, as in a run."""
COMPARABLE = 0.8
"""Share of today's validation labels that an earlier model was measured by, at least, to be compared."""
_SECOND_CLASS = "Waiting for labels of a second class."
_NO_TRAINING = "Waiting for labels to learn from: all so far are to measure by."


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The labels of a moment, as a model sees them."""

    event_id: int
    opinions: Sequence[Opinion]
    training: Labels
    validation: Labels
    touched: Rows
    """Texts that somebody answered, and copies of them."""

    @property
    def classes(self) -> int:
        """Return how many classes have a label to learn from."""
        return len(np.unique(self.training.labels))


class Learner:
    """One session's texts and model, in memory. `check` is called all along and may raise `Interrupted`."""

    def __init__(
        self, store: Store, session: LabelSession, progress: Progress, check: Callable[[], None]
    ) -> None:
        """Read the corpus and prepare the features: the dear part, done once. Raises `BadInput`."""
        self._store, self._session, self._check, self._tell = store, session, check, progress
        self._settings = session.label_settings()
        record = sessions.corpus(store, session)
        self._config = catalogue.validated(self._settings.run_config(session.name, record.source()))
        self.corpus = cache.open_corpus(record.source(), progress)
        progress("Preparing features", 0.0)
        order = rankings.items(store, session.random_id)
        size = self._settings.validation
        self._held_out, self._pool = order[:size], np.sort(order[size:])
        self._order = order[size:]
        self._texts: Sequence[str] = self.corpus.texts
        """Those of the corpus, then those that were added to the session and taken in."""
        self._groups = duplicate_groups(self._texts)
        self._once = self._pool[self._first_of_each(self._groups[self._pool])]
        self._features, self.x = experiment.features_of(
            self._config.features, self.corpus, self._pool, self._pool
        )
        self._recipe = saved.Recipe(
            classifier=self._config.classifier,
            width=self.x.shape[1],
            n_classes=len(self._settings.classes),
            vocabulary=self._features.vocabulary,
            calibration=self._config.calibration,
        )
        self.lacking = ""
        """One sentence on what the last `learn` that made no model waits for."""
        self._model: Classifier | None = None
        self._showing: Showing | None = None

    def begin(self) -> None:
        """Publish an order before there is a model: what the starter asks about."""
        n = min(len(self._once), max(BATCH, 2 * self._settings.retrain_every))
        first = self._order[:1]  # something must stand in force
        if n:
            first = experiment.first_choice(self._config, self._shown_corpus(), self._once, n).rows
        rankings.publish(
            self._store,
            self._session.id,
            first,
            None,
            strategy=self._config.starter.name,
            model_version=None,
        )

    def learn(self, tell: Progress) -> ModelVersion | None:
        """Fit the next version to all labels, publish what it asks for, then look closer.

        None if there are not labels of two classes: `lacking` then says what it waits for. The order is
        in force before the closer look, which fits more models: whether asking pays, which labels look
        wrong, which words weigh.
        """
        started = time.perf_counter()
        known = self._labels()
        if known.classes < 2:
            self.lacking = _SECOND_CLASS if known.classes or not len(known.validation) else _NO_TRAINING
            return None
        tell(f"Fitting a model to {len(known.training):,} labels", 0.0)
        earlier = models.versions(self._store, self._session.id)
        version = earlier[-1].version + 1 if earlier else 1
        ready = self._experiment(known)
        self._showing = self._showing.following(ready) if self._showing else Showing(ready, self._check)
        self._fit(ready.classifier, known, version)
        fit_seconds = time.perf_counter() - started
        validation = self._measured(ready.classifier, known)
        probabilities, (items, scores) = self._ask(ready, known, earlier, validation, version)
        stop_rows = self._stop_rows()
        stop_set = StopSet.of(probabilities[stop_rows], ~np.isin(stop_rows, known.touched))
        details = {
            "validation": None if validation is None else validation.to_dict(),
            "stop_set": {"predicted": stop_set.predicted.tolist(), "uncertainty": stop_set.uncertainty},
            "fit_seconds": fit_seconds,
            # Of the whole set, labelled or not: versions can be compared on the same labels later.
            "held_out": probabilities[self._held_out].argmax(axis=1).tolist(),
            "per_class": np.bincount(known.training.labels, minlength=self._recipe.n_classes).tolist(),
        }
        models.keep_predictions(self._session.id, version, probabilities)
        saved.save(models.file(self._session.id, version), self._recipe, ready.classifier)
        models.keep_learned(self._session.id, version, known.training)
        with self._store.write() as connection:
            rankings.put_in_force(
                connection,
                self._session.id,
                items,
                scores,
                strategy=self._config.strategy.name,
                model_version=models.name(version),
            )
            models.write(
                connection,
                self._session.id,
                version=version,
                event_id=known.event_id,
                labels=len(known.training),
                validation_labels=len(known.validation),
                seconds=time.perf_counter() - started,
                details=details,
            )
        rankings.prune(self._store, self._session.id)
        tell("Measuring what the labels are worth", 0.8)
        self._look_closer(known, version, details, probabilities)
        return models.latest(self._store, self._session.id)

    def _labels(self) -> _Known:
        # The number first: an event in between is then seen, and counted as new once more.
        event_id = events.latest(self._store, self._session.id)
        standings = answers.current(self._store, self._session.id)
        found = consensus.gathered(standings, consensus.decisions(self._store, self._session.id))
        self._take_in()
        counted = consensus.labels(found)
        validation = counted.among(self._held_out)
        training = counted.among(self._held_out, inside=False)
        # A copy of a validation text would tell the model what it is measured by.
        copies = np.isin(self._groups[training.items], self._groups[self._held_out])
        training = Labels(training.items[~copies], training.labels[~copies])
        # Skipped ones too: claims offer them to others; at the top of an order they would be in its way.
        answered = np.array([each.item for each in (*found, *standings)], np.int64)
        told = np.concatenate([self._groups[answered], self._groups[self._held_out]])
        touched = np.flatnonzero(np.isin(self._groups, told))
        return _Known(event_id, found, training, validation, touched)

    def _take_in(self) -> None:
        """Prepare the texts that were added to the session since the last look.

        After the labels are read: a text that has one is then there. They are learned from, but are not of
        the pool: no order holds them, since claims offer them before any. Cost: see `grown`.
        """
        texts = added.texts(self._store, self._session.id, self.corpus.texts)
        if (known := len(self._texts)) == len(texts):
            return
        self._tell("Preparing the texts that were added", 0.0)
        fitted = self._features.rows_to_fit(self._pool, self._pool)
        self.x = grown(self._features, self.x, self.corpus.texts, fitted, texts[known:])
        self._texts, self._groups = texts, duplicate_groups(texts)
        self._showing = None  # what it keeps is of fewer rows

    def _first_of_each(self, groups: npt.NDArray[np.int64]) -> Rows:
        """Return the places of one text of each group, but of none that a validation text belongs to."""
        numbers, first = np.unique(groups, return_index=True)
        return np.sort(first[~np.isin(numbers, self._groups[self._held_out])])

    def _experiment(self, known: _Known) -> Experiment:
        """Return what asks: the pool without the validation set, and the labels so far."""
        labels = np.full(len(self._texts), UNKNOWN, np.int32)
        for each in (known.training, known.validation):
            labels[each.items] = each.labels
        none = np.empty(0, np.int64)
        return Experiment(
            config=self._config,
            x=self.x,
            labels=labels,
            n_classes=self._recipe.n_classes,
            vocabulary=self._recipe.vocabulary,
            split=Split(none, self._steering(known).items, none, self._pool, none, 0),
            classifier=self._fresh(len(known.validation)),
            strategy=catalogue.strategy(self._config),
            oracle=catalogue.REGISTRIES["oracles"]["perfect"].create({}),
            stopping=Stopping((), "any"),
        )

    def _steering(self, known: _Known) -> Labels:
        """Return what early stopping goes by: validation, or for lack of it the training texts."""
        return known.validation if len(known.validation) >= CALIBRATION else known.training

    def _fresh(self, validation_labels: int) -> Classifier:
        """Return the classifier, calibrated once there is enough to calibrate by."""
        if self._model is None:
            made = catalogue.REGISTRIES["classifiers"][self._config.classifier.name]
            model: Classifier = made.create(self._config.classifier.params)
            model.prepare(self._recipe.width, self._recipe.n_classes, self._recipe.vocabulary)
            self._model = model
        if validation_labels < CALIBRATION:
            return self._model
        component = self._config.calibration
        return calibrated(
            self._model, catalogue.REGISTRIES["calibration"][component.name].create(component.params)
        )

    def _fit(self, classifier: Classifier, known: _Known, version: int) -> None:
        seed, steering = self._config.seed, self._steering(known)

        def go_on(_: object) -> None:
            self._check()

        classifier.reset(seeding.integer(seed, "weights", version))
        classifier.fit(
            self._examples(known.training),
            self._examples(steering),
            lambda purpose, epoch: seeding.integer(seed, purpose, version, epoch),
            FitHooks(go_on, go_on),
            keep_best=False,
            resume=False,
        )
        classifier.use_best()

    def _examples(self, labels: Labels) -> Examples:
        return Examples(self.x[labels.items], labels.labels)

    def _measured(self, classifier: Classifier, known: _Known) -> Metrics | None:
        if not len(known.validation):
            return None
        found = self._examples(known.validation)
        return measure(classifier.predict_proba(found.x), found.y)

    def _ask(
        self,
        ready: Experiment,
        known: _Known,
        earlier: Sequence[ModelVersion],
        validation: Metrics | None,
        version: int,
    ) -> tuple[npt.NDArray[np.float64], tuple[Rows, npt.NDArray[np.float64]]]:
        """Return the probabilities of every text, and the order to ask in, with scores."""
        assert self._showing is not None
        enough = COMPARABLE * len(known.validation)
        history = [each.validation for each in earlier if each.validation_labels >= enough]
        measured = tuple(each for each in (*history, validation) if each is not None)
        nothing = measure(np.full((1, self._recipe.n_classes), 1 / self._recipe.n_classes), np.zeros(1, int))
        # Of equal texts one is asked about.
        touched = np.setdiff1d(self._pool, np.setdiff1d(self._once, known.touched))
        shown = Known(known.training.items, known.training.labels, touched, measured, validation or nothing)
        half = self._half_labelled(known)
        pool = self._showing.pool(touched)
        probabilities = np.empty((len(self._texts), self._recipe.n_classes))
        if not len(pool):
            return self._showing.predict(np.arange(len(self._texts))), self._ranked(half, [])
        situation = self._showing.situation(version, shown)
        rest = np.ones(len(self._texts), bool)
        if situation.probabilities is not None:
            probabilities[situation.pool], rest[situation.pool] = situation.probabilities, False
        others = np.flatnonzero(rest)
        if len(others):
            probabilities[others] = self._showing.predict(others)
        rng = seeding.generator(self._config.seed, "query", version)
        first = min(len(pool), max(BATCH, 2 * self._settings.retrain_every))
        choices = [ready.strategy.query(situation, first, rng)]
        left = np.flatnonzero(~np.isin(situation.pool, choices[0].rows))
        more = min(len(left), ASKED - first)
        if more > 0 and "refit" not in ready.strategy.needs:
            choices.append(ready.strategy.query(situation.take(left), more, rng))
        return probabilities, self._ranked(half, choices)

    def _half_labelled(self, known: _Known) -> Rows:
        """Return the texts of the corpus that have some of the labels they should get, but not all."""
        inside, wanted = set(self._pool.tolist()), self._settings.overlap
        found = [
            each.item
            for each in known.opinions
            if each.decision is None and len(each.votes) < wanted and each.item in inside
        ]
        return np.array(found, np.int64)

    def _ranked(self, half: Rows, choices: Sequence[Any]) -> tuple[Rows, npt.NDArray[np.float64]]:
        """Join the order: second opinions first, then what the strategy chose. A missing score is NaN."""
        rows, scores = [half], [np.full(len(half), np.nan)]
        for choice in choices:
            rows.append(choice.rows)
            scores.append(np.full(len(choice.rows), np.nan) if choice.scores is None else choice.scores)
        ordered = np.concatenate(rows)
        if not len(ordered):  # everything is labelled: something must stand in force
            ordered, scores = self._order[:1], [np.full(1, np.nan)]
        return ordered, np.concatenate(scores)

    def _stop_rows(self) -> Rows:
        drawn = seeding.generator(self._config.seed, "stop set")
        return np.sort(drawn.choice(self._pool, min(STOP_SET, len(self._pool)), replace=False))

    def _shown_corpus(self) -> Corpus:
        """Return the corpus with this session's classes and none of its own labels."""
        unknown = np.full(len(self.corpus), UNKNOWN, np.int32)
        return replace(self.corpus, labels=unknown, classes=self._settings.classes)

    def _look_closer(
        self, known: _Known, version: int, details: dict[str, Any], probabilities: npt.NDArray[np.float64]
    ) -> None:
        """Find out what takes more fits, once people can go on with the new order."""
        highlights.keep(self._session.id, version, self._texts, probabilities, self._config.seed)
        fit, seed = self._trial(), self._config.seed
        if details["fit_seconds"] > QUICK:
            details |= {"paying": None, "second_look": None, "too_slow": True}
        else:
            asked = self._asked_for(known.training)
            found = paying.measured(fit, asked, known.validation, seed)
            details["paying"] = None if found is None else found.to_dict()
            everything = consensus.labels(known.opinions)
            details["second_look"] = second_look.found(fit, everything, self._recipe.n_classes, seed)
        models.complete(self._store, self._session.id, version, details)

    def _asked_for(self, training: Labels) -> Labels:
        """Return the labels that the model, or the starter, asked for, in the order of asking."""
        known = dict(zip(training.items.tolist(), training.labels.tolist(), strict=True))
        order = answers.asked_for(self._store, self._session.id)
        asked = [(item, known[item]) for item, by in order if by not in UNASKED and item in known]
        pairs = np.array(asked, np.int64).reshape(-1, 2)
        return Labels(pairs[:, 0], pairs[:, 1].astype(np.int32))

    def _trial(self) -> paying.Fit:
        """Return what fits the session's model anew and leaves the one in use as it is.

        Without calibration, which changes no order of classes and would need labels kept aside.
        """
        model = self._model
        assert model is not None

        def fit(training: Labels, rows: Rows, seed: int) -> npt.NDArray[np.float64]:
            examples = self._examples(training)
            trials = Trials(model, examples, self._check)
            with trials.kept():
                return trials.predict(examples, seed, self.x[rows])

        return fit
