from __future__ import annotations

import pytest

from al_core import catalogue
from al_core.config import Component
from al_core.planning import Sizes, plan
from al_core.presets import PRESETS

PUBLISHED = Sizes(initial=15_000, validation=5_000, test=5_000, pool=25_000)


def config(name="tutorial-imdb", **cycle):
    made = catalogue.validated(PRESETS[name].config)
    return made.model_copy(update={"cycle": made.cycle.model_copy(update=cycle)})


def test_published_plan():
    found = plan(config(), PUBLISHED)
    assert (found.labels, found.rounds, found.fits) == (30_000, 3, 5)
    assert 5 * 60 < found.seconds < 40 * 60


def test_rounds_end_with_the_pool():
    found = plan(config(rounds=50, batch_size=6000, baseline=False), PUBLISHED)
    assert (found.labels, found.rounds, found.fits) == (40_000, 5, 6)


def test_time_follows_the_measured_speed_and_the_strategy():
    base = plan(config(), PUBLISHED).seconds
    assert plan(config(), PUBLISHED, speed=2.0).seconds == pytest.approx(2 * base, rel=0.05)
    assert plan(config("tutorial-imdb-corrected"), PUBLISHED).seconds > base, "the pool is predicted"


def test_a_committee_is_dear_and_says_so():
    made = catalogue.validated(
        config().model_copy(update={"strategy": Component(name="committee", params={"members": 10})})
    )
    plain, dear = plan(config(), PUBLISHED), plan(made, PUBLISHED)
    assert dear.asking_seconds > 4 * plain.seconds > 4 * plain.asking_seconds
    assert dear.seconds == pytest.approx(plain.seconds - plain.asking_seconds + dear.asking_seconds)
    assert dear.fits == plain.fits, "fits of the run's own model"


def test_trial_fits_grow_with_the_classes():
    made = catalogue.validated(config().model_copy(update={"strategy": Component(name="expected_error")}))
    two, six = (plan(made, PUBLISHED, classes=classes).asking_seconds for classes in (2, 6))
    assert six > 2.5 * two
