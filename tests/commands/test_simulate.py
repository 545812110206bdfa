"""`python -m al_core simulate`: an oracle labels a session."""

from __future__ import annotations

import json

import pytest
from game import Game, corpus

from al_core.__main__ import main
from al_core.labelling import answers, trainers
from al_core.store import open_store
from al_core.worker import reaper, starter


@pytest.fixture
def game(home):
    store = open_store()
    yield Game(store, corpus(80), validation=5)
    store.close()


def test_it_labels_and_learns_in_between(game, capsys):
    assert main(["simulate", game.id, "--labels", "30", "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out.splitlines()[-1])
    assert told["session"] == game.id
    assert [each["labels"] + each["validation_labels"] for each in told["models"]] == [10, 20, 30]
    assert all(0 <= each["accuracy"] <= 1 for each in told["models"] if each["validation_labels"])
    assert captured.err.count("model ") == 3
    standing = answers.current(game.store, game.id)
    assert len(standing) == 30 and all(each.label == game.true(each.item) for each in standing)


def test_at_a_pace_the_trainer_is_left_to_the_session(game, capsys, monkeypatch):
    monkeypatch.setattr(starter, "start_training", lambda store, session_id: False)
    assert main(["simulate", game.id, "--labels", "4", "--pace", "0.01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"session": game.id, "answers": 4}
    assert trainers.trainer(game.store, game.id) is None and reaper.reap(game.store) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing"], "There is no labelling session nothing."),
        (["nothing", "--labels", "0"], "A simulation answers at least one text"),
        (["nothing", "--pace", "-1"], "A simulation answers at least one text"),
    ],
)
def test_bad_input_is_one_sentence(home, capsys, words, sentence):
    assert main(["simulate", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_corpus_without_labels_has_nothing_to_answer_from(home, capsys):
    store = open_store()
    unlabelled = corpus(40)
    unlabelled.labels[:] = -1
    game = Game(store, unlabelled, validation=5)
    assert main(["simulate", game.id]) == 2
    assert "needs the labels that the corpus came with" in capsys.readouterr().err
    store.close()
