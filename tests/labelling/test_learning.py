"""What a session's model learns from, what it asks for, and what it is measured by."""

from __future__ import annotations

import time
import uuid

import numpy as np
import pytest
from game import Game, corpus, go_on, unheard

from al_core.config import Component
from al_core.corpus.columns import import_table
from al_core.corpus.demo import DemoCorpus
from al_core.corpus.files import read_table
from al_core.corpus.profile import duplicate_groups
from al_core.errors import BadInput
from al_core.labelling import claims, consensus, events, learning, models, rankings, sessions
from al_core.labelling.records import Answer
from al_core.labelling.settings import LabelSettings
from al_core.store import open_store


@pytest.fixture
def store(home):
    """Open a store; what depends on the database is asked of `either`."""
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def either(url):
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def seen(monkeypatch):
    """Collect the rows that any model is fitted to, and those it is measured by."""
    told = {"fitted": [], "measured": []}
    fit, measure = learning.Learner._fit, learning.Learner._measured

    def fits(self, classifier, known, version):
        told["fitted"].append(known.training.items.tolist())
        fit(self, classifier, known, version)

    def measures(self, classifier, known):
        told["measured"].append(known.validation.items.tolist())
        return measure(self, classifier, known)

    monkeypatch.setattr(learning.Learner, "_fit", fits)
    monkeypatch.setattr(learning.Learner, "_measured", measures)
    return told


def learned(game, labels, every=10, annotator="ann", says=None):
    """Begin, label, and learn after each `every` labels; return the orders in force on the way."""
    game.learner.begin()
    orders = [game.order]
    for _ in range(labels // every):
        game.label(every, annotator, says)
        if game.learn() is not None:
            orders.append(game.order)
    return orders


# The validation set


def test_the_validation_set_comes_first_where_that_is_wanted(store):
    game = Game(store, corpus(120), validation=15, validation_first=True)
    game.learner.begin()
    assert game.label(10) + game.label(5, "bob") == game.held_out
    assert game.learn() is None and "all so far are to measure by" in game.learner.lacking
    after = set(game.label(10))
    assert not after & set(game.held_out)
    assert game.must_learn().validation_labels == 15


def test_else_it_is_the_first_of_the_random_picks(store):
    game = Game(store, corpus(200), validation=12, random_share=0.5)
    game.learner.begin()
    items = game.label(60)
    told = events.history(store, game.id, limit=100)[::-1]
    random = [each.item for each in told if each.strategy == "random"]
    assert [each.item for each in told] == items and len(random) > 20
    assert random[:12] == game.held_out
    assert not {each.item for each in told if each.strategy != "random"} & set(game.held_out)


def test_before_the_first_order_not_all_labels_are_to_measure_by(store):
    game = Game(store, corpus(100), validation=40, random_share=0.2)
    items = game.label(30)
    held = set(game.held_out)
    assert 0 < sum(item in held for item in items) < 15


@pytest.mark.parametrize("first", [True, False])
def test_no_model_learns_from_a_validation_text_or_a_copy_of_one(store, seen, first):
    """Forty texts are written twice; whoever labels is asked for copies too, by the random order."""
    game = Game(store, corpus(160, copies=40), validation=25, validation_first=first, random_share=0.4)
    orders = learned(game, 90)
    groups = duplicate_groups(game.corpus.texts)
    held = groups[game.held_out]
    copies = set(np.flatnonzero(np.isin(groups, held)).tolist())
    assert len(copies) > 30 and len(seen["fitted"]) > 3, "the test must mean something"
    labelled = {each.item for each in consensus.opinions(store, game.id)}
    for item in copies - labelled:  # somebody brings the rest
        game.say(item, "eve", game.true(item))
    game.must_learn()
    assert all(not copies & set(rows) for rows in seen["fitted"])
    assert set(seen["fitted"][-1]) == labelled - copies
    assert all(not copies & set(order) for order in (*orders, game.order)), "no order asks for one"
    assert all(set(rows) <= set(game.held_out) for rows in seen["measured"])
    assert set(seen["measured"][-1]) == set(game.held_out)


def test_the_estimate_rests_on_the_validation_labels_alone(store):
    """The people are right there, and nowhere else."""
    game = Game(store, corpus(120), validation=30)
    held = set(game.held_out)
    for item in range(120):
        game.say(item, "ann", game.true(item) if item in held else 1 - game.true(item))
    found = game.must_learn()
    assert found.validation is not None and found.validation.n == 30 == found.validation_labels
    assert found.labels == 90 and found.validation.accuracy < 0.2
    assert np.mean(np.array(found.details["held_out"]) == game.corpus.labels[game.held_out]) < 0.2


@pytest.mark.parametrize("validation", [30, 31, 500])
def test_a_validation_set_that_leaves_nothing_is_refused(store, validation):
    settings = LabelSettings(classes=("bad", "good"), validation=validation)
    with pytest.raises(
        BadInput, match=r"^A validation set of \d+ texts leaves nothing of 30 to learn from; "
    ):
        sessions.create(store, "Too small", "demo-1", 30, settings)
    assert sessions.list_sessions(store) == []


def test_few_validation_labels_calibrate_nothing(store):
    game = Game(store, corpus(200), validation=40, random_share=0.2)
    held = game.held_out
    rest = [row for row in range(200) if row not in held]
    for item in rest[:30] + held[: learning.CALIBRATION - 1]:
        game.say(item, "ann", game.true(item))
    game.must_learn()
    raw = models.predictions(game.id, 1)
    model = game.learner._model
    assert model and raw is not None and np.allclose(raw, model.predict_proba(game.learner.x), atol=1e-6)
    game.say(held[learning.CALIBRATION - 1], "ann", game.true(held[learning.CALIBRATION - 1]))
    game.must_learn()
    calibrated = models.predictions(game.id, 2)
    assert calibrated is not None
    assert (raw.argmax(axis=1) == calibrated.argmax(axis=1)).all(), "the same model of the same labels"
    assert not np.allclose(raw, calibrated)


# What is asked


def test_the_next_text_is_the_first_of_the_order_that_is_free(either):
    game = Game(either, corpus(150), random_share=0.0, validation_first=True, validation=5)
    game.learner.begin()
    game.label(25)
    claims.take(either, game.id, "bob", 2)  # three of the old order are on bob's page
    game.must_learn()
    order = game.order
    held = {each.item for each in claims.take(either, game.id, "bob", 2)}
    free = [item for item in order if item not in held]
    assert game.label(1) == free[:1]
    for item in sorted(held):
        game.say(item, "bob", game.true(item))
    taken = [claims.take(either, game.id, name)[0].item for name in ("ann", "bob")]
    assert taken == [item for item in free[1:] if item not in held][:2]
    assert claims.take(either, game.id, "ann")[0].model_version == "v1"


def test_the_same_answers_give_the_same_versions_orders_and_predictions(store, tmp_path):
    told = []
    for _ in range(2):
        game = Game(store, corpus(150, own=0.5), validation=25, strategy=Component(name="auto"))
        orders = learned(game, 60, every=20)
        game.learner = game.new_learner()  # a trainer that is started again in between
        game.label(10)
        game.must_learn()
        versions = models.versions(store, game.id)
        details = [each.details | {"fit_seconds": 0} for each in versions]
        predictions = models.predictions(game.id, versions[-1].version)
        told.append((orders, game.order, details, np.array(predictions)))
    one, other = told
    assert one[:3] == other[:3] and len(one[2]) >= 3
    assert (one[3] == other[3]).all()


def test_half_labelled_texts_come_first(either):
    game = Game(either, corpus(120), overlap=2, validation=10, random_share=0.1)
    game.learner.begin()
    by_ann = game.label(20)
    both = by_ann[:8]
    for item in both:
        game.say(item, "bob", game.true(item))
    game.must_learn()
    half = [item for item in sorted(by_ann[8:]) if item not in game.held_out]
    assert game.order[: len(half)] == half and not set(both) & set(game.order)
    random = set(game.held_out)
    offered = [item for item in game.label(len(half), "bob") if item not in random]
    assert offered == half[: len(offered)] and len(offered) > 3
    assert not set(half) & set(game.label(5, "ann")), "nobody is asked twice"


def test_what_a_person_skipped_is_not_in_the_way(either):
    """It goes to others through the claims; an order of texts that all were skipped would ask nobody."""
    game = Game(either, corpus(100), validation=5)
    game.learner.begin()
    skipped = game.label(15, says=lambda item: None)
    game.label(15)
    game.must_learn()
    assert not set(skipped) & set(game.order)
    assert set(skipped) <= set(game.label(20, "bob")), "but others are offered it"


def test_copies_are_not_asked_about_again(store):
    """Of equal texts one is asked about, before there is a model and after; the random order may hold all."""
    game = Game(store, corpus(120, copies=50), validation=5)
    groups = duplicate_groups(game.corpus.texts)
    orders = learned(game, 40)
    assert len(orders) > 2
    for order in orders:
        assert len(np.unique(groups[order])) == len(order)
    labelled = [each.item for each in consensus.opinions(store, game.id)]
    assert not set(groups[labelled]) & set(groups[game.order])


def test_blank_texts_are_never_asked_about(store):
    made = corpus(80)
    for row in (3, 17, 40):
        made.texts[row] = " \n\t"
    filled = [row for row in range(80) if made.texts[row].strip()]
    game = Game(store, made, filled, validation=10)
    orders = learned(game, 70)
    assert len(orders) > 3 and all(not {3, 17, 40} & set(order) for order in orders)
    assert sorted(game.label(100) + [each.item for each in consensus.opinions(store, game.id)])[-1] < 80
    assert {each.item for each in consensus.opinions(store, game.id)} == set(filled)
    predictions = models.predictions(game.id, models.versions(store, game.id)[-1].version)
    assert predictions is not None and len(predictions) == 80 and np.isfinite(predictions).all()


def test_when_all_is_labelled_there_is_nothing_to_ask(store):
    game = Game(store, corpus(45, copies=5), validation=8)
    game.learner.begin()
    assert sorted(game.label(100)) == list(range(45)), "copies too: somebody may want each label"
    found = game.must_learn()
    assert len(game.order) == 1 and claims.take(store, game.id, "ann") == []
    assert found.details["stop_set"]["uncertainty"] is None
    predictions = models.predictions(game.id, 1)
    assert predictions is not None and predictions.shape == (45, 2)


def test_a_pool_that_is_smaller_than_a_batch_is_asked_for_whole(store):
    game = Game(store, corpus(24), validation=4, retrain_every=50)
    game.learner.begin()
    assert sorted(game.order) == sorted(set(range(24)) - set(game.held_out))
    game.label(12)
    game.must_learn()
    labelled = {each.item for each in consensus.opinions(store, game.id)}
    assert set(game.order) == set(range(24)) - labelled - set(game.held_out)


def test_a_pool_of_copies_of_the_validation_set_leaves_nothing_to_ask(store):
    made = corpus(12)
    made.texts[:] = [made.texts[0]] * 12
    game = Game(store, made, validation=3)
    game.learner.begin()
    game.label(12)
    assert game.learn() is None and claims.take(store, game.id, "ann") == []


def test_a_strategy_that_refits_chooses_one_batch(store):
    game = Game(store, corpus(60), validation=5, strategy=Component(name="expected_error"))
    game.learner.begin()
    game.label(20)
    game.must_learn()
    assert len(game.order) == learning.BATCH


# What is learned


def test_one_class_alone_teaches_nothing_until_the_second_comes(store):
    game = Game(store, corpus(80), validation=5)
    game.learner.begin()
    first = game.order
    assert game.learn() is None and game.learner.lacking == "Waiting for labels of a second class."
    game.label(12, says=lambda item: 0)
    assert game.learn() is None and game.learner.lacking == "Waiting for labels of a second class."
    assert models.latest(store, game.id) is None and game.order == first
    free = next(item for item in first if item not in [e.item for e in consensus.opinions(store, game.id)])
    game.say(free, "ann", 1)
    assert game.must_learn().version == 1 and game.order != first


def test_three_classes_of_which_one_has_no_label(store):
    game = Game(store, corpus(150, classes=3), validation=30, random_share=0.4)
    game.learner.begin()
    game.label(60, says=lambda item: None if game.true(item) == 2 else game.true(item))
    found = game.must_learn()
    assert found.details["per_class"][2] == 0 and min(found.details["per_class"][:2]) > 0
    predictions = models.predictions(game.id, 1)
    assert predictions is not None and predictions.shape == (150, 3) and (predictions[:, 2] > 0).all()
    assert found.validation is not None and len(found.validation.confusion) == 3
    game.label(30, "bob")
    assert game.must_learn().details["per_class"][2] > 0


def test_a_tie_is_not_learned_from_and_a_decision_settles_it(store, seen):
    game = Game(store, corpus(80), overlap=2, validation=5)
    game.learner.begin()
    items = [item for item in game.label(25) if item not in game.held_out]
    tie = items[0]
    game.say(tie, "bob", 1 - game.true(tie))
    game.must_learn()
    assert tie not in seen["fitted"][-1] and set(items[1:]) <= set(seen["fitted"][-1])
    assert tie not in game.order, "two people have answered it"
    decision = str(uuid.uuid4())
    events.append(store, Answer(decision, game.id, tie, "eve", "decide", 1 - game.true(tie)))
    assert events.undo(store, game.id, "eve", str(uuid.uuid4())) is None, "the desk takes no decision back"
    assert consensus.decisions(store, game.id) == {tie: 1 - game.true(tie)}
    game.must_learn()
    assert tie in seen["fitted"][-1]
    assert events.undo(store, game.id, "eve", str(uuid.uuid4()), kinds=("decide",))
    game.must_learn()
    assert tie not in seen["fitted"][-1]


def test_a_closer_look_leaves_the_model_as_it_was(store, monkeypatch):
    game = Game(store, corpus(150), validation=30, random_share=0.5)
    game.learner.begin()
    game.label(80)
    found = game.must_learn()
    assert found.details["paying"] is not None and found.details["second_look"] is not None
    recipe, model = learning.saved.load(models.file(game.id, models.latest(game.store, game.id).version))
    assert recipe.n_classes == 2
    after = game.learner._showing.predict(np.arange(150))
    before = models.predictions(game.id, 1)
    assert np.allclose(before, after, atol=1e-6), "the one in memory"
    assert np.allclose(before, model.predict_proba(game.learner.x), atol=1e-6), "the one on disk"
    monkeypatch.setattr(learning, "QUICK", 0.0)
    slow = game.must_learn()
    assert slow.details["too_slow"] and slow.details["paying"] is None


def test_labels_that_were_brought_are_no_labels_asked_for(store):
    game = Game(store, corpus(100), validation=5)
    answers = [
        Answer(str(uuid.uuid4()), game.id, item, "file", "label", game.true(item)) for item in range(40)
    ]
    assert events.append_labels(store, game.id, answers, "import") == (40, 0)
    game.learner.begin()
    asked = [item for item in game.label(10) if item not in game.held_out]
    known = game.learner._labels()
    assert set(game.learner._asked_for(known.training).items.tolist()) <= set(asked)
    assert len(known.training) > 40


def test_an_error_in_the_closer_look_leaves_the_order_in_force(store, monkeypatch):
    game = Game(store, corpus(80), validation=5)
    game.learner.begin()
    game.label(20)

    def broken(*_, **__):
        raise RuntimeError("no words")

    monkeypatch.setattr(learning.highlights, "keep", broken)
    with pytest.raises(RuntimeError):
        game.learn()
    found = models.latest(store, game.id)
    ranking = rankings.current(store, game.id)
    assert found and found.version == 1 and ranking and ranking.model_version == "v1"


@pytest.mark.xdist_group("networks")
@pytest.mark.parametrize(
    ("features", "classifier"),
    [
        (Component(name="tfidf_svd", params={}), Component(name="small_network", params={"epochs": 3})),
        (Component(name="tokens", params={}), Component(name="ngram_bag", params={"epochs": 2})),
    ],
)
def test_a_network_goes_the_same_way(store, features, classifier):
    game = Game(store, corpus(80), validation=10, features=features, classifier=classifier)
    game.learner.begin()
    game.label(20)
    first = game.must_learn()
    before = np.array(models.predictions(game.id, 1))
    game.label(5)
    second = game.must_learn()
    assert (first.version, second.version) == (1, 2) and second.labels > first.labels
    assert before.shape == (80, 2) and np.allclose(before.sum(axis=1), 1, atol=1e-4)
    _, model = learning.saved.load(models.file(game.id, models.latest(game.store, game.id).version))
    assert np.allclose(
        np.array(models.predictions(game.id, 2)), model.predict_proba(game.learner.x), atol=1e-4
    ), "the closer look has left the weights alone"


# How long it takes


@pytest.mark.alone
def test_from_a_csv_without_labels_to_the_first_model(store, capsys):
    """With the settings that a session has by itself; whoever labels knows what the reviews mean."""
    demo = DemoCorpus(rows=1000, difficulty=0.5, noise=0.0, seed=0).read(unheard)
    lines = "text\r\n" + "".join(f'"{text}"\r\n' for text in demo.texts)
    started = time.perf_counter()
    made = import_table(read_table("reviews.csv", lines.encode()), "text", None, "Reviews")
    assert made.texts == demo.texts and made.classes == ()
    own = LabelSettings(classes=demo.classes)
    given = {name: getattr(own, name) for name in ("classes", "strategy", "features", "validation")}
    game = Game(store, made, **given)
    game.learner.begin()
    ready = time.perf_counter()
    game.label(20, says=lambda item: int(demo.labels[item]))
    labelled = time.perf_counter()
    found = game.must_learn()
    done = time.perf_counter()
    with capsys.disabled():
        print(
            f"\n1,000 texts: first order after {ready - started:.1f} s, 20 labels {labelled - ready:.1f} s, "
            f"first model {done - labelled:.1f} s after the last of them"
        )
    assert found.version == 1 and found.spent == 20
    (held,) = claims.take(store, game.id, "bob")
    assert held.model_version == "v1" or held.strategy == "random"
    assert done - started < 60, "of the machine's time"


def test_a_learner_needs_a_corpus_that_is_there(store):
    session_id = sessions.create(store, "None", "gone", 50, LabelSettings(classes=("a", "b"), validation=5))
    with pytest.raises(BadInput, match="There is no corpus gone"):
        learning.Learner(store, sessions.session(store, session_id), unheard, go_on)
