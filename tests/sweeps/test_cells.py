"""Which runs a sweep has, and in which order."""

from __future__ import annotations

import pytest

from al_core.config import Component
from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.sweeps.cells import cells, title, with_random

LOGISTIC = {"features": {"name": "tfidf"}, "classifier": {"name": "logistic"}}
LSTM = {"features": {"name": "tokens"}, "classifier": {"name": "bilstm"}}
TWO_CORPORA = [{"corpus": {"name": "demo", "params": {"seed": seed}}} for seed in (1, 2)]


def test_seed_by_seed_the_control_of_each_first(settings):
    found = cells(settings("entropy", "margin", seeds=[7, 3]))
    order = [(cell.config.seed, cell.config.strategy.name) for cell in found]
    assert order == [(seed, name) for seed in (7, 3) for name in ("random", "entropy", "margin")]
    assert [cell.control for cell in found] == [True, False, False] * 2
    assert len({cell.key for cell in found}) == 6


def test_every_combination_once(settings):
    found = cells(settings("entropy", "margin", models=[LOGISTIC, LSTM], data=TWO_CORPORA, seeds=range(3)))
    assert len(found) == 3 * 2 * 2 * 3
    first = [cell.config for cell in found[:12]]
    assert [each.corpus.params["seed"] for each in first] == [1] * 6 + [2] * 6
    assert [each.classifier.name for each in first] == (["logistic"] * 3 + ["bilstm"] * 3) * 2


def test_the_baseline_once_for_each_corpus_model_and_seed(settings):
    found = cells(settings("entropy", "margin", models=[LOGISTIC, LSTM], data=TWO_CORPORA, seeds=[0, 1]))
    fitted = [cell.config for cell in found if cell.config.cycle.baseline]
    groups = {(c.corpus.params["seed"], c.classifier.name, c.seed) for c in fitted}
    assert len(fitted) == len(groups) == 8
    assert all(each.strategy.name == "random" for each in fitted)
    assert not any(cell.config.cycle.baseline for cell in cells(settings("entropy", baseline=False)))
    alone = cells(settings("entropy", "margin", control=False, seeds=[0]))
    assert [cell.config.cycle.baseline for cell in alone] == [True, False]


def test_random_that_is_asked_for_is_the_control(settings):
    found = cells(settings("entropy", "random", "random", seeds=[0]))
    assert [cell.config.strategy.name for cell in found] == ["random", "entropy"]
    wrapped = {"strategy": {"name": "random"}, "wrappers": [{"name": "subsampled"}]}
    found = cells(settings(asking=[wrapped], seeds=[0]))
    assert [cell.control for cell in found] == [True, False]


def test_only_random_beside_something_else_is_a_comparison(settings):
    def told(*asking, **more):
        return with_random(settings(*asking, **more).model_dump(mode="json"))

    assert told("entropy") and told("entropy", "random", control=False)
    assert not told("entropy", "margin", control=False) and not told("random")
    assert told(asking=[{"strategy": {"name": "random"}, "wrappers": [{"name": "subsampled"}]}])
    assert with_random({}), "nobody knows"


def test_what_stands_twice_runs_once(settings):
    given = settings("entropy", "margin", "entropy", control=False, seeds=[1, 1, 2])
    assert len(cells(given)) == 4 and given.seeds == (1, 2)
    default = settings(asking=[{"strategy": {"name": "bald"}}]).asking[0].strategy.params
    spelled = [{"strategy": {"name": "bald"}}, {"strategy": {"name": "bald", "params": default}}]
    assert len(settings(asking=spelled).asking) == 1


def test_an_empty_axis_stays_as_the_base_has_it(settings):
    found = cells(settings(control=False, seeds=[5]))
    assert len(found) == 1
    config = found[0].config
    assert (config.strategy.name, config.classifier.name, config.seed) == ("least_confidence", "bilstm", 5)


def test_names_tell_runs_apart_even_when_they_are_long(settings):
    given = settings("entropy", name="n" * 200, models=[LOGISTIC, LSTM], data=TWO_CORPORA, seeds=[0, 1])
    found = cells(given, lambda corpus: f"Corpus {corpus.params['seed']}")
    names = [cell.config.name for cell in found]
    assert len(set(names)) == len(names) == 16 and max(map(len, names)) <= 200
    assert names[-1].endswith("Corpus 2, seed 1")
    short = cells(settings("entropy", seeds=[4]))
    assert short[1].config.name == "Mine: Entropy, seed 4"


def test_titles():
    config = PRESETS["demo"].config.model_copy(update={"wrappers": (Component(name="subsampled"),)})
    assert title(config, model=False).startswith("Least confidence, ")
    assert " on " in title(config, model=True)
    gone = config.model_copy(update={"strategy": Component(name="gone"), "wrappers": ()})
    assert title(gone, model=False) == "gone"


def test_too_many_runs_and_combinations_that_cannot_be(settings):
    with pytest.raises(BadInput, match="6,000 runs; 5,000"):
        cells(settings("entropy", "margin", seeds=range(1000), models=[LOGISTIC, LSTM]))
    with pytest.raises(BadInput, match="cannot read"):
        cells(settings("entropy", models=[LSTM, LOGISTIC | {"features": {"name": "tokens"}}]))
    around = {"strategy": {"name": "stream_fixed"}, "wrappers": [{"name": "subsampled"}]}
    with pytest.raises(BadInput, match="nothing can be put around it"):
        cells(settings(asking=[{"strategy": {"name": "entropy"}}, around]))
