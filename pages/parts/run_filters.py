"""What the list of runs is narrowed to: states, strategies, models, corpora, tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.parts.bench import bench
from pages.parts.corpus_titles import corpus_titles
from pages.parts.words import STATES


def run_filters(on_change: Callable[[], None]) -> dict[str, Any]:
    """Draw the filters, folded away, and return those that are set, as `Workbench.runs` takes them.

    on_change: called when somebody sets another.
    """
    known = bench().run_choices()
    titles = corpus_titles(bench().corpora())
    offered = {
        "states": ("State", list(STATES), lambda state: STATES[state][0]),
        "strategies": ("Query strategy", known["strategies"], lambda name: bench().title("strategies", name)),
        "classifiers": ("Model", known["classifiers"], lambda name: bench().title("classifiers", name)),
        "corpora": ("Corpus", known["corpora"], lambda key: titles.get(key, key)),
        "tags": ("Tags", known["tags"], str),
    }
    before = sum(_set(f"filter-{name}") for name in offered)
    title = f"Filter ({before} set)" if before else "Filter"
    # A key, so that it stays open although its title changes.
    with st.expander(title, icon=":material/filter_list:", key="filters"):
        columns = st.columns(3)
        for place, (name, (label, options, words)) in enumerate(offered.items()):
            columns[place % 3].multiselect(
                label,
                options,
                format_func=words,
                key=f"filter-{name}",
                placeholder="Any",
                bind="query-params",
                on_change=on_change,
            )
    chosen = {name: st.session_state.get(f"filter-{name}") for name in offered}
    return {name: values for name, values in chosen.items() if values}


def _set(key: str) -> bool:
    """Tell whether a filter is set before it is drawn; at first only the address knows."""
    return bool(st.session_state[key] if key in st.session_state else st.query_params.get_all(key))
