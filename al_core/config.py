"""What a run is: one validated, serialisable, immutable record."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Carry = Literal["published", "best", "last", "fresh"]

CARRY_TITLES: dict[Carry, str] = {
    "published": "As published: best weights of all rounds so far, except after the first fit",
    "best": "Best weights of the round just fitted",
    "last": "Last weights of the round just fitted",
    "fresh": "Fresh weights every round",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Component(_Record):
    """One registry entry by name, with its parameters."""

    name: str
    params: dict[str, bool | int | float | str] = {}


class SplitSettings(_Record):
    """How the corpus is cut into validation, test, initial and pool (in that order)."""

    unit: Literal["total", "per_class", "percent"] = "total"
    initial: Number
    validation: Number
    test: Number
    pool: Number | None = None
    """None: all the rest."""
    order: Literal["seeded", "source", "shuffled"] = "seeded"
    """"source": the first N in the order of the corpus, as the Keras example does. "shuffled": the test
    part is that of scikit-learn's train_test_split, if parts are neither stratified nor grouped."""
    stratified: bool = True
    group_duplicates: bool = True
    """Copies of a text stay on one side of the split. Off only to reproduce published splits."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """The split's own, so that runs of several seeds share one test part. None: the run's."""


class CycleSettings(_Record):
    """The rounds: how many, how many texts each asks for, and what weights go on."""

    rounds: Annotated[int, Field(ge=0, le=10_000)] = 3
    batch_size: Annotated[int, Field(ge=1)] = 100
    """Texts asked for in one round ("sampling size" in the Keras example)."""
    carry: Carry = "best"
    baseline: bool = True
    """Also fit on the initial set and the whole pool, as the bar to reach."""


class StopSettings(_Record):
    """Business criteria that end the run early; read from validation, never from test."""

    criteria: tuple[Component, ...] = ()
    combine: Literal["any", "all"] = "all"


class RunConfig(_Record):
    """Everything that decides a run's history. The same config gives the same history."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    corpus: Component
    split: SplitSettings
    features: Component
    classifier: Component
    calibration: Component = Component(name="temperature")
    """How the classifier's probabilities are calibrated, on validation."""
    strategy: Component
    wrappers: tuple[Component, ...] = ()
    """Around the query strategy, the innermost first."""
    starter: Component = Component(name="split")
    """How the initial set is chosen: as the split says, or by a cold-start strategy."""
    oracle: Component = Component(name="perfect")
    cycle: CycleSettings = CycleSettings()
    stop: StopSettings = StopSettings()

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        # TOML has no null, so "no value" arrives as a missing key; JSON may say null.
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data

    def with_baseline(self, baseline: bool) -> RunConfig:
        """Return the config with or without the full-data baseline; its rounds are the same."""
        return self.model_copy(update={"cycle": self.cycle.model_copy(update={"baseline": baseline})})

    def key(self) -> str:
        """Return a hash of all that a run leaves: what decides the history, and whether it fits the baseline.

        The name decides nothing.
        """
        body = self.model_dump(mode="json", exclude={"name"})
        # Younger than stores with runs, whose keys stay what they were.
        if body["split"]["seed"] is None:
            del body["split"]["seed"]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
