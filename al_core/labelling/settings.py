"""What a labelling session is set to: one validated, serialisable, immutable record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings

VALIDATION = 100
"""Random labels to measure by, where the corpus is large enough: the share right is then known to
8 points or better."""


class LabelSettings(BaseModel):
    """Fixed when a session begins: its claims and its heads in the orders rest on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: Annotated[tuple[str, ...], Field(min_length=2, max_length=1000)]
    """A label is an index into these. For two classes, class 1 is the positive one."""
    colors: tuple[str, ...] = ()
    """`#rrggbb` for each class; empty for the palette's own."""
    overlap: Annotated[int, Field(ge=1, le=20)] = 1
    """How many people label each text."""
    strategy: Component = Component(name="auto")
    features: Component = Component(name="words_and_topics")
    classifier: Component = Component(name="logistic")
    calibration: Component = Component(name="temperature")
    starter: Component = Component(name="kmeans")
    """Which texts are asked about before there is a model."""
    retrain_every: Annotated[int, Field(ge=1, le=100_000)] = 10
    """New labels after which the model is fitted anew."""
    random_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.2
    """Share of texts that are picked at random, whatever the model asks for."""
    validation: Annotated[int, Field(ge=0)] = VALIDATION
    """Texts drawn at random that the model never learns from, and is measured by."""
    validation_first: bool = False
    """Label those before anything else; otherwise they are the first of the random picks."""
    show_guess: bool = False
    """Show what the model thinks before the answer. It sways people, so what was shown is on record."""
    skipped: Literal["others", "nobody"] = "others"
    """Who else is offered a text that somebody skipped. They themselves see it again when they ask."""
    lease_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """How long a text is kept for a person who does not answer."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    @field_validator("classes")
    @classmethod
    def _different(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(classes)) < len(classes) or not all(each.strip() for each in classes):
            raise ValueError("each class needs a name of its own")
        return classes

    @field_validator("colors")
    @classmethod
    def _hexadecimal(cls, colors: tuple[str, ...]) -> tuple[str, ...]:
        digits = set("0123456789abcdefABCDEF")
        if not all(len(each) == 7 and each[0] == "#" and set(each[1:]) <= digits for each in colors):
            raise ValueError("a colour is written #rrggbb")
        return colors

    @model_validator(mode="after")
    def _go_together(self) -> LabelSettings:
        if self.colors and len(self.colors) != len(self.classes):
            raise ValueError("give each class a colour, or none of them")
        if self.validation and not self.validation_first and not self.random_share:
            raise ValueError(
                "a validation set that is labelled along the way needs a share of random picks above 0"
            )
        return self

    def run_config(self, name: str, corpus: Component) -> RunConfig:
        """Return the run that asks and learns as this session does: what the trainer works by."""
        return RunConfig(
            name=name,
            seed=self.seed,
            corpus=corpus,
            split=SplitSettings(initial=0, validation=max(1, self.validation), test=0),
            features=self.features,
            classifier=self.classifier,
            calibration=self.calibration,
            strategy=self.strategy,
            starter=self.starter,
            cycle=CycleSettings(batch_size=self.retrain_every, carry="fresh", baseline=False),
        )


def suggested_validation(texts: int) -> int:
    """Return how many of so many texts to measure by: `VALIDATION`, or a tenth of fewer."""
    return min(VALIDATION, texts // 10)
