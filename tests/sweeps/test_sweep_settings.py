"""What a sweep may be set to, and that it is the same when it is read back."""

from __future__ import annotations

import json
import tomllib

import pytest

from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.sweeps.cells import cells
from al_core.sweeps.settings import SweepSettings, validated


def test_defaults_are_written_out_and_nothing_changes_when_read_back(settings):
    given = settings("bald", models=[{"features": {"name": "tokens"}, "classifier": {"name": "bilstm"}}])
    assert given.asking[0].strategy.params and given.models[0].classifier.params
    again = SweepSettings.model_validate(json.loads(json.dumps(given.model_dump(mode="json"))))
    assert again == given == validated(again)
    assert [cell.key for cell in cells(again)] == [cell.key for cell in cells(given)]
    assert again.key() == given.key() == given.model_copy(update={"name": "Other"}).key()


def test_only_what_runs_must_go_together():
    # A network cannot read these features; but it is not in the sweep.
    base = PRESETS["demo"].config.model_dump(mode="json") | {"features": {"name": "tfidf"}}
    models = [{"features": {"name": "tfidf"}, "classifier": {"name": "logistic"}}]
    given = validated(
        {"name": "S", "base": base, "models": models, "asking": [{"strategy": {"name": "margin"}}]}
    )
    assert given.base.classifier.name == "logistic" and given.base.strategy.name == "margin"


def test_toml_without_what_has_no_value_and_json_with_null():
    toml = """
    name = "S"
    seeds = [1, 2]
    control = false
    [base]
    name = "B"
    corpus = {name = "demo"}
    split = {initial = 100, validation = 100, test = 100}
    features = {name = "tfidf"}
    classifier = {name = "logistic"}
    strategy = {name = "margin"}
    [[asking]]
    strategy = {name = "entropy"}
    """
    data = tomllib.loads(toml)
    assert [cell.config.seed for cell in cells(validated(data))] == [1, 2]
    assert validated(data | {"models": None}) == validated(data)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seeds": []}, "seeds: "),
        ({"seeds": [-1]}, r"seeds\.0: "),
        ({"name": ""}, "name: "),
        ({"nonsense": 1}, "nonsense: "),
        ({"base": {"name": "B"}}, r"base\.corpus: "),
        ({"asking": [{"strategy": {"name": "nonsense"}}]}, "nonsense"),
        ({"asking": [{"strategy": {"name": "margin", "params": {"nonsense": 1}}}]}, "nonsense"),
    ],
)
def test_what_is_wrong_gets_one_sentence(settings, change, sentence):
    with pytest.raises(BadInput, match=sentence) as raised:
        validated(settings("margin").model_dump() | change)
    assert "\n" not in str(raised.value)


def test_more_seeds_are_checked_too(settings):
    given = settings("margin", seeds=[1, 2])
    assert given.with_seeds((2, 3)).seeds == (1, 2, 3)
    for wrong in ((-1,), (2**32,), tuple(range(2000))):
        with pytest.raises(BadInput):
            given.with_seeds(wrong)
