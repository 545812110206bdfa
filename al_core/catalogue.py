"""Every registry by kind, and the check that a config names only what there is."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import ValidationError

from al_core import (
    backbones,
    calibration,
    classifiers,
    corpus,
    features,
    oracles,
    starters,
    stopping,
    strategies,
)
from al_core.config import Component, RunConfig
from al_core.errors import BadInput
from al_core.registry import Registry
from al_core.strategies import wrappers
from al_core.strategies.base import NEEDS, Strategy

REGISTRIES: dict[str, Registry[Any]] = {
    "corpora": corpus.REGISTRY,
    "features": features.REGISTRY,
    "classifiers": classifiers.REGISTRY,
    "calibration": calibration.REGISTRY,
    "strategies": strategies.REGISTRY,
    "wrappers": wrappers.REGISTRY,
    "starters": starters.REGISTRY,
    "stopping": stopping.REGISTRY,
    "oracles": oracles.REGISTRY,
}


def complete(component: Component, registry: Registry[Any]) -> Component:
    """Return the component with every parameter checked and every default written out."""
    return Component(name=component.name, params=registry[component.name].settings(component.params))


def validated(config: RunConfig | dict[str, Any]) -> RunConfig:
    """Return a config that is complete and right, or raise `BadInput` in one sentence.

    Defaults are written out, so that a stored config still means the same after a default moves.
    """
    if not isinstance(config, RunConfig):
        try:
            config = RunConfig.model_validate(config)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the configuration"
            raise BadInput(f"{place}: {first['msg']}.") from error
    stop = config.stop.model_copy(
        update={"criteria": tuple(complete(each, stopping.REGISTRY) for each in config.stop.criteria)}
    )
    config = config.model_copy(
        update={
            "corpus": complete(config.corpus, corpus.REGISTRY),
            "features": complete(config.features, features.REGISTRY),
            "classifier": complete(config.classifier, classifiers.REGISTRY),
            "calibration": complete(config.calibration, calibration.REGISTRY),
            "strategy": complete(config.strategy, strategies.REGISTRY),
            "wrappers": tuple(complete(each, wrappers.REGISTRY) for each in config.wrappers),
            "starter": complete(config.starter, starters.REGISTRY),
            "oracle": complete(config.oracle, oracles.REGISTRY),
            "stop": stop,
        }
    )
    if config.split.validation == 0:
        raise BadInput(
            "The validation set would be empty: early stopping and calibration need it; 200 texts or a tenth "
            "of the corpus are enough."
        )
    _check_fit(config)
    return config


def strategy(config: RunConfig) -> Strategy:
    """Return the query strategy of a complete config, its wrappers around it."""
    made = strategies.REGISTRY[config.strategy.name].create(config.strategy.params)
    for each in config.wrappers:
        settings = wrappers.REGISTRY[each.name].settings(each.params)
        made = wrappers.REGISTRY[each.name].build(made, **settings)
    return made


def check_classes(config: RunConfig, n_classes: int) -> None:
    """Raise `BadInput` where a part of a complete config is not for so many classes."""
    if strategy(config).two_classes_only and n_classes != 2:
        title = strategies.REGISTRY[config.strategy.name].title
        raise BadInput(f"{title} is for two classes; this corpus has {n_classes}.")
    # No question yet, but an oracle that cannot answer for so many classes says so.
    oracle = oracles.REGISTRY[config.oracle.name].create(config.oracle.params)
    oracle.answer(np.empty(0, np.int32), n_classes, np.random.default_rng(0))


def gives(name: str) -> str:
    """Return the kind of features that an entry gives: ids or vectors."""
    return features.REGISTRY[name].create({}).gives


def _check_fit(config: RunConfig) -> None:
    """Raise `BadInput` where two parts of a config do not go together."""
    model = classifiers.REGISTRY[config.classifier.name].create(config.classifier.params)
    model_title = classifiers.REGISTRY[config.classifier.name].title
    if model.reads != gives(config.features.name):
        fitting = [entry.title for name, entry in features.REGISTRY.items() if gives(name) == model.reads]
        title = features.REGISTRY[config.features.name].title
        raise BadInput(f"{model_title} cannot read {title}; choose {' or '.join(fitting)}.")
    _check_presets(config)
    entry, needs = strategies.REGISTRY[config.strategy.name], strategy(config).needs
    for gift in ("embeddings", "dropout"):
        if gift in needs and gift not in model.gives:
            raise BadInput(
                f"{entry.title} needs {NEEDS[gift]}, which {model_title} cannot give; choose another "
                "model or query strategy."
            )
    for each in config.wrappers:
        if each.name == "subsampled" and int(each.params["size"]) <= config.cycle.batch_size:
            raise BadInput(
                f"The part of the pool that is shown ({each.params['size']:,} texts) must be larger than the "
                f"batch of {config.cycle.batch_size:,}."
            )
    if (
        any(each.name == "cost_at_most" for each in config.stop.criteria)
        and not config.oracle.params["price"]
    ):
        raise BadInput("A limit on cost needs a price per answer; set one for the oracle.")
    if "arrival" in needs and config.wrappers:
        raise BadInput(f"{entry.title} decides on texts one by one; nothing can be put around it.")


def _check_presets(config: RunConfig) -> None:
    """Raise `BadInput` where a pretrained encoder is not there, or is to read another one's words."""
    presets = [
        str(each.params["preset"]) for each in (config.features, config.classifier) if "preset" in each.params
    ]
    for preset in presets:
        backbones.check(preset)
    if len(set(presets)) > 1:
        raise BadInput(
            f"The features are made for the preset {presets[0]}, the model reads those of {presets[1]}; name "
            "the same preset for both."
        )
