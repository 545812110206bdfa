from __future__ import annotations

import hashlib
import json

import pytest

from al_core import catalogue, configfile
from al_core.config import RunConfig
from al_core.errors import BadInput
from al_core.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_valid_and_survive_json(name):
    config = catalogue.validated(PRESETS[name].config)
    assert catalogue.validated(json.loads(config.model_dump_json())) == config
    published = name in ("tutorial-imdb", "blog-lyrics")
    assert config.calibration.name == ("none" if published else "temperature")
    for component in (config.classifier, config.features, config.strategy, config.calibration):
        known = next(each for each in catalogue.REGISTRIES.values() if component.name in each)
        assert component.params == known[component.name].settings(component.params), "defaults written out"


def test_key_ignores_the_name_only():
    config = catalogue.validated(PRESETS["demo"].config)
    assert config.key() == config.model_copy(update={"name": "Other"}).key()
    assert config.key() != config.model_copy(update={"seed": 1}).key()
    assert config.with_baseline(True) == config and config.with_baseline(False).key() != config.key()


def test_runs_from_before_splits_had_a_seed_keep_their_key():
    config = catalogue.validated(PRESETS["demo"].config)
    body = config.model_dump(mode="json", exclude={"name"})
    del body["split"]["seed"]
    before = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    assert config.key() == before
    assert RunConfig.model_validate(body | {"name": "Old"}).key() == before
    own = config.split.model_copy(update={"seed": 0})
    assert config.model_copy(update={"split": own}).key() != before


def test_overrides():
    config = configfile.override(
        PRESETS["demo"].config,
        [
            "cycle.rounds=1",
            "strategy=random",
            "classifier.epochs=2",
            "seed=7",
            "name=Mine",
            "split.order=source",
            "calibration=isotonic",
            "calibration.fewest=500",
        ],
    )
    assert config.calibration.params == {"fewest": 500}
    assert (config.cycle.rounds, config.strategy.name, config.seed, config.name) == (1, "random", 7, "Mine")
    assert config.classifier.params["epochs"] == 2 and config.classifier.params["units"] == 16
    assert config.split.order == "source"


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("rounds", "not key=value"),
        ("cycle.roundz=1", "names nothing"),
        ("strategy=magic", "no query strategy named"),
        ("classifier.epochs=0", "at least 1"),
        ("classifier.layers=3", "has no setting"),
        ("cycle.batch_size=-3", "cycle.batch_size"),
        ("split.initial=NaN", "split.initial"),
        ("split.validation=0", "validation set would be empty"),
        ("calibration=magic", "no calibration named"),
    ],
)
def test_bad_overrides_are_one_sentence(word, sentence):
    with pytest.raises(BadInput, match=sentence):
        configfile.override(PRESETS["demo"].config, [word])


def test_a_component_may_be_replaced_and_then_set():
    words = ["strategy=diverse_margin", "strategy.candidates=4", 'wrappers=[{"name": "epsilon_random"}]']
    config = configfile.override(PRESETS["demo"].config, words)
    assert config.strategy.params == {"candidates": 4}
    assert config.wrappers[0].params == {"epsilon": 0.1}


def test_files(tmp_path):
    config = catalogue.validated(PRESETS["demo"].config)
    path = tmp_path / "run.json"
    path.write_text(config.model_dump_json())
    assert configfile.load(path) == config
    toml = tmp_path / "run.toml"
    toml.write_text(
        'name = "T"\n[corpus]\nname = "demo"\n[split]\ninitial = 50\nvalidation = 50\ntest = 50\n'
        '[features]\nname = "tokens"\n[classifier]\nname = "bilstm"\n[strategy]\nname = "random"\n'
    )
    assert isinstance(configfile.load(toml), RunConfig)
    for name, text, words in (
        ("a.yaml", "", "must end in"),
        ("b.json", "{", "not valid JSON"),
        ("c.toml", "=", "not valid TOML"),
        ("d.json", "[]", "configuration"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(BadInput, match=words):
            configfile.load(tmp_path / name)
    with pytest.raises(BadInput, match="cannot be read"):
        configfile.load(tmp_path / "missing.json")
