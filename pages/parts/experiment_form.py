"""The form of an experiment: data, split, model, asking. Built from the registries.

Keys begin with the preset's name, and values last as long as the session: each preset keeps what
people changed in it while they look at other pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from al_core.config import RunConfig
from al_core.presets import Preset, small_split
from pages.parts.asking_form import asking
from pages.parts.bench import bench
from pages.parts.corpus_choice import corpus_choice
from pages.parts.features_form import features_for
from pages.parts.fields import choose, choose_several
from pages.parts.split_form import split


def edit(preset: Preset) -> RunConfig:
    """Draw the form with a preset's values filled in and return what it holds now."""
    start, key = preset.config, preset.name
    with _step("1. Data"):
        corpus, other = corpus_choice(start.corpus, f"{key}-corpus")
    with _step("2. Split"):
        # A preset's sizes are made for its own corpus.
        usual_split = small_split(other.labelled or 0, start.split.initial) if other else start.split
        parts = split(usual_split, f"{key}-split-{other.key}" if other else f"{key}-split")
        with st.expander("How the initial set is chosen"):
            starter = choose(
                "Initial set", bench().entries("starters"), start.starter, f"{key}-starter", fold=False
            )
    with _step("3. Model"):
        classifier = choose("Model", bench().entries("classifiers"), start.classifier, f"{key}-model")
        features = features_for(classifier, start.features, f"{key}-features")
        with st.expander("How probabilities are calibrated"):
            calibration = choose(
                "Calibration",
                bench().entries("calibration"),
                start.calibration,
                f"{key}-calibration",
                fold=False,
            )
    with _step("4. Asking"):
        strategy = choose("Query strategy", bench().entries("strategies"), start.strategy, f"{key}-strategy")
        with st.expander("Around the query strategy"):
            wrappers = choose_several(
                "Around it",
                bench().entries("wrappers"),
                start.wrappers,
                f"{key}-wrappers",
                placeholder="Nothing",
                words="What changes the query strategy's batches. The first one stands next to it.",
            )
        oracle, cycle, stop = asking(start.oracle, start.cycle, start.stop, f"{key}-asking")
    usual = start.name
    if strategy.name != start.strategy.name or bench().corpus_key(corpus) != bench().corpus_key(start.corpus):
        usual = (
            f"{bench().entries('strategies')[strategy.name].title} on {bench().source_title(corpus).lower()}"
        )
    name, seed = _name(usual, start.seed, key)
    return RunConfig(
        name=name,
        seed=seed,
        corpus=corpus,
        split=parts,
        features=features,
        classifier=classifier,
        calibration=calibration,
        strategy=strategy,
        wrappers=wrappers,
        starter=starter,
        oracle=oracle,
        cycle=cycle,
        stop=stop,
    )


@contextmanager
def _step(title: str) -> Iterator[None]:
    with st.container(border=True):
        st.subheader(title, anchor=False)
        yield


def _name(usual: str, seed: int, key: str) -> tuple[str, int]:
    left, right = st.columns([3, 1])
    name = left.text_input(
        "Name of the run",
        max_chars=200,
        placeholder=usual,
        key=f"{key}-name",
        persist_state="session",
        help="Left empty, it is the one shown.",
    )
    number = right.number_input(
        "Seed",
        0,
        2**32 - 1,
        seed,
        key=f"{key}-seed",
        persist_state="session",
        help="The same settings and seed give the same numbers again.",
    )
    return name.strip() or usual[:200], number
