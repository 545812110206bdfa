"""What a sweep is: a run to start from, and what is varied. One validated, serialisable record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from al_core import catalogue
from al_core.config import Component, RunConfig, SplitSettings
from al_core.errors import BadInput

MOST_CELLS = 5_000
T = TypeVar("T")
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asking(_Record):
    """One way to ask: a query strategy, and what is put around it."""

    strategy: Component
    wrappers: tuple[Component, ...] = ()


class Model(_Record):
    """One model: a classifier with what it reads, and how it is calibrated."""

    features: Component
    classifier: Component
    calibration: Component = Component(name="temperature")


class Data(_Record):
    """One corpus, and how it is cut; without a split of its own it is cut as the base is."""

    corpus: Component
    split: SplitSettings | None = None


class SweepSettings(_Record):
    """What is varied around `base`; an axis that is left empty stays as the base has it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    base: RunConfig
    data: tuple[Data, ...] = ()
    models: tuple[Model, ...] = ()
    asking: tuple[Asking, ...] = ()
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=1000)] = (0, 1, 2)
    control: bool = True
    """Also ask at random: what every other strategy is compared with."""
    baseline: bool = True
    """Also fit once on all labels of the pool, for each corpus, model and seed: the bar to reach."""

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data

    def key(self) -> str:
        """Return a hash of all that decides the cells; the name does not."""
        body = self.model_dump(mode="json", exclude={"name"})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]

    def with_seeds(self, seeds: tuple[int, ...]) -> SweepSettings:
        """Return the sweep with more seeds, each once. Raises `BadInput` for what is no seed."""
        return validated(self.model_dump() | {"seeds": (*self.seeds, *seeds)})


def validated(data: SweepSettings | dict[str, Any]) -> SweepSettings:
    """Return settings that are complete and right, or raise `BadInput` in one sentence.

    Defaults are written out, so that a sweep that is extended later still means the same, and what
    stands twice on an axis counts once. The base takes the first of each axis: only what is to run
    must go together.
    """
    if not isinstance(data, SweepSettings):
        try:
            data = SweepSettings.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the sweep"
            raise BadInput(f"{place}: {first['msg'].removeprefix('Value error, ')}.") from error
    axes: dict[str, Any] = {
        "data": _once(each.model_copy(update=_complete(each, corpus="corpora")) for each in data.data),
        "models": _once(
            each.model_copy(
                update=_complete(
                    each, features="features", classifier="classifiers", calibration="calibration"
                )
            )
            for each in data.models
        ),
        "asking": _once(
            each.model_copy(
                update=_complete(each, strategy="strategies")
                | {"wrappers": tuple(_completed(one, "wrappers") for one in each.wrappers)}
            )
            for each in data.asking
        ),
        "seeds": _once(data.seeds),
    }
    base = data.base.model_copy(update={"seed": axes["seeds"][0]})
    for axis in ("data", "models", "asking"):
        if axes[axis]:
            first_of = {name: value for name, value in axes[axis][0] if value is not None}
            base = base.model_copy(update=first_of)
    return data.model_copy(update={"base": catalogue.validated(base), **axes})


def _complete(record: _Record, **kinds: str) -> dict[str, Component]:
    return {field: _completed(getattr(record, field), kind) for field, kind in kinds.items()}


def _completed(component: Component, kind: str) -> Component:
    return catalogue.complete(component, catalogue.REGISTRIES[kind])


def _once(values: Iterable[T]) -> tuple[T, ...]:
    """Return each value once, in their order."""
    found: list[T] = []
    for each in values:
        if each not in found:
            found.append(each)
    return tuple(found)
