"""The form of a new sweep: what all its runs share, then what is varied.

Keys begin with the preset's name, and values last as long as the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from al_core.config import CARRY_TITLES, Component, CycleSettings, RunConfig
from al_core.presets import PRESETS, small_split
from pages.parts.bench import bench
from pages.parts.corpus_choice import corpus_choice
from pages.parts.fields import choose
from pages.parts.query_choice import query_choice
from pages.parts.split_form import split
from pages.parts.sweeps.sweep_begin import Wish, begin
from pages.parts.sweeps.sweep_varied import varied


def sweep_form() -> None:
    """Draw the form, and beside it what will happen and Begin."""
    titles = {name: each.title for name, each in PRESETS.items()}
    preset = PRESETS[query_choice("Start from", titles, "preset")]
    st.caption(preset.help)
    form, side = st.columns([5, 3], gap="large")
    with form:
        key = f"sweep-{preset.name}"
        base = _base(preset.config, key)
        with _step("3. What is varied"):
            axes = varied(base, key)
        usual = f"Sweep on {bench().source_title(base.corpus).lower()}"[:200]
        name = st.text_input(
            "Name of the sweep",
            max_chars=200,
            placeholder=usual,
            key=f"{key}-name",
            persist_state="session",
            help="Left empty, it is the one shown.",
        )
    with side:
        begin(Wish(name.strip() or usual, base, axes))


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
    left, right = st.columns(2)
    batch = left.number_input(
        "Sampling size",
        1,
        None,
        given.batch_size,
        key=f"{key}-batch",
        persist_state="session",
        help="Texts asked about in one round.",
    )
    rounds = right.number_input(
        "Rounds",
        0,
        10_000,
        given.rounds,
        key=f"{key}-rounds",
        persist_state="session",
        help="How often the model asks, after the initial fit.",
    )
    with st.expander("More about rounds"):
        carry = st.selectbox(
            "A round starts from",
            list(CARRY_TITLES),
            list(CARRY_TITLES).index(given.carry),
            format_func=CARRY_TITLES.__getitem__,
            key=f"{key}-carry",
            persist_state="session",
        )
        oracle = choose("Oracle", bench().entries("oracles"), oracle, f"{key}-oracle", fold=False)
    return CycleSettings(rounds=rounds, batch_size=batch, carry=carry, baseline=given.baseline), oracle


@contextmanager
def _step(title: str) -> Iterator[None]:
    with st.container(border=True):
        st.subheader(title, anchor=False)
        yield
