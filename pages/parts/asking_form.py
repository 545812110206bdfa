"""Step 4 of the experiment form, after the query strategy: the rounds, who answers, when to stop early."""

from __future__ import annotations

import streamlit as st

from al_core.config import CARRY_TITLES, Component, CycleSettings, StopSettings
from pages.parts.bench import bench
from pages.parts.fields import choose, choose_several


def asking(
    oracle: Component, cycle: CycleSettings, stop: StopSettings, key: str
) -> tuple[Component, CycleSettings, StopSettings]:
    """Draw sampling size and rounds, and folded away the rest."""
    left, right = st.columns(2)
    batch = left.number_input(
        "Sampling size",
        1,
        None,
        cycle.batch_size,
        key=f"{key}-batch",
        persist_state="session",
        help="Texts asked about in one round.",
    )
    rounds = right.number_input(
        "Rounds",
        0,
        10_000,
        cycle.rounds,
        key=f"{key}-rounds",
        persist_state="session",
        help="How often the model asks, after the initial fit.",
    )
    with st.expander("More about rounds"):
        carry = st.selectbox(
            "A round starts from",
            list(CARRY_TITLES),
            list(CARRY_TITLES).index(cycle.carry),
            format_func=CARRY_TITLES.__getitem__,
            key=f"{key}-carry",
            persist_state="session",
        )
        baseline = st.toggle(
            "Full-data baseline",
            cycle.baseline,
            key=f"{key}-baseline",
            persist_state="session",
            help="Also fit once on the initial labels and the whole pool: the bar to reach.",
        )
    with st.expander("Who answers"):
        oracle = choose("Oracle", bench().entries("oracles"), oracle, f"{key}-oracle")
    with st.expander("Stop early"):
        criteria = _criteria(stop, key)
    cycle = CycleSettings(rounds=rounds, batch_size=batch, carry=carry, baseline=baseline)
    return oracle, cycle, criteria


def _criteria(given: StopSettings, key: str) -> StopSettings:
    criteria = choose_several(
        "End the run when",
        bench().entries("stopping"),
        given.criteria,
        f"{key}-criteria",
        placeholder="All rounds are done",
        words="Asked after each round. None of them sees the test split.",
    )
    every = given.combine == "all"
    if len(criteria) > 1:
        every = st.toggle("All of them must be met", every, key=f"{key}-all", persist_state="session")
    return StopSettings(criteria=criteria, combine="all" if every else "any")
