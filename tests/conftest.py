"""What every test gets: a data folder and a store of its own, and a quiet TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an empty AL_HOME, and no store but the one in it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AL_HOME", str(folder))
    monkeypatch.delenv("AL_STORE_URL", raising=False)
    yield folder
