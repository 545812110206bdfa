"""The cycle, with a real network small enough for tests."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from al_core import catalogue
from al_core.calibration.calibrated import calibrated
from al_core.classifiers.base import Epoch
from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus.split import make_split
from al_core.errors import Interrupted
from al_core.loop import BASELINE, Checkpoint, Cycle, Experiment, Round
from al_core.stopping import Stopping

pytestmark = pytest.mark.xdist_group("keras")  # one process pays for TensorFlow

WIDTH, VOCABULARY = 6, 12


@dataclass
class Recorder:
    """A monitor that keeps what it is told, and interrupts after so many texts."""

    limit: float = float("inf")
    texts: int = 0
    checks: int = 0
    saved: list[Checkpoint] = field(default_factory=list)
    epochs: list[tuple[int, Epoch]] = field(default_factory=list)
    phases: list[tuple[int, str, int]] = field(default_factory=list)

    def phase(self, round_number, phase, texts):
        self.phases.append((round_number, phase, texts))

    def batch(self, texts):
        self.texts += texts
        if self.texts > self.limit:
            raise Interrupted

    def check(self):
        self.checks += 1

    def epoch(self, round_number, epoch):
        self.epochs.append((round_number, epoch))

    def save(self, checkpoint):
        self.saved.append(checkpoint)


def experiment(
    strategy="least_confidence",
    carry="best",
    classes=2,
    rounds=2,
    batch=20,
    stop=(),
    calibration="none",
    validation=60,
    **cycle,
):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 300).astype(np.int32)
    x = rng.integers(2, VOCABULARY, (300, WIDTH)).astype(np.int32)
    x[:, 0] = np.where(rng.random(300) < 0.9, labels + 2, x[:, 0])
    config = RunConfig(
        name="Test",
        seed=3,
        corpus=Component(name="demo"),
        split=SplitSettings(initial=40, validation=validation, test=60),
        features=Component(name="tokens"),
        classifier=Component(name="bilstm"),
        strategy=Component(name=strategy),
        cycle=CycleSettings(rounds=rounds, batch_size=batch, carry=carry, **cycle),
    )
    make = catalogue.REGISTRIES
    network = {
        "embedding": 6,
        "units": 4,
        "dense": 4,
        "epochs": 3,
        "patience": 2,
        "batch_size": 16,
        "learning_rate": 0.02,
    }
    criteria = tuple(make["stopping"][name].create({"value": value}) for name, value in stop)
    return Experiment(
        config=config,
        x=x,
        labels=labels,
        n_classes=classes,
        vocabulary=VOCABULARY,
        split=make_split(labels, np.arange(300), config.split, config.seed),
        classifier=calibrated(
            make["classifiers"]["bilstm"].create(network), make["calibration"][calibration].create({})
        ),
        strategy=make["strategies"][strategy].create({}),
        oracle=make["oracles"]["perfect"].create({}),
        stopping=Stopping(criteria, "any"),
    )


def run(made: Experiment, monitor=None, done=(), checkpoint=None) -> list[Round]:
    return list(Cycle(made, monitor or Recorder(), done, checkpoint).rounds())


def history(rounds: list[Round]):
    """All that must be the same, number for number."""
    return [
        (
            each.number,
            each.labels,
            each.asked.rows.tolist(),
            each.asked.labels.tolist(),
            None if each.asked.scores is None else each.asked.scores.tolist(),
            each.validation,
            each.test,
            each.uncalibrated,
            [(e.number, e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in each.epochs],
            each.ended,
        )
        for each in rounds
    ]


@pytest.fixture(scope="module", autouse=True)
def deterministic():
    from al_core import devices

    devices.setup()


def test_rounds_add_up():
    made = experiment(rounds=2, batch=20)
    monitor = Recorder()
    rounds = run(made, monitor)
    assert [each.number for each in rounds] == [BASELINE, 0, 1, 2]
    assert [each.labels for each in rounds] == [180, 40, 60, 80]
    asked = np.concatenate([each.asked.rows for each in rounds])
    assert len(np.unique(asked)) == 40 and np.isin(asked, made.split.pool).all()
    np.testing.assert_array_equal(rounds[-1].asked.labels, made.labels[rounds[-1].asked.rows])
    assert rounds[-1].ended == "All rounds are done" and not rounds[1].ended
    assert [n for n, _ in monitor.epochs] == [n for n in (-1, 0, 1, 2) for _ in rounds[n + 1].epochs]
    assert rounds[-1].test.accuracy > 0.7, "a real network learns an easy task"


CARRIES = ("published", "best", "last", "fresh") if os.environ.get("AL_TEST_FULL") else ("best", "fresh")


@pytest.mark.parametrize(
    ("carry", "calibration"), [("published", "none"), *((carry, "temperature") for carry in CARRIES)]
)
def test_resumed_anywhere_the_history_is_the_same(carry, calibration):
    settings = {"carry": carry, "calibration": calibration}
    monitor = Recorder()
    whole = run(experiment(**settings), monitor)
    for limit in np.linspace(50, monitor.texts - 10, 3).astype(int):
        broken, done = Recorder(limit=limit), []
        with pytest.raises(Interrupted):
            for each in Cycle(experiment(**settings), broken).rounds():
                done.append(each)
        checkpoint = broken.saved[-1] if broken.saved else None
        resumed = {each.number: each for each in done}
        resumed |= {each.number: each for each in run(experiment(**settings), None, done, checkpoint)}
        assert history(list(resumed.values())) == history(whole), f"interrupted after {limit} texts"


def test_any_older_checkpoint_will_do():
    monitor, settings = Recorder(), {"calibration": "temperature", "strategy": "committee"}
    whole = run(experiment(**settings), monitor)
    for checkpoint in monitor.saved[:: max(1, len(monitor.saved) // 3)]:
        done = [each for each in whole if each.number < checkpoint.round]
        assert history(done + run(experiment(**settings), None, whole, checkpoint)) == history(whole)


def test_calibration_leaves_fits_and_decisions_as_they_are_and_keeps_what_was_before():
    plain, found = run(experiment("random")), run(experiment("random", calibration="temperature"))
    for one, other in zip(plain, found, strict=True):
        kept = replace(one.test, first=())  # kept of what is reported, the calibrated test, alone
        assert one.uncalibrated is None and other.uncalibrated == kept
        assert [e.val_loss for e in one.epochs] == [e.val_loss for e in other.epochs]
        assert other.test.confusion == one.test.confusion
        assert other.validation.loss <= one.validation.loss + 1e-6
        assert (other.test.loss, other.test.ece) != (one.test.loss, one.test.ece)


@pytest.mark.parametrize("calibration", ["temperature", "isotonic"])
@pytest.mark.parametrize("strategy", ["auto", "ratio_corrected"])
def test_twenty_validation_texts_are_enough_to_run(strategy, calibration):
    rounds = run(experiment(strategy, calibration=calibration, validation=20))
    assert [each.validation.n for each in rounds] == [20] * 4
    assert all(np.isfinite([each.test.loss, each.test.ece]).all() for each in rounds)


@pytest.mark.parametrize("strategy", ["random", "least_confidence", "ratio_corrected"])
def test_hidden_labels_change_no_query(strategy):
    made = experiment(strategy, calibration="temperature")
    plain = run(made)
    labels = made.labels.copy()
    rng = np.random.default_rng(9)
    for rows in (
        made.split.test,
        np.setdiff1d(made.split.pool, np.concatenate([r.asked.rows for r in plain])),
    ):
        labels[rows] = rng.permutation(labels[rows])
    shuffled = run(replace(experiment(strategy, calibration="temperature", baseline=False), labels=labels))
    by_number = {each.number: each for each in plain}
    for each in shuffled:
        assert each.asked.rows.tolist() == by_number[each.number].asked.rows.tolist()
        assert each.epochs and each.validation == by_number[each.number].validation


def test_published_rule_reads_the_test_split_and_cuts():
    rounds = run(experiment("ratio_published", carry="published", batch=15))
    assert rounds[-1].labels <= 40 + 2 * 15
    assert rounds[-1].asked.scores is None


def test_published_carry_keeps_the_best_of_all_rounds_but_the_first():
    made = experiment(carry="published", rounds=2)
    taken = []
    use_best = made.classifier.use_best
    made.classifier.use_best = lambda: (taken.append(made.classifier._best_loss), use_best())
    rounds = run(made)
    assert len(taken) == 3, "after the baseline and after rounds 1 and 2, not after the initial fit"
    lowest = [min(e.val_loss for e in each.epochs) for each in rounds[1:]]
    assert taken[1:] == [min(lowest[:2]), min(lowest)]
    assert rounds[-1].validation.loss == pytest.approx(min(lowest), rel=1e-6)


def test_the_baseline_changes_no_round():
    """A sweep takes a run that fitted it for one that need not."""
    settings = {"carry": "published", "calibration": "temperature"}
    whole = history(run(experiment(**settings)))
    assert whole[0][0] == BASELINE and whole[1:] == history(run(experiment(**settings, baseline=False)))


def test_pool_runs_empty():
    rounds = run(experiment(rounds=9, batch=60, baseline=False))
    assert [each.labels for each in rounds] == [40, 100, 160, 180]
    assert rounds[-1].ended == "The pool is empty"


def test_criterion_ends_the_run_with_its_reason():
    rounds = run(experiment(rounds=5, stop=[("accuracy_at_least", 0.0)], baseline=False))
    assert len(rounds) == 1 and "at least 0.0% reached" in rounds[0].ended
    never = run(
        experiment(rounds=1, stop=[("accuracy_at_least", 1.0), ("fn_rate_at_most", 0.0)], baseline=False)
    )
    assert len(never) == 2 and [v.stop for v in never[-1].verdicts] == [False, False]


def test_more_than_two_classes():
    rounds = run(experiment(classes=4, rounds=1))
    assert len(rounds[-1].test.confusion) == 4
    assert rounds[-1].test.fn == rounds[-1].test.fp == 60 - round(rounds[-1].test.accuracy * 60)


def test_published_network_has_its_parameters():
    made = catalogue.REGISTRIES["classifiers"]["bilstm"].create({})
    made.prepare(150, 2, 3000)
    assert made._model.count_params() == 426_537
    assert made.predict_proba(np.zeros((3, 150), np.int32)).shape == (3, 2)
