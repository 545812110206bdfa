"""An exported model to ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from leaving import fitted, leave, toy

from al_core.config import Component


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Return the folder of a small linear model."""
    source, _ = fitted(tmp_path, Component(name="logistic"), Component(name="tfidf"), toy())
    return leave(tmp_path / "exported", source)
