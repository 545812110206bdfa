"""What a story is told from: the counts of a finished comparison with random, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from al_core.errors import BadInput
from al_core.evaluation.comparison import Curve

Kind = Literal["accuracy", "fn", "fp"]
Count = Annotated[int, Field(ge=0)]
Counts = Annotated[tuple[Count, ...], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
PER_TEXTS = 1_000
"""Texts that errors are told for: test splits differ in size."""
_EXACT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Path:
    """One run: what its model got right and wrong on test, by the labels spent."""

    __pydantic_config__ = _EXACT
    seed: Count
    test: Annotated[int, Field(ge=1)]
    """Test texts."""
    labels: Counts
    right: Counts
    fn: Counts
    fp: Counts

    def __post_init__(self) -> None:
        if len({len(each) for each in (self.labels, self.right, self.fn, self.fp)}) != 1:
            raise ValueError("labels, right, fn and fp have one number for each round")
        if any(after <= before for before, after in zip(self.labels, self.labels[1:], strict=False)):
            raise ValueError("labels grow from round to round")
        if max(*self.right, *self.fn, *self.fp) > self.test:
            raise ValueError("no count is larger than the test split")

    def scores(self, kind: Kind) -> list[float]:
        """Return the accuracy as a share, or the errors of a kind per 1,000 texts, of each round."""
        if kind == "accuracy":
            return [right / self.test for right in self.right]
        return [PER_TEXTS * wrong / self.test for wrong in (self.fn if kind == "fn" else self.fp)]


@dataclass(frozen=True, slots=True)
class Side:
    """One way to label: the runs of its seeds."""

    __pydantic_config__ = _EXACT
    title: Text
    strategy: Text
    """Its registry name, which decides the colour."""
    paths: Annotated[tuple[Path, ...], Field(min_length=1)]

    def __post_init__(self) -> None:
        if len({path.seed for path in self.paths}) != len(self.paths):
            raise ValueError("each seed stands once")

    def curves(self, kind: Kind) -> list[Curve]:
        """Return the curve of each seed."""
        return [
            Curve(self.title, path.seed, list(path.labels), path.scores(kind))  # type: ignore[arg-type]
            for path in self.paths
        ]


@dataclass(frozen=True, slots=True)
class Story:
    """Random labelling against asking on one corpus and model, and the model on all labels."""

    __pydantic_config__ = _EXACT
    corpus: Text
    synthetic: bool
    classes: Annotated[tuple[Text, ...], Field(min_length=2)]
    texts: Annotated[int, Field(ge=1)]
    """As many as could be labelled for training."""
    validation: Count
    """Labels that both ways spend besides."""
    floor: Annotated[float, Field(ge=0, le=1)]
    """Accuracy of always naming the most frequent class."""
    full: tuple[Path, ...]
    """The fit on all labels, one point for each seed; empty where there was none."""
    random: Side
    asking: Side
    made_at: AwareDatetime
    version: Text
    """Of the code that ran it."""
    settings: dict[str, Any]
    """Of the sweep it was made from."""

    def __post_init__(self) -> None:
        if self.random.title == self.asking.title:
            raise ValueError("random and asking are called differently")

    @property
    def two(self) -> bool:
        """Tell whether there are two classes, so that FN and FP are two things."""
        return len(self.classes) == 2

    @property
    def seeds(self) -> int:
        """Return how many seeds both ways have in common."""
        return len({path.seed for path in self.random.paths} & {path.seed for path in self.asking.paths})

    @property
    def best(self) -> float | None:
        """Return the accuracy with all labels, the mean over seeds; None where nobody fitted that."""
        return fmean(path.scores("accuracy")[-1] for path in self.full) if self.full else None

    def curves(self, kind: Kind) -> list[Curve]:
        """Return every run's curve, those of random first."""
        return [*self.random.curves(kind), *self.asking.curves(kind)]

    def to_json(self) -> str:
        """Return the story as one line of JSON."""
        return _STORIES.dump_json(self).decode()

    @classmethod
    def from_json(cls, body: str | bytes, what: str = "The story") -> Story:
        """Return the story that `to_json` wrote; raises `BadInput` if it is damaged. what: its name."""
        try:
            return _STORIES.validate_json(body)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the file"
            why = first["msg"].removeprefix("Value error, ")
            raise BadInput(
                f"{what} is damaged ({place}: {why}); make it again: python -m al_core story --make."
            ) from error


_STORIES = TypeAdapter(Story)
