"""The blog's preset on a small file of song lines."""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest

from al_core import catalogue, configfile
from al_core.config import Component
from al_core.corpus.cache import open_corpus
from al_core.errors import BadInput
from al_core.experiment import build
from al_core.loop import Cycle
from al_core.presets import PRESETS, preset

SMALL = [
    "split.initial=20",
    "split.validation=30",
    "split.test=120",
    "cycle.rounds=2",
    "cycle.batch_size=40",
]


@pytest.fixture
def lyrics(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    words = (("street", "money", "crew"), ("love", "baby", "night"))
    lines = [
        f"{words[i % 2][rng.integers(3)]} {'abcdefgh'[rng.integers(8)] * 2} {i},{i % 2}" for i in range(400)
    ]
    file = tmp_path / "lines.csv"
    file.write_text("lyric,class\n" + "\n".join(lines + lines[:100]) + "\n")
    monkeypatch.setenv("AL_LYRICS_CSV", str(file))


def made(*words):
    return build(configfile.override(preset("blog-lyrics").config, [*SMALL, *words]), lambda *_: None)


@pytest.mark.parametrize("strategy", ["random", "least_confidence", "entropy", "discriminative"])
def test_the_blogs_experiment_runs_and_tells_copies_apart(lyrics, strategy):
    experiment = made(f"strategy={strategy}")
    assert np.bincount(experiment.labels[experiment.split.initial]).tolist() == [10, 10]
    assert len(experiment.test_copies) == 120 and experiment.test_copies.sum() == experiment.split.leaked_test
    rounds = list(Cycle(experiment, Mock()).rounds())
    assert [each.labels for each in rounds] == [350, 20, 60, 100]
    for each in rounds:
        whole = np.where(experiment.test_copies, each.test.seen, each.test.unseen).mean()
        assert each.test.accuracy == pytest.approx(whole)
        assert [row for row, _ in each.test.first] == experiment.split.test[:15].tolist()
        assert each.validation.seen is each.validation.unseen is None
    texts = open_corpus(experiment.config.corpus, lambda *_: None).texts
    training = np.union1d(experiment.split.initial, experiment.split.pool)
    known = {texts[row] for row in training.tolist()}
    assert [texts[row] in known for row in experiment.split.test.tolist()] == experiment.test_copies.tolist()


def test_seeds_share_the_test_lines_and_draw_other_initial_ones(lyrics):
    one, other = made("seed=1"), made("seed=2")
    np.testing.assert_array_equal(one.split.test, other.split.test)
    assert not np.array_equal(one.split.initial, other.split.initial)


def test_nothing_is_told_apart_where_copies_stay_together(lyrics):
    experiment = made("split.group_duplicates=true", "cycle.rounds=0", "cycle.baseline=false")
    assert experiment.test_copies is None
    (only,) = Cycle(experiment, Mock()).rounds()
    assert only.test.seen is None


def test_without_its_file_the_preset_says_where_to_put_it():
    config = catalogue.validated(preset("blog-lyrics").config)
    with pytest.raises(BadInput, match=r"There is no file .*lyrics_pop_rap\.csv; put it there"):
        build(config, lambda *_: None)


def test_a_sweep_begins_with_the_strategies_of_the_source():
    assert preset("blog-lyrics").strategies == ("random", "least_confidence", "entropy", "discriminative")
    assert preset("tutorial-imdb").strategies == ("ratio_published", "ratio_corrected")
    assert preset("demo").strategies == ("least_confidence",)


@pytest.mark.parametrize("name", PRESETS)
def test_every_strategy_of_a_preset_runs_with_the_rest_of_it(name):
    found = preset(name)
    assert found.config.strategy.name in found.strategies
    for each in found.strategies:
        catalogue.validated(found.config.model_copy(update={"strategy": Component(name=each)}))
