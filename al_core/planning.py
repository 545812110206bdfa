"""What a run will do, before it starts: labels, rounds, fits, and about how long."""

from __future__ import annotations

from dataclasses import dataclass

from al_core import catalogue
from al_core.config import RunConfig
from al_core.strategies import Strategy

SHARE_OF_EPOCHS = 0.6
"""Fits end early when patience is short; the published runs made 5 to 15 of 20 epochs."""
PREDICTION = 1 / 3
"""Cost of predicting a text, in texts trained: the forward pass without the backward one."""
BIRTH = 8.0
"""Seconds until a run's own process works: interpreter, imports, corpus, features from the cache."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many texts each part of a split has."""

    initial: int
    validation: int
    test: int
    pool: int
    leaked_test: int = 0
    """Test texts of which a copy stands in training."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run in numbers."""

    sizes: Sizes
    labels: int
    """Labels spent when the run ends, the initial ones included; validation and test come on top."""
    rounds: int
    fits: int
    seconds: float
    asking_seconds: float
    """The part of `seconds` that choosing texts takes: committees, trial fits, predictions."""


def flatters(leaked: int, test: int, corpus: str = "") -> str:
    """Say how many test texts also stand in training; with the title of the corpus if there are several."""
    where = f"{corpus}: " if corpus else ""
    return f"{where}{leaked:,} of {test:,} test texts also stand in training, so the test score flatters."


def plan(
    config: RunConfig, sizes: Sizes, speed: float = 1.0, classes: int = 2, start: float | None = None
) -> Plan:
    """Return the plan of a validated config.

    speed: measured over estimated time of training on a text; start: measured seconds that no text takes,
    None where nothing was measured.
    """
    classifier = catalogue.REGISTRIES["classifiers"][config.classifier.name].create(config.classifier.params)
    strategy = catalogue.strategy(config)
    width = int(config.features.params.get("length", 1))
    per_text = classifier.seconds_per_text(width) * speed
    epochs = max(1.0, SHARE_OF_EPOCHS * classifier.most_epochs)

    cycle = config.cycle
    askable = strategy.askable(sizes.pool)
    rounds = min(cycle.rounds, -(-askable // cycle.batch_size))
    spent = [sizes.initial + min(askable, number * cycle.batch_size) for number in range(rounds + 1)]
    fits = [*([sizes.initial + sizes.pool] if cycle.baseline else []), *spent]
    measured = sizes.validation + sizes.test
    asking = sum(_asking(config, strategy, sizes, classes, done, epochs) for done in spent[:-1])
    texts = sum(epochs * (size + PREDICTION * sizes.validation) + PREDICTION * measured for size in fits)
    if start is None:
        start = BIRTH + classifier.start_seconds
    return Plan(
        sizes=sizes,
        labels=spent[-1],
        rounds=rounds,
        fits=len(fits),
        seconds=start + per_text * (texts + asking),
        asking_seconds=per_text * asking,
    )


def _asking(
    config: RunConfig, strategy: Strategy, sizes: Sizes, classes: int, labels: int, epochs: float
) -> float:
    """Return what one query costs, in texts trained: predictions of the pool, and fits besides."""
    pool = sizes.pool - (labels - sizes.initial)
    fits = strategy.fits(min(config.cycle.batch_size, pool), classes)
    each = epochs * (labels + PREDICTION * sizes.validation)
    return PREDICTION * pool * strategy.predictions() + fits * each
