"""A session played by an oracle is the session that people would have had, and the same each time."""

from __future__ import annotations

import numpy as np
import pytest
from game import Game, corpus, unheard

from al_core.config import Component
from al_core.corpus.base import UNKNOWN
from al_core.errors import BadInput
from al_core.labelling import answers, events, models, simulation
from al_core.store import open_store
from al_core.worker import train


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


def play(game, labels, **how):
    annotator = simulation.Simulated(game.store, game.session, game.corpus, **how)
    train.step(game.store, game.id, game.learner, unheard)

    def learn():
        if train.step(game.store, game.id, game.learner, unheard):
            return models.latest(game.store, game.id)

    return list(simulation.play(annotator, labels, learn))


def told(game):
    """Return all events, apart from what no two sessions share."""
    ranking, found = {}, []
    for each in events.history(game.store, game.id, limit=1000)[::-1]:
        ranking.setdefault(each.ranking_id, len(ranking))
        same = (each.item, each.annotator, each.kind, each.label, each.previous, each.model_version)
        found.append((*same, each.strategy, each.rank, each.score, ranking[each.ranking_id]))
    return found


@pytest.mark.parametrize("strategy", ["auto", "margin"])
def test_two_sessions_of_one_seed_are_equal_event_for_event(store, strategy):
    games = [
        Game(store, corpus(200, own=0.5), validation=20, strategy=Component(name=strategy), seed=seed)
        for seed in (3, 3, 4)
    ]
    for game in games:
        versions = play(game, 50)
        assert [each.version for each in versions] == list(range(1, len(versions) + 1)) and len(versions) >= 3
    one, same, other = map(told, games)
    assert one == same and len(one) == 50 and len(one[0]) == 10
    assert [each[0] for each in one] != [each[0] for each in other]
    first, second = (models.versions(store, game.id) for game in games[:2])
    for each, again in zip(first, second, strict=True):
        assert each.details | {"fit_seconds": 0} == again.details | {"fit_seconds": 0}


def test_a_model_comes_after_each_ten_labels(store):
    game = Game(store, corpus(120), validation=5, random_share=0.1)
    versions = play(game, 60)
    assert [each.spent for each in versions] == [10, 20, 30, 40, 50, 60]
    predictions = models.predictions(game.id, versions[-1].version)
    assert predictions is not None
    rows = np.setdiff1d(np.arange(120), [each.item for each in answers.current(store, game.id)])
    assert (predictions[rows].argmax(axis=1) == game.corpus.labels[rows]).mean() > 0.8, (
        "it has learned something"
    )


def test_when_nothing_is_left_it_ends(store):
    game = Game(store, corpus(30), validation=5)
    play(game, 1000)
    assert len(answers.current(store, game.id)) == 30


def test_classes_are_found_by_their_names(store):
    """Two of three classes, the other way round; texts of the third are skipped."""
    game = Game(store, corpus(60, classes=3), classes=("odd", "bad"), validation=5)
    play(game, 60)
    for each in answers.current(store, game.id):
        name = game.corpus.classes[game.true(each.item)]
        assert each.label == {"odd": 0, "bad": 1, "good": None}[name]


def test_an_oracle_that_errs_errs_the_same_way_each_time(store):
    noisy = Component(name="noisy", params={"rate": 0.3})
    found = []
    for name in ("Simulated", "Simulated", "Another"):
        game = Game(store, corpus(80), validation=5)
        annotator = simulation.Simulated(store, game.session, game.corpus, name, noisy)
        while annotator.label_one():
            pass
        labels = {each.item: each.label for each in answers.current(store, game.id)}
        wrong = sum(labels[item] != game.true(item) for item in labels)
        assert len(labels) == 80 and 8 <= wrong <= 40
        found.append(labels)
    assert found[0] == found[1] != found[2]


def test_without_labels_or_classes_there_is_no_play(store):
    game = Game(store, corpus(30), validation=5, classes=("bad", "great"))
    with pytest.raises(BadInput, match="it has none for great"):
        simulation.Simulated(store, game.session, game.corpus)
    bare = corpus(30, key="table-bare")
    bare.labels[:] = UNKNOWN
    other = Game(store, bare, validation=5)
    with pytest.raises(BadInput, match="it has none for any text"):
        simulation.Simulated(store, other.session, bare)
