"""Step 4 of the experiment form, after the query strategy: the rounds, who answers, when to stop early."""

from __future__ import annotations

import streamlit as st

from al_core.config import Component, CycleSettings, StopSettings
from pages.parts.bench import bench
from pages.parts.fields import choose, choose_several
from pages.parts.rounds_form import batch_and_rounds, carry


def asking(
    oracle: Component, cycle: CycleSettings, stop: StopSettings, key: str
) -> tuple[Component, CycleSettings, StopSettings]:
    """Draw sampling size and rounds, and folded away the rest."""
    batch, rounds = batch_and_rounds(cycle.batch_size, cycle.rounds, key)
    with st.expander("More about rounds"):
        start = carry(cycle.carry, key)
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
    cycle = CycleSettings(rounds=rounds, batch_size=batch, carry=start, baseline=baseline)
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
