"""What will happen, beside the form: labels, rounds, fits, time. And Start, which is always in sight."""

from __future__ import annotations

import streamlit as st

from al_core import catalogue
from al_core.config import RunConfig
from al_core.errors import BadInput
from al_core.planning import Plan, flatters
from pages.parts.bench import bench
from pages.parts.preparing import reading
from pages.parts.split_form import UNITS
from pages.parts.start import start_button
from pages.parts.words import duration, plain

LONG = 60
"""Seconds that choosing texts may take without a word."""


def plan_and_start(config: RunConfig) -> None:
    """Draw the plan; a config that cannot run gets one sentence in its place, and no Start."""
    ready, line = None, "Change the settings to start."
    with st.container(border=True, key="plan"):
        st.subheader("What will happen", anchor=False)
        try:
            with st.spinner("Counting the texts", show_time=True):
                plan = bench().plan(config)
            ready = config
        except BadInput as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            line = _numbers(plan) if plan else _unread(config)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        st.text(line)
        start_button("Start", ready, "start")


def _numbers(plan: Plan) -> str:
    sizes = plan.sizes
    left, right = st.columns(2)
    left.metric("Labels", f"{plan.labels:,}", help="When the run ends, the initial ones included.")
    right.metric("Validation labels", f"{sizes.validation:,}", help="Besides; they steer, and calibrate.")
    left.metric("Rounds", f"{plan.rounds:,}")
    right.metric("Fits", f"{plan.fits:,}", help="The initial one and the baseline included.")
    left.metric("About", duration(plan.seconds), help="From past runs of this model where there are any.")
    st.caption(
        f"{sizes.initial:,} initial, {sizes.validation:,} validation, {sizes.test:,} test, "
        f"{sizes.pool:,} in the pool."
    )
    if sizes.leaked_test:
        st.warning(flatters(sizes.leaked_test, sizes.test), icon=":material/warning:")
    if plan.asking_seconds > max(LONG, plan.seconds / 2):
        st.warning(
            f"Choosing texts takes about {duration(plan.asking_seconds)} of it: this query strategy fits or "
            "asks the model many times. A faster model, or part of the pool, makes it affordable.",
            icon=":material/warning:",
        )
    return (
        f"{plan.labels:,} labels and {sizes.validation:,} validation labels, {plan.rounds:,} rounds, "
        f"{plan.fits:,} fits, about {duration(plan.seconds)}"
    )


def _unread(config: RunConfig) -> str:
    """Say what is known of a run on a corpus that nobody has read yet."""
    config, cycle = catalogue.validated(config), config.cycle
    asked = cycle.batch_size * cycle.rounds
    left, right = st.columns(2)
    left.metric("Labels asked for", f"{asked:,}")
    right.metric("Rounds", f"{cycle.rounds:,}")
    st.caption(f"Besides, validation labels: {config.split.validation:,g} {UNITS[config.split.unit]}.")
    reading(config.corpus, bench().corpus_of(config.corpus))
    return f"{asked:,} labels asked for in {cycle.rounds:,} rounds"
