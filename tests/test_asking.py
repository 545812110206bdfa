"""What each strategy is shown by the cycle, with a model quick enough to run every one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from al_core import asking, catalogue
from al_core.asking import Known, Showing
from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus.split import make_split
from al_core.errors import Interrupted
from al_core.loop import BASELINE, Checkpoint, Cycle, Experiment, Round
from al_core.matrix import SideBySide, unit_rows
from al_core.stopping import Stopping
from al_core.strategies import REGISTRY

SMALL = {
    "expected_error": {"targets": 20},
    "bald": {"members": 3},
    "power_bald": {"members": 3},
    "committee": {"members": 3},
}
QUICK = sorted(set(REGISTRY) - {"ratio_published"})
WIDE = 400


class Quiet:
    """A monitor that keeps the checkpoints, and interrupts at the n-th sign of life."""

    def __init__(self, limit: float = float("inf")) -> None:
        self.limit, self.signs, self.saved = limit, 0, []

    def check(self):
        self.signs += 1
        if self.signs > self.limit:
            raise Interrupted

    def phase(self, round_number, phase, texts):
        self.check()

    def batch(self, texts):
        self.check()

    def epoch(self, round_number, epoch):
        pass

    def save(self, checkpoint: Checkpoint):
        self.saved.append(checkpoint)


def experiment(name="margin", classes=2, sparse=False, wrappers=(), rounds=2, batch=12) -> Experiment:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 260).astype(np.int32)
    x = rng.normal(size=(260, WIDE if sparse else 8)).astype(np.float32)
    x[:, :classes] += 2.5 * np.eye(classes)[labels]
    if sparse:
        x[np.abs(x) < 1.0] = 0.0
    given = csr_matrix(x) if sparse else x
    if sparse == "beside":
        given = SideBySide(given, x[:, :8].copy())
    config = RunConfig(
        name="Test",
        seed=5,
        corpus=Component(name="demo"),
        split=SplitSettings(initial=30, validation=40, test=50),
        features=Component(name="tfidf"),
        classifier=Component(name="logistic"),
        strategy=Component(name=name, params=SMALL.get(name, {})),
        wrappers=tuple(Component(name=each) for each in wrappers),
        cycle=CycleSettings(rounds=rounds, batch_size=batch, baseline=False),
    )
    return Experiment(
        config=config,
        x=SideBySide(csr_matrix(x), x[:, :8].copy())
        if sparse == "beside"
        else csr_matrix(x)
        if sparse
        else x,
        labels=labels,
        n_classes=classes,
        vocabulary=given.shape[1],
        split=make_split(labels, np.arange(260), config.split, config.seed),
        classifier=catalogue.REGISTRIES["classifiers"]["logistic"].create({}),
        strategy=catalogue.strategy(config),
        oracle=catalogue.REGISTRIES["oracles"]["perfect"].create({}),
        stopping=Stopping((), "any"),
    )


def run(made: Experiment, monitor=None, done=(), checkpoint=None) -> list[Round]:
    return list(Cycle(made, monitor or Quiet(), done, checkpoint).rounds())


def history(rounds):
    return [
        (
            each.number,
            each.labels,
            each.asked.rows.tolist(),
            None if each.asked.scores is None else np.nan_to_num(each.asked.scores, nan=-1).tolist(),
            each.validation,
            each.test,
            each.ended,
        )
        for each in rounds
    ]


@pytest.mark.parametrize("sparse", [False, True, "beside"])
@pytest.mark.parametrize("name", QUICK)
def test_every_strategy_goes_through_its_rounds(name, sparse):
    made = experiment(name, sparse=sparse)
    rounds = run(made)
    asked = np.concatenate([each.asked.rows for each in rounds])
    assert len(np.unique(asked)) == len(asked) and np.isin(asked, made.split.pool).all()
    if made.strategy.exact:
        assert [each.labels for each in rounds] == [30, 42, 54]
    assert rounds[-1].ended
    assert history(run(experiment(name, sparse=sparse))) == history(rounds), "the same once more"


@pytest.mark.parametrize("name", ["committee", "expected_error", "kmeans", "badge", "stream_variable"])
def test_interrupted_anywhere_the_history_is_the_same(name):
    monitor = Quiet()
    whole = run(experiment(name), monitor)
    for limit in np.linspace(1, monitor.signs - 1, 6).astype(int):
        broken, done = Quiet(limit), []
        with pytest.raises(Interrupted):
            for each in Cycle(experiment(name), broken).rounds():
                done.append(each)
        checkpoint = broken.saved[-1] if broken.saved else None
        resumed = {each.number: each for each in done}
        resumed |= {each.number: each for each in run(experiment(name), None, done, checkpoint)}
        assert history(list(resumed.values())) == history(whole), f"after {limit} signs of life"


@pytest.mark.parametrize("name", QUICK)
def test_labels_that_nobody_revealed_change_no_query(name):
    plain = run(experiment(name))
    made = experiment(name)
    labels, rng = made.labels.copy(), np.random.default_rng(9)
    hidden = np.setdiff1d(made.split.pool, np.concatenate([each.asked.rows for each in plain]))
    for rows in (made.split.test, hidden):
        labels[rows] = rng.permutation(labels[rows])
    shuffled = run(replace(made, labels=labels))
    assert [r.asked.rows.tolist() for r in shuffled] == [r.asked.rows.tolist() for r in plain]


def test_a_wrapper_is_put_around_in_order():
    rounds = run(experiment("margin", wrappers=("subsampled", "epsilon_random")))
    scores = rounds[1].asked.scores
    assert scores is not None and np.isnan(scores).sum() == 1, "one in ten by luck"
    assert [each.labels for each in rounds] == [30, 42, 54]


def test_only_what_is_needed_is_shown():
    made = experiment("random")
    shown = Showing(made, lambda: None).situation(1, known(made))
    assert shown.probabilities is shown.embeddings is shown.samples is shown.test is shown.pool_labels is None
    assert shown.refit is shown.arrival is shown.labelled_probabilities is None


def known(made: Experiment) -> Known:
    first = run(made)[0]
    return Known(
        made.split.initial,
        made.labels[made.split.initial],
        np.empty(0, np.int64),
        (first.validation,),
        first.test,
    )


def test_sparse_features_come_reduced_to_a_strategy_that_measures_distances():
    shown = Showing(made := experiment("k_centre", sparse=True), lambda: None).situation(1, known(made))
    assert isinstance(shown.embeddings, np.ndarray) and shown.embeddings.shape[1] == 128
    np.testing.assert_allclose(np.linalg.norm(shown.embeddings, axis=1), 1.0, rtol=1e-5)


def test_a_stream_lets_go_what_it_does_not_ask_about():
    made = experiment("stream_fixed", rounds=20, batch=5)
    rounds = run(made)
    arrival = Showing(made, lambda: None).arrival
    place = {int(row): at for at, row in enumerate(arrival)}
    places = [place[int(row)] for each in rounds for row in each.asked.rows]
    assert places == sorted(places), "in the order of arrival, and never back"
    assert rounds[-1].ended == "The stream has ended"
    assert len(places) <= 0.2 * len(arrival)


@pytest.mark.parametrize("batch", [1, 2, 5, 30])
@pytest.mark.parametrize("name", ["stream_fixed", "stream_variable"])
def test_a_stream_keeps_to_its_budget_whatever_the_batch(name, batch):
    """The budget is that of the stream, not of each round."""
    made = experiment(name, rounds=60, batch=batch)
    arrival = Showing(made, lambda: None).arrival
    place = {int(row): at for at, row in enumerate(arrival)}
    asked = [place[int(row)] for each in run(made) for row in each.asked.rows]
    assert all(number <= 0.2 * (at + 1) + 1 for number, at in enumerate(asked, start=1))


def test_a_variable_threshold_goes_on_from_round_to_round():
    rounds = run(experiment("stream_variable", rounds=20, batch=1))
    thresholds = [each.asked.carried for each in rounds[1:]]
    assert len(set(thresholds)) > 3 and min(thresholds) < 0.97, "it does not begin at 1 again"


def test_the_model_is_the_same_after_a_committee_was_asked():
    made = experiment("committee")
    first = next(Cycle(made, Quiet()).rounds())
    before = made.classifier.predict_proba(made.x)
    showing = Showing(made, lambda: None)
    given = Known(
        made.split.initial,
        made.labels[made.split.initial],
        np.empty(0, np.int64),
        (first.validation,),
        first.test,
    )
    shown = showing.situation(1, given)
    np.testing.assert_array_equal(made.classifier.predict_proba(made.x), before)
    assert shown.samples is not None and shown.samples.shape == (3, len(made.split.pool), 2)
    assert not np.allclose(shown.samples[0], shown.samples[1]), "members differ"
    np.testing.assert_array_equal(showing.situation(1, given).samples, shown.samples)


def test_topics_beside_words_are_the_embeddings_of_a_strategy_that_measures_distances():
    made = experiment("k_centre", sparse="beside")
    shown = Showing(made, lambda: None).situation(1, known(made))
    np.testing.assert_allclose(shown.embeddings, unit_rows(made.x.dense[shown.pool]), atol=1e-6)


@pytest.mark.parametrize("sparse", [False, True, "beside"])
def test_a_large_pool_is_predicted_in_parts(monkeypatch, sparse):
    whole = history(run(experiment(sparse=sparse)))
    monkeypatch.setattr(asking, "PREDICTED", 50)
    for mine, theirs in zip(history(run(experiment(sparse=sparse))), whole, strict=True):
        assert mine[:3] == theirs[:3]
        np.testing.assert_allclose(mine[3] or 0.0, theirs[3] or 0.0, atol=1e-12)


def test_the_pool_is_what_nobody_was_asked_about():
    made = experiment()
    showing, pool = Showing(made, lambda: None), made.split.pool
    np.testing.assert_array_equal(showing.pool(np.empty(0, np.int64)), np.sort(pool))
    asked = np.random.default_rng(0).permutation(pool)[:33]
    np.testing.assert_array_equal(showing.pool(asked), np.setdiff1d(pool, asked))
    np.testing.assert_array_equal(showing.pool(pool), [])


def test_the_baseline_is_no_round():
    made = experiment()
    config = made.config.model_copy(update={"cycle": made.config.cycle.model_copy(update={"baseline": True})})
    assert [each.number for each in run(replace(made, config=config))] == [BASELINE, 0, 1, 2]


def test_more_classes():
    for name in QUICK:
        if not experiment(name).strategy.two_classes_only:
            assert run(experiment(name, classes=4, rounds=1))[-1].labels >= 30
