"""From a config to an experiment: the starter's initial set, the stop set, the wrappers."""

from __future__ import annotations

import numpy as np
import pytest

from al_core import catalogue
from al_core.config import Component, SplitSettings, StopSettings
from al_core.errors import BadInput
from al_core.experiment import build
from al_core.presets import PRESETS
from al_core.starters import REGISTRY as STARTERS


def config(**changes):
    demo = PRESETS["demo"].config.model_copy(
        update={
            "corpus": Component(name="demo", params={"rows": 500}),
            "split": SplitSettings(initial=40, validation=60, test=80),
            "features": Component(name="tfidf"),
            "classifier": Component(name="logistic"),
        }
    )
    return catalogue.validated(demo.model_copy(update=changes))


def made(**changes):
    return build(config(**changes), lambda *_: None)


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_a_starter_chooses_the_initial_set_and_nothing_else_moves(name):
    plain, started = made().split, made(starter=Component(name=name)).split
    np.testing.assert_array_equal(started.validation, plain.validation)
    np.testing.assert_array_equal(started.test, plain.test)
    assert len(started.initial) == 40 and len(np.intersect1d(started.initial, started.pool)) == 0
    both = np.union1d(plain.initial, plain.pool)
    np.testing.assert_array_equal(np.union1d(started.initial, started.pool), both)
    assert np.array_equal(started.initial, plain.initial) == (name == "split")
    np.testing.assert_array_equal(made(starter=Component(name=name)).split.initial, started.initial)


def test_a_starter_sees_texts_even_where_the_model_reads_word_numbers():
    split = made(
        starter=Component(name="kmeans"),
        features=Component(name="tokens"),
        classifier=Component(name="bilstm"),
    ).split
    assert len(split.initial) == 40


def test_the_stop_set_is_of_the_pool_and_there_only_if_a_criterion_wants_it():
    assert len(made().stop_rows) == 0
    stop = config().stop.model_copy(update={"criteria": (Component(name="kappa"),)})
    found = made(stop=stop)
    assert len(found.stop_rows) and np.isin(found.stop_rows, found.split.pool).all()
    np.testing.assert_array_equal(made(stop=stop).stop_rows, found.stop_rows)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"features": Component(name="tokens")}, "cannot read"),
        ({"strategy": Component(name="bald", params={"source": "dropout"})}, "cannot give"),
        (
            {
                "strategy": Component(name="stream_fixed"),
                "wrappers": (Component(name="epsilon_random"),),
            },
            "one by one",
        ),
        (
            {"wrappers": (Component(name="subsampled", params={"size": 100}),)},
            "must be larger than the batch",
        ),
        (
            {"stop": StopSettings(criteria=(Component(name="cost_at_most"),))},
            "needs a price per answer",
        ),
        (
            {
                "features": Component(name="tokens"),
                "classifier": Component(name="bilstm", params={"dropout": 0.0}),
                "strategy": Component(name="bald", params={"source": "dropout"}),
            },
            "cannot give",
        ),
        ({"wrappers": (Component(name="nonsense"),)}, "no wrapper named"),
        ({"starter": Component(name="nonsense")}, "no starter named"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(changes, words):
    with pytest.raises(BadInput, match=words):
        config(**changes)


@pytest.mark.parametrize("name", catalogue.REGISTRIES["classifiers"])
def test_a_classifier_can_read_its_usual_features(name):
    build = catalogue.REGISTRIES["classifiers"][name].build
    assert catalogue.gives(build.usual_features) == build.reads
