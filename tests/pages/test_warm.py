"""What is done before the first visitor comes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pages.parts.warm import warm


def test_the_store_is_there_before_the_first_visitor(home: Path):
    assert not home.exists()
    warm()
    assert (home / "workbench.sqlite").exists()


def test_a_store_that_cannot_be_reached_is_left_to_the_pages(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("AL_STORE_URL", "postgresql://nobody@127.0.0.1:9/none")
    with caplog.at_level(logging.WARNING):
        warm()
    assert caplog.messages
