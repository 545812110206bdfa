"""From a finished run and from a labelling session to a promoted model that answers as they do."""

from __future__ import annotations

import json
import time
import uuid

import numpy as np
import pytest
from game import Game, corpus
from small_run import SMALL

from al_core import keeping, paths
from al_core.config import Component
from al_core.deploy import finding, reader
from al_core.deploy.export import fingerprint
from al_core.deploy.face import ModelBench, Promotion
from al_core.errors import BadInput
from al_core.evaluation.decisions import Prices
from al_core.labelling import added
from al_core.store.models import Origin
from al_core.workbench import Workbench
from al_core.worker import starter
from al_core.worker.promote import promote
from al_core.worker.run import run

START = starter.start_promoting
CONFIG = SMALL.model_copy(update={"name": "Small"})


@pytest.fixture
def bench(monkeypatch):
    found = Workbench()
    # The test prepares what is promoted in its own process.
    monkeypatch.setattr("al_core.worker.starter.start_promoting", lambda *_: True)
    yield found
    found.store.close()


@pytest.fixture
def finished(bench):
    run_id = bench.create(CONFIG)
    assert run(bench.store, run_id) == "finished"
    return run_id


def promotion(**more):
    return Promotion(**({"name": "small", "threshold": 0.4, "prices": Prices(5, 1), "by": "Ada"} | more))


def test_a_round_is_promoted_and_answers_as_the_run_did(bench, finished):
    assert bench.models.rounds(finished) == [0, 1, 2]
    version = bench.models.promote(Origin(run_id=finished, round=1), promotion(note="*good*"))
    assert promote(bench.store, "small", version) == "ready"
    model = reader.load(bench.models.folder("small"))
    kept = keeping.predictions(paths.models_of(finished), 1)
    config = bench.run(finished).run_config()
    record = bench.corpus(bench.corpus_key(config.corpus))
    assert model.classes == record.classes
    from al_core import experiment
    from al_core.corpus.cache import open_corpus
    from al_core.corpus.profile import duplicate_groups

    texts = open_corpus(config.corpus, lambda *_: None)
    split = experiment.split_of(config, texts, duplicate_groups(texts.texts), lambda *_: None)
    found = model.predict_proba([texts.texts[row] for row in split.test])
    np.testing.assert_allclose(found, kept.test, atol=1e-6)
    assert model.threshold == 0.4
    assert (model.about["name"], model.about["version"]) == ("small", version), "what a server calls it"
    about = model.about["about"]
    assert about["origin"] == {"run": finished, "name": "Small", "round": 1}
    assert about["metrics"]["test"]["accuracy"] == pytest.approx(
        bench.rounds(finished).set_index("round").loc[1, "test_accuracy"]
    )
    learned, labels = bench.models.learned_from("small", version)
    assert len(learned) == len(labels) == 60


def test_the_decision_is_the_runs_own(bench, finished):
    found = bench.models.decisions(finished, 2)
    rounds = bench.rounds(finished).set_index("round")
    assert (found.at(0.5).fn, found.at(0.5).fp) == tuple(
        rounds.loc[2, ["validation_fn", "validation_fp"]].astype(int)
    )
    outcome = bench.models.confirm(finished, 2, 0.5)
    assert (outcome.fn, outcome.fp) == tuple(rounds.loc[2, ["test_fn", "test_fp"]].astype(int))
    assert bench.models.looks(finished) == [(2, 0.5)]
    assert bench.models.confirm(finished, 2, 0.5) == outcome
    assert bench.models.looks(finished) == [(2, 0.5)], "to see it again is no new look"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "No Spaces"}, "small letters"),
        ({"name": "../up"}, "small letters"),
        ({"threshold": 1.5}, "between 0 and 1"),
        ({"threshold": float("nan")}, "between 0 and 1"),
        ({"prices": Prices(-1, 1)}, "0 or more"),
        ({"prices": Prices(1e308, 1)}, "at most"),
        ({"prices": Prices(float("nan"), 1)}, "0 or more"),
        ({"by": " "}, "Say who"),
        ({"note": "x" * 10_001}, "at most"),
    ],
)
def test_a_wrong_promotion_changes_nothing(bench, finished, more, words):
    with pytest.raises(BadInput, match=words):
        bench.models.promote(Origin(run_id=finished, round=1), promotion(**more))
    assert bench.models.models() == []


def test_a_round_without_a_model_cannot_be_promoted(bench, finished):
    with pytest.raises(BadInput, match="was not kept"):
        bench.models.promote(Origin(run_id=finished, round=9), promotion())
    assert bench.models.models() == []


def test_a_promoted_version_outlives_its_runs_files(bench, finished):
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion())
    keeping.model(paths.models_of(finished), 2).unlink()
    assert promote(bench.store, "small", version) == "ready"


def test_one_promotion_is_not_begun_twice(bench, finished):
    bench.models.promote(Origin(run_id=finished, round=2), promotion())
    with pytest.raises(BadInput, match="being prepared from it already"):
        bench.models.promote(Origin(run_id=finished, round=2), promotion())
    bench.models.promote(Origin(run_id=finished, round=1), promotion())
    assert len(bench.models.models()) == 2


def test_a_folder_of_another_store_is_left_alone(bench, finished):
    other = paths.models("small", 1) / "model.npz"
    other.write_bytes(b"of another store")
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion())
    assert version == 2 and other.read_bytes() == b"of another store"
    assert bench.models.model("small", 1).state == "failed"
    assert promote(bench.store, "small", version) == "ready"


def prepared(bench, run_id, **more):
    """Return what the export of round 2 says of itself, and its card."""
    version = bench.models.promote(Origin(run_id=run_id, round=2), promotion(**more))
    assert promote(bench.store, "small", version) == "ready"
    card = (bench.models.folder("small", version) / "README.md").read_text()
    return bench.models.about("small", version)["about"], card


def test_the_card_tells_the_errors_at_the_threshold(bench, finished):
    about, card = prepared(bench, finished, threshold=0.9)
    outcome = bench.models.decisions(finished, 2).at(0.9)
    told = about["decided"]["validation"]
    assert (told["fn"], told["fp"]) == (outcome.fn, outcome.fp)
    assert f"{outcome.fn:,} false negatives, {outcome.fp:,} false positives" in card
    assert "Price of a false negative: 5; of a false positive: 1." in card


def test_preparing_a_version_is_no_look_at_the_test_split(bench, finished):
    for threshold in (0.2, 0.4, 0.6):
        about, card = prepared(bench, finished, threshold=threshold)
        assert "test" not in about["decided"] and "So decided, test" not in card
        assert "Not confirmed on test. Looks at the test split to confirm a decision" in card
    assert bench.models.looks(finished) == []
    outcome = bench.models.confirm(finished, 2, 0.6)
    bench.models.confirm(finished, 1, 0.2)
    about, card = prepared(bench, finished, threshold=0.6)
    assert (about["decided"]["test"]["fn"], about["decided"]["test"]["fp"]) == (outcome.fn, outcome.fp)
    assert "- Confirmed on test." in card and "up to this export: 2." in card
    about, card = prepared(bench, finished, threshold=0.2)
    assert "test" not in about["decided"], "another round's look"
    assert bench.models.looks(finished) == [(2, 0.6), (1, 0.2)]


def test_a_price_that_nobody_set_is_not_told(bench, finished):
    about, card = prepared(bench, finished, threshold=None)
    assert "prices" not in about and "Price" not in card
    of_run = finding.find(bench.store, finished, lambda *_: None).folder
    assert "Price" not in (of_run / "README.md").read_text()


def test_the_card_of_a_strategy_that_steers_on_test_says_so(bench, finished):
    assert "the test texts chose nothing" in prepared(bench, finished)[1]
    run_id = bench.create(CONFIG.model_copy(update={"strategy": Component(name="ratio_published")}))
    assert run(bench.store, run_id) == "finished"
    _, card = prepared(bench, run_id)
    assert "chose nothing" not in card and "the test texts are not clean either" in card
    assert "**Caution**: Steers on the test split" in card


def test_the_fingerprint_is_of_what_was_learned(bench, finished):
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion())
    assert promote(bench.store, "small", version) == "ready"
    learned = json.loads((bench.models.folder("small") / "model.json").read_text())["data"]["learned"]
    texts, classes = bench.models.learned_from("small", version)
    names = bench.models.about("small", version)["classes"]
    from al_core.corpus.cache import open_corpus

    place = {text: row for row, text in enumerate(open_corpus(CONFIG.corpus, lambda *_: None).texts)}
    pairs = sorted((place[text], text, names.index(name)) for text, name in zip(texts, classes, strict=True))
    own = fingerprint([text for _, text, _ in pairs], [label for *_, label in pairs])
    assert learned == {"texts": 80, "sha256": own}
    assert own in (bench.models.folder("small") / "README.md").read_text()


def test_an_export_that_fails_says_so(bench, finished, monkeypatch):
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion())
    (paths.models("small", version) / "model.npz").write_bytes(b"nothing")
    assert promote(bench.store, "small", version) == "failed"
    assert "damaged" in bench.models.model("small", version).message
    with pytest.raises(BadInput, match="no model"):
        bench.models.folder("small")


def test_what_was_prepared_is_not_prepared_again(bench, finished):
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion())
    promote(bench.store, "small", version)
    with pytest.raises(BadInput, match="nobody asked"):
        promote(bench.store, "small", version)


def test_models_are_found_by_name_run_and_folder(bench, finished, tmp_path):
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion())
    promote(bench.store, "small", version)
    folder = finding.find(bench.store, "small", lambda *_: None).folder
    assert folder == finding.find(bench.store, f"small:{version}", lambda *_: None).folder
    assert folder == finding.find(bench.store, str(folder), lambda *_: None).folder
    of_run = finding.find(bench.store, f"{finished}:0", lambda *_: None).folder
    assert json.loads((of_run / "model.json").read_text())["about"]["origin"]["round"] == 0
    assert finding.find(bench.store, f"{finished}:0", lambda *_: None).folder == of_run
    for nothing in ("small:9", "nobody", "a/b", f"{finished}:9"):
        with pytest.raises(BadInput):
            finding.find(bench.store, nothing, lambda *_: None)


def test_a_sessions_model_is_promoted(store, monkeypatch):
    monkeypatch.setattr("al_core.worker.starter.start_promoting", lambda *_: True)
    game = Game(store, corpus(), validation=40)
    bench = ModelBench(store)
    with pytest.raises(BadInput, match="not on this machine"):
        bench.promote_session(game.id, 1, promotion())
    game.label(120)
    game.learn()
    game.label(20)
    game.must_learn()
    found = bench.session_decisions(game.id, 1)
    assert found is not None and found.n > 0
    # Chosen on the first model while the trainer has put a second one in force.
    version = bench.promote_session(game.id, 1, promotion())
    assert promote(store, "small", version) == "ready"
    model = reader.load(bench.folder("small"))
    from al_core.labelling import models as session_models

    texts = game.corpus.texts
    told = session_models.predictions(game.id, 1)
    np.testing.assert_allclose(model.predict_proba(texts)[:, 1], told[:, 1], atol=1e-6)
    learned, labels = bench.learned_from("small", version)
    assert 0 < len(learned) == len(labels)


def test_the_fingerprint_of_a_sessions_model_is_of_peoples_labels_and_of_texts_sent_later(store, monkeypatch):
    monkeypatch.setattr("al_core.worker.starter.start_promoting", lambda *_: True)
    game = Game(store, corpus(), validation=40)
    sent = added.add(store, game.id, game.corpus.texts, {str(uuid.uuid4()): "quite new and neat"}, "Eve")
    for each in sent:
        game.say(each.item, "ann", 1)
    # People say the opposite of the file, and always have the last word.
    game.label(60, says=lambda item: 1 - game.true(item) if item < len(game.corpus) else 1)
    bench = ModelBench(store)
    told = game.must_learn()
    version = bench.promote_session(game.id, told.version, promotion(threshold=None))
    assert promote(store, "small", version) == "ready"
    learned = json.loads((bench.folder("small") / "model.json").read_text())["data"]["learned"]
    texts, classes = bench.learned_from("small", version)
    assert "quite new and neat" in texts and learned["texts"] == len(texts) == told.labels
    labels = [game.corpus.classes.index(name) for name in classes]
    assert (
        learned["sha256"] == fingerprint(texts, labels) != fingerprint(texts, [1 - each for each in labels])
    )


def test_the_real_process_prepares_it(bench, finished):
    version = bench.models.promote(Origin(run_id=finished, round=2), promotion(name="real"))
    assert START(bench.store, "real", version)
    until = time.monotonic() + 60
    while bench.models.model("real", version).state == "preparing" and time.monotonic() < until:
        time.sleep(0.2)
    assert bench.models.model("real", version).state == "ready", bench.models.log("real", version)
    assert bench.models.in_use() == {"real": version}
