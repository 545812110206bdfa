"""What a labelling session is set to: one validated, serialisable, immutable record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from al_core.config import Component


class LabelSettings(BaseModel):
    """Fixed when a session begins: its claims and its heads in the orders rest on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: Annotated[tuple[str, ...], Field(min_length=2, max_length=1000)]
    """A label is an index into these. For two classes, class 1 is the positive one."""
    overlap: Annotated[int, Field(ge=1, le=20)] = 1
    """How many people label each text."""
    strategy: Component = Component(name="margin")
    random_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    """Share of texts that are picked at random, whatever the model asks for."""
    validation: Annotated[int, Field(ge=0)] = 0
    """Labels that are kept aside to measure by."""
    skipped: Literal["others", "nobody"] = "others"
    """Who is offered a text that somebody skipped; that somebody never is."""
    lease_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """How long a text is kept for a person who does not answer."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    @field_validator("classes")
    @classmethod
    def _different(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(classes)) < len(classes) or not all(each.strip() for each in classes):
            raise ValueError("each class needs a name of its own")
        return classes
