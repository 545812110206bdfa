"""The form of a new sweep: what all its runs share, then what is varied.

Keys begin with the preset's name, and values last as long as the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from al_core.config import Component, CycleSettings, RunConfig
from al_core.presets import PRESETS, small_split
from pages.parts.bench import bench
from pages.parts.corpus_choice import corpus_choice
from pages.parts.fields import choose
from pages.parts.query_choice import query_choice
from pages.parts.rounds_form import batch_and_rounds, carry
from pages.parts.split_form import split
from pages.parts.sweeps.sweep_begin import Wish, begin
from pages.parts.sweeps.sweep_file import bring_in, contents
from pages.parts.sweeps.sweep_varied import varied


def sweep_form() -> None:
    """Draw the form, and beside it what will happen and Begin."""
    titles = {name: each.title for name, each in PRESETS.items()}
    preset = PRESETS[query_choice("Start from", titles, "preset")]
    st.caption(preset.help)
    there, brought = bring_in()
    if there:
        if brought:
            form, side = st.columns([5, 3], gap="large")
            with form:
                contents(brought)
            with side:
                begin(lambda: brought)
        return
    form, side = st.columns([5, 3], gap="large")
    with form:
        key = f"sweep-{preset.name}"
        base = _base(preset.config, key)
        with _step("3. What is varied"):
            axes = varied(base, preset.strategies, key)
        name = st.text_input(
            "Name of the sweep",
            max_chars=200,
            placeholder=_usual(base, axes),
            key=f"{key}-name",
            persist_state="session",
            help="Left empty, it is the one shown.",
        )
    with side:
        begin(Wish(name.strip() or _usual(base, axes), base, axes).checked)


def _usual(base: RunConfig, axes: dict[str, Any]) -> str:
    if len(axes["data"]) > 1:
        return f"Sweep on {len(axes['data']):,} corpora"
    corpus = axes["data"][0]["corpus"] if axes["data"] else base.corpus
    return f"Sweep on {bench().source_title(corpus).lower()}"[:200]


def _base(start: RunConfig, key: str) -> RunConfig:
    """Draw what all runs share, and return the preset with it."""
    with _step("1. Data and split"):
        corpus, other = corpus_choice(start.corpus, f"{key}-corpus")
        # A preset's sizes are made for its own corpus.
        usual = small_split(other.labelled or 0, start.split.initial) if other else start.split
        parts = split(usual, f"{key}-split-{other.key}" if other else f"{key}-split")
    with _step("2. Rounds"):
        cycle, oracle = _rounds(start.cycle, start.oracle, key)
    return start.model_copy(update={"corpus": corpus, "split": parts, "cycle": cycle, "oracle": oracle})


def _rounds(given: CycleSettings, oracle: Component, key: str) -> tuple[CycleSettings, Component]:
    batch, rounds = batch_and_rounds(given.batch_size, given.rounds, key)
    with st.expander("More about rounds"):
        start = carry(given.carry, key)
        oracle = choose("Oracle", bench().entries("oracles"), oracle, f"{key}-oracle", fold=False)
    return CycleSettings(rounds=rounds, batch_size=batch, carry=start, baseline=given.baseline), oracle


@contextmanager
def _step(title: str) -> Iterator[None]:
    with st.container(border=True):
        st.subheader(title, anchor=False)
        yield
