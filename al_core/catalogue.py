"""Every registry by kind, and the check that a config names only what there is."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from al_core import classifiers, corpus, features, oracles, stopping, strategies
from al_core.config import Component, RunConfig
from al_core.errors import BadInput
from al_core.registry import Registry

REGISTRIES: dict[str, Registry[Any]] = {
    "corpora": corpus.REGISTRY,
    "features": features.REGISTRY,
    "classifiers": classifiers.REGISTRY,
    "strategies": strategies.REGISTRY,
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
            "strategy": complete(config.strategy, strategies.REGISTRY),
            "oracle": complete(config.oracle, oracles.REGISTRY),
            "stop": stop,
        }
    )
    classifier = classifiers.REGISTRY[config.classifier.name]
    wanted = getattr(classifier.build, "features", config.features.name)
    if config.features.name != wanted:
        raise BadInput(f"{classifier.title} reads {wanted} features, not {config.features.name}.")
    return config
