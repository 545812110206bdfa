"""What each strategy asked for, on the Compare page: novelty, and what is said where there is none."""

from __future__ import annotations

import pytest
import streamlit as st

from al_core.comparing import novelty
from al_core.features import cache


@pytest.fixture
def two(run_in):
    novelty._of_run.cache_clear()
    st.cache_data.clear()
    yield f"{run_in('finished')},{run_in('running')}"
    st.cache_data.clear()


def asked(shell, runs):
    return shell.open("compare", view="What was asked", runs=runs)


def test_novelty_is_drawn_and_explained(shell, two):
    assert len(asked(shell, two).get("plotly_chart")) == 5
    assert "Novelty: how far a text's words are from those of the nearest text labelled" in shell.words()


def test_words_that_cannot_be_kept_cost_one_chart(shell, two, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)
    at = asked(shell, two)
    assert len(at.get("plotly_chart")) == 4 and not at.error
    assert "No novelty: The words of the texts cannot be kept on disk (No space left" in shell.words()
