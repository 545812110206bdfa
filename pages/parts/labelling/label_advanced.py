"""What a new session may be set to besides: folded away, since the defaults are good."""

from __future__ import annotations

from typing import Any

import streamlit as st

from al_core.labelling.settings import LabelSettings, suggested_validation
from pages.parts.bench import bench
from pages.parts.features_form import features_for
from pages.parts.fields import choose

USUAL = LabelSettings(classes=("0", "1"))
SWAYS = "A guess that is seen first sways people. What was shown is on record."


def advanced(texts: int, key: str) -> dict[str, Any]:
    """Draw the folded parts, and return settings by their names."""
    found: dict[str, Any] = {}
    with st.expander("How texts are chosen"):
        found["strategy"] = choose(
            "Query strategy", bench().labelling.strategies(), USUAL.strategy, f"{key}-strategy", fold=False
        )
        found |= _random(texts, key)
    with st.expander("The model"):
        found["classifier"] = choose(
            "Model", bench().entries("classifiers"), USUAL.classifier, f"{key}-model", fold=False
        )
    found["features"] = features_for(found["classifier"], USUAL.features, f"{key}-features")
    with st.expander("People and pace"):
        found |= _people(key)
    return found


def _random(texts: int, key: str) -> dict[str, Any]:
    left, right = st.columns(2, vertical_alignment="bottom")
    share = left.slider(
        "Random texts, per cent",
        0,
        100,
        round(100 * USUAL.random_share),
        5,
        key=f"{key}-random",
        persist_state="session",
        help="Share of the texts that are drawn at random, whatever the model asks for.",
    )
    validation = right.number_input(
        "Validation set",
        0,
        max(0, texts - 1),
        suggested_validation(texts),
        key=f"{key}-validation",
        persist_state="session",
        help="Texts drawn at random that the model never learns from, and is measured by.",
    )
    first = st.toggle(
        "Label the validation set first",
        USUAL.validation_first,
        key=f"{key}-first",
        persist_state="session",
        help="Otherwise it is labelled along the way, as the first of the random texts.",
    )
    return {"random_share": share / 100, "validation": validation, "validation_first": first}


def _people(key: str) -> dict[str, Any]:
    kept: dict[str, Any] = {"persist_state": "session"}
    one, two, three = st.columns(3, vertical_alignment="bottom")
    overlap = one.number_input(
        "People per text", 1, 20, 1, key=f"{key}-overlap", help="How many label each text.", **kept
    )
    every = two.number_input(
        "New model after",
        1,
        100_000,
        USUAL.retrain_every,
        key=f"{key}-every",
        help="Labels after which the model is fitted anew.",
        **kept,
    )
    minutes = three.number_input(
        "Kept for, minutes",
        1,
        1440,
        USUAL.lease_seconds // 60,
        key=f"{key}-lease",
        help="How long a text is kept for a person who does not answer.",
        **kept,
    )
    guess = st.toggle(
        "Show the model's guess before the answer", False, key=f"{key}-guess", help=SWAYS, **kept
    )
    if guess:
        st.caption(f":material/info: {SWAYS}")
    seed = st.number_input(
        "Seed",
        0,
        2**32 - 1,
        0,
        key=f"{key}-seed",
        width=200,
        help="Decides on everything random. The same seed draws the same texts again.",
        **kept,
    )
    return {
        "overlap": overlap,
        "retrain_every": every,
        "lease_seconds": 60 * minutes,
        "show_guess": guess,
        "seed": seed,
    }
