"""Settings of sweeps that are made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from al_core.presets import PRESETS
from al_core.sweeps.settings import SweepSettings, validated

BASE = PRESETS["demo"].config


@pytest.fixture
def settings() -> Callable[..., SweepSettings]:
    """Return a maker of sweeps over query strategies on the demo preset."""

    def make(*strategies: str, **others: Any) -> SweepSettings:
        asking = [{"strategy": {"name": name}} for name in strategies]
        return validated({"name": "Mine", "base": BASE, "asking": asking} | others)

    return make
