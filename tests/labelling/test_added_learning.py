"""Texts that came after a session began, and the model: it learns from them, and is never measured by one."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from game import Game, corpus, unheard
from sqlalchemy import update

from al_core.config import Component
from al_core.labelling import (
    added,
    claims,
    consensus,
    desk,
    learning,
    models,
    sessions,
    simulation,
)
from al_core.labelling.growing import grown
from al_core.labelling.records import SENT
from al_core.store import open_store, schema

NEW = ("dull weak slow poor film", "fine warm bright neat play", "grim stale poor weak scene")


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


def send(game: Game, *texts: str) -> list[int]:
    lines = {str(uuid.uuid4()): text for text in texts}
    return [each.item for each in added.add(game.store, game.id, game.corpus.texts, lines, "Eve")]


def labels_of(game: Game, made: list[int], times: int, annotator: str = "ann") -> list[int]:
    """Let a person label: what the corpus says, and of a text that was added, the first word's class."""
    return game.label(times, annotator, lambda item: game.true(item) if item < len(game.corpus) else 1)


def test_the_model_learns_from_its_label(store):
    game = Game(store, corpus(120), validation=20, random_share=0.3)
    game.learner.begin()
    game.label(30)
    first = game.must_learn()
    before = models.predictions(game.id, 1)
    made = send(game, *NEW)
    assert made == [120, 121, 122]
    assert labels_of(game, made, 3) == made, "asked about next"
    second = game.must_learn()
    assert (second.labels, second.validation_labels) == (first.labels + 3, first.validation_labels)
    known = game.learner._labels()
    assert set(made) <= set(known.training.items.tolist()) and not set(made) & set(known.validation.items)
    after = models.predictions(game.id, 2)
    assert before is not None and after is not None and (len(before), len(after)) == (120, 123)
    assert np.isfinite(after).all() and (after[made].argmax(axis=1) == 1).all()
    assert not set(made) & set(game.order) and max(game.order) < 120, "no order holds them"
    assert set(made).isdisjoint(game.learner._asked_for(known.training).items.tolist())
    again = game.new_learner()
    assert again.learn(unheard)
    after = models.predictions(game.id, 3)
    assert after is not None and len(after) == 123, "so does a trainer that is started again"


def test_a_label_on_it_counts_in_the_closer_look(store):
    game = Game(store, corpus(120), validation=30, random_share=0.5)
    game.learner.begin()
    game.label(70)
    made = send(game, "fine warm bright neat fresh bold", "dull weak slow poor stale grim")
    assert game.label(2, says=lambda item: int(item == made[1])) == made, "both wrong"
    found = game.must_learn()
    assert found.details["second_look"]["labels"] == 72 and found.details["paying"] is not None
    assert set(made) <= {each["item"] for each in found.details["second_look"]["suspects"]}
    assert found.details["paying"]["labels"] <= 40


def test_pages_bear_an_older_version_that_knows_it_not(store):
    game = Game(store, corpus(100), validation=10, show_guess=True)
    game.learner.begin()
    game.label(20)
    game.must_learn()
    (item,) = send(game, NEW[0])
    (offered, *_) = desk.offered(store, game.session, "bob")
    assert offered.item == item and offered.guess is None
    assert models.prediction(game.id, 1, item) is None and models.prediction(game.id, 1, 99) is not None
    game.say(item, "bob", 0)
    found = desk.last(store, game.id, "bob", game.corpus.texts)
    assert found and found.guess is None and found.marks == ()
    game.must_learn()
    found = desk.last(store, game.id, "bob", game.corpus.texts)
    assert found and found.guess and found.guess.label == 0


def test_a_copy_of_a_validation_text_is_left_out(store):
    """Adding finds it in the corpus; one that stands in the store all the same is not learned from."""
    game = Game(store, corpus(100), validation=20)
    held = game.held_out[0]
    assert send(game, game.corpus.texts[held].upper()) == [held]
    (item,) = send(game, NEW[0])
    with store.write() as connection:
        copy = game.corpus.texts[held].upper()
        connection.execute(update(schema.added_texts).values(text=copy))
    game.learner.begin()
    game.label(25, says=lambda item: game.true(item if item < 100 else held))
    game.must_learn()
    assert item in [each.item for each in consensus.opinions(store, game.id)]
    assert item not in game.learner._labels().training.items


@pytest.mark.parametrize(
    "features",
    [
        Component(name="tfidf"),
        Component(name="characters"),
        Component(name="words_and_topics", params={"components": 20}),
        Component(name="tfidf_svd", params={"components": 20}),
        Component(name="tokens", params={"length": 12}),
    ],
    ids=lambda each: each.name,
)
def test_features_of_new_texts_are_made_as_those_of_the_corpus(store, features):
    """A text of the corpus, sent once more, would get the row that it has; and no column moves."""
    bag = Component(name="logistic" if features.name != "tokens" else "ngram_bag")
    game = Game(store, corpus(150), validation=20, features=features, classifier=bag)
    learner = game.learner
    held, texts = game.held_out, game.corpus.texts
    fitted = learner._features.rows_to_fit(learner._pool, learner._pool)
    found = grown(learner._features, learner.x, texts, fitted, [texts[held[0]], texts[3], "zebra"])
    assert found.shape == (153, learner.x.shape[1]) and found.dtype == learner.x.dtype

    def plain(x):
        return x.toarray() if hasattr(x, "toarray") else np.asarray(x)

    assert (plain(found[np.arange(150)]) == plain(learner.x[np.arange(150)])).all()
    assert np.allclose(plain(found[[150, 151]]), plain(learner.x[[held[0], 3]]), atol=1e-5)


def test_overlap_and_half_labelled_ones(store):
    game = Game(store, corpus(80), validation=10, overlap=2, random_share=0.1)
    game.learner.begin()
    game.label(12)
    made = send(game, *NEW)
    assert labels_of(game, made, 3) == made
    game.must_learn()
    assert not set(made) & set(game.order), "claims give them to the second person, not the order"
    assert labels_of(game, made, 3, "bob") == made
    with store.read() as connection:
        assert sessions.added(connection, game.id) == 3


def test_an_oracle_leaves_it_to_people(store):
    game = Game(store, corpus(30), validation=5)
    made = send(game, *NEW)
    player = simulation.Simulated(store, game.session, game.corpus)
    while player.label_one():
        pass
    labelled = [each.item for each in consensus.opinions(store, game.id)]
    assert labelled == list(range(30))
    held = claims.take(store, game.id, "ann", 2)
    assert [each.item for each in held] == made and {each.strategy for each in held} == {SENT}


def test_without_new_texts_nothing_is_prepared_again(store, monkeypatch):
    calls = []
    monkeypatch.setattr(learning, "grown", lambda *given: calls.append(1) or grown(*given))
    game = Game(store, corpus(80), validation=10)
    game.learner.begin()
    game.label(20)
    game.must_learn()
    send(game, NEW[0])
    game.must_learn()
    game.must_learn()
    assert len(calls) == 1
