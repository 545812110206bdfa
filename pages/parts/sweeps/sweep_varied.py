"""What is varied in a new sweep: query strategies, models, seeds; and more, folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from al_core.config import Component, RunConfig
from al_core.registry import Entry
from pages.parts.bench import bench
from pages.parts.corpus_titles import corpus_titles
from pages.parts.fields import choose_several

MOST_SEEDS = 50


def varied(base: RunConfig, asking: Sequence[str], key: str) -> dict[str, Any]:
    """Draw the choices, `asking` the query strategies to begin with; return them as settings of a sweep."""
    strategies = _several("Query strategies", "strategies", asking, f"{key}-strategies")
    models = _several(
        "Models",
        "classifiers",
        [base.classifier.name],
        f"{key}-models",
        words="Each reads the texts in its usual way.",
    )
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    seeds = left.number_input(
        "Seeds",
        1,
        MOST_SEEDS,
        3,
        key=f"{key}-seeds",
        persist_state="session",
        help="How often everything runs, each time with another split and other chances.",
    )
    with right:
        control = st.toggle(
            "Random sampling as the control",
            True,
            key=f"{key}-control",
            persist_state="session",
            help="A query strategy pays only if it beats this.",
        )
        baseline = st.toggle(
            "Full-data baseline",
            base.cycle.baseline,
            key=f"{key}-baseline",
            persist_state="session",
            help="Also fit once on all labels, for each model and seed: the bar to reach.",
        )
    with st.expander("More to vary: corpora, wrappers"):
        data = _corpora(base, key)
        around = choose_several(
            "Also with this around each query strategy",
            bench().entries("wrappers"),
            (),
            f"{key}-around",
            placeholder="Nothing",
            words="Each query strategy runs by itself, and once more with each of these around it.",
        )
    ways = [_component(name, base.strategy) for name in strategies]
    wrapped = [(each,) for each in around]
    return {
        "data": data,
        "asking": tuple({"strategy": way, "wrappers": each} for way in ways for each in [(), *wrapped]),
        "models": tuple(_model(name, base) for name in models),
        "seeds": tuple(range(base.seed, base.seed + seeds)),
        "control": control,
        "baseline": baseline,
    }


def _corpora(base: RunConfig, key: str) -> tuple[dict[str, Component], ...]:
    """Draw the corpora to run on, the chosen one first; return none where it is that one alone."""
    own = bench().corpus_key(base.corpus)
    ready = [record for record in bench().corpora() if record.state == "ready"]
    titles = {own: bench().source_title(base.corpus)} | corpus_titles(ready)
    offered = {record.key: record.source() for record in ready} | {own: base.corpus}
    # Another corpus in step 1 is another choice here, which begins with it.
    chosen = st.multiselect(
        "Corpora",
        list(titles),
        [own],
        format_func=titles.__getitem__,
        key=f"{key}-corpora-{own}",
        persist_state="session",
        placeholder="The one in step 1",
        help="Everything runs on each of them. All are split as step 1 says.",
    )
    return () if chosen in ([], [own]) else tuple({"corpus": offered[each]} for each in chosen)


def _several(label: str, kind: str, given: Sequence[str], key: str, words: str | None = None) -> list[str]:
    entries = bench().entries(kind)
    return st.multiselect(
        label,
        list(entries),
        list(given),
        format_func=lambda name: entries[name].title,
        key=key,
        persist_state="session",
        placeholder="Choose at least one",
        help=words,
    )


def _component(name: str, given: Component) -> Component:
    return given if name == given.name else Component(name=name)


def _model(name: str, base: RunConfig) -> dict[str, Component]:
    """Return a model with what it reads: the preset's features where it can read them."""
    model = bench().entries("classifiers")[name]
    gives = _declared(bench().entries("features")[base.features.name], "gives")
    fits = gives == _declared(model, "reads")
    features = base.features if fits else Component(name=_declared(model, "usual_features"))
    return {
        "classifier": _component(name, base.classifier),
        "features": features,
        "calibration": base.calibration,
    }


def _declared(entry: Entry[Any], name: str) -> str:
    return getattr(entry.build, name)
