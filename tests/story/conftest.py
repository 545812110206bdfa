"""Small stories made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from al_core.story import Story
from al_core.story.record import Path, Side

LABELS = (20, 40, 60, 80)
Tell = Callable[..., Story]


def path(seed: int, right: Sequence[int], labels: Sequence[int] = LABELS, test: int = 100) -> Path:
    wrong = [test - each for each in right]
    return Path(
        seed,
        test,
        tuple(labels),
        tuple(right),
        tuple(w // 2 for w in wrong),
        tuple(w - w // 2 for w in wrong),
    )


def side(title: str, strategy: str, rights: Sequence[Sequence[int]], labels: Sequence[int]) -> Side:
    paths = (path(seed, right, labels[: len(right)]) for seed, right in enumerate(rights))
    return Side(title, strategy, tuple(paths))


@pytest.fixture
def tell() -> Tell:
    """Return a maker of stories of 8 seeds, of which random never and asking always gets to 90 %."""

    def make(
        random: Sequence[int] = (60, 70, 78, 84),
        asking: Sequence[int] = (60, 80, 92, 93),
        seeds: int = 8,
        labels: Sequence[int] = LABELS,
        **given: Any,
    ) -> Story:
        # A little different from seed to seed, the same for both.
        moved = [[each - seed % 2 for each in random] for seed in range(seeds)]
        other = [[each - seed % 2 for each in asking] for seed in range(seeds)]
        plain = {
            "corpus": "Reviews",
            "synthetic": True,
            "classes": ("no", "yes"),
            "texts": 500,
            "validation": 30,
            "floor": 0.5,
            "full": tuple(path(seed, (95,), (500,)) for seed in range(seeds)),
            "random": side("Random", "random", moved, labels),
            "asking": side("Margin", "margin", other, labels),
            "made_at": datetime(2026, 1, 1, tzinfo=UTC),
            "version": "0.1.0",
            "settings": {"name": "Mine"},
        }
        return Story(**(plain | given))

    return make
