"""What the list of runs is narrowed to: states, strategies, models, corpora, tags."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts.bench import bench
from pages.parts.words import STATES


def run_filters() -> dict[str, Any]:
    """Draw the filters, folded away, and return those that are set, as `Workbench.runs` takes them."""
    known = bench().run_choices()
    titles = {record.key: record.title for record in bench().corpora()}
    offered = {
        "states": ("State", list(STATES), lambda state: STATES[state][0]),
        "strategies": ("Query strategy", known["strategies"], lambda name: bench().title("strategies", name)),
        "classifiers": ("Model", known["classifiers"], lambda name: bench().title("classifiers", name)),
        "corpora": ("Corpus", known["corpora"], lambda key: titles.get(key, key)),
        "tags": ("Tags", known["tags"], str),
    }
    before = sum(bool(st.session_state.get(f"filter-{name}")) for name in offered)
    title = f"Filter ({before} set)" if before else "Filter"
    # A key, so that it stays open although its title changes.
    with st.expander(title, icon=":material/filter_list:", key="filters"):
        columns = st.columns(3)
        for place, (name, (label, options, words)) in enumerate(offered.items()):
            columns[place % 3].multiselect(
                label, options, format_func=words, key=f"filter-{name}", placeholder="Any"
            )
    chosen = {name: st.session_state.get(f"filter-{name}") for name in offered}
    return {name: values for name, values in chosen.items() if values}
