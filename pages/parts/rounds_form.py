"""Sampling size, rounds, and what a round starts from: what the forms of a run and of a sweep share."""

from __future__ import annotations

import streamlit as st

from al_core.config import CARRY_TITLES, Carry


def batch_and_rounds(batch_size: int, rounds: int, key: str) -> tuple[int, int]:
    """Draw how much is asked, side by side, and return texts a round and rounds."""
    left, right = st.columns(2)
    batch_size = left.number_input(
        "Sampling size",
        1,
        None,
        batch_size,
        key=f"{key}-batch",
        persist_state="session",
        help="Texts asked about in one round.",
    )
    rounds = right.number_input(
        "Rounds",
        0,
        10_000,
        rounds,
        key=f"{key}-rounds",
        persist_state="session",
        help="How often the model asks, after the initial fit.",
    )
    return batch_size, rounds


def carry(given: Carry, key: str) -> Carry:
    """Draw what the model of a round starts from, and return it."""
    return st.selectbox(
        "A round starts from",
        list(CARRY_TITLES),
        list(CARRY_TITLES).index(given),
        format_func=CARRY_TITLES.__getitem__,
        key=f"{key}-carry",
        persist_state="session",
    )
