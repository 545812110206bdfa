"""Step 2 of the experiment form: how the corpus is cut."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from al_core.config import SplitSettings

Unit = Literal["total", "per_class", "percent"]
Order = Literal["seeded", "source", "shuffled"]

UNITS: dict[Unit, str] = {"total": "in total", "per_class": "per class", "percent": "per cent"}
ORDERS: dict[Order, str] = {
    "seeded": "At random, from the seed",
    "source": "First N of each class, in the corpus's order",
    "shuffled": "As scikit-learn's train_test_split",
}
PARTS = {
    "initial": ("Initial", "Labelled before the first round."),
    "validation": (
        "Validation",
        "Labelled. Steers training, queries and criteria, and calibrates. About 200 are enough.",
    ),
    "test": ("Test", "Labelled. Only reports."),
}


def split(given: SplitSettings, key: str) -> SplitSettings:
    """Draw the sizes, and folded away the rest of the settings."""
    columns = st.columns([3, 3, 3, 4], vertical_alignment="bottom")
    sizes = {
        name: _size(column, title, getattr(given, name), f"{key}-{name}", words)
        for column, (name, (title, words)) in zip(columns, PARTS.items(), strict=False)
    }
    unit = columns[3].selectbox(
        "Sizes are",
        list(UNITS),
        list(UNITS).index(given.unit),
        format_func=UNITS.__getitem__,
        key=f"{key}-unit",
        persist_state="session",
    )
    with st.expander("More about the split"):
        left, right = st.columns(2, vertical_alignment="bottom")
        order = left.selectbox(
            "Which texts",
            list(ORDERS),
            list(ORDERS).index(given.order),
            format_func=ORDERS.__getitem__,
            key=f"{key}-order",
            persist_state="session",
        )
        limited = right.toggle(
            "Limit the pool", given.pool is not None, key=f"{key}-limited", persist_state="session"
        )
        pool = (
            _size(right, "Pool", given.pool or 1000, f"{key}-pool", "Texts to ask about.")
            if limited
            else None
        )
        stratified = left.toggle(
            "Same class shares in every part",
            given.stratified,
            key=f"{key}-stratified",
            persist_state="session",
        )
        together = left.toggle(
            "Keep copies of a text together",
            given.group_duplicates,
            help="Off, a test text may also stand in training. Only to reproduce published splits.",
            key=f"{key}-copies",
            persist_state="session",
        )
        seed = right.number_input(
            "Seed of the split",
            0,
            2**32 - 1,
            given.seed,
            placeholder="The run's",
            help="With one of its own, runs of several seeds share their test set.",
            key=f"{key}-seed",
            persist_state="session",
        )
    return SplitSettings(
        unit=unit,
        pool=pool,
        order=order,
        stratified=stratified,
        group_duplicates=together,
        seed=seed,
        **sizes,
    )


def _size(place: DeltaGenerator, title: str, value: float, key: str, words: str) -> float:
    found = place.number_input(
        title,
        0.0,
        None,
        float(value),
        1.0,
        format="%g",
        help=words,
        key=key,
        persist_state="session",
    )
    return float(found or 0.0)
