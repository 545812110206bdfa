"""A choice that stands in the address of the page: a link sets it, a reload keeps it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def query_choice(label: str, titles: Mapping[str, str], key: str) -> str:
    """Draw a choice among names, shown by their titles, and return the chosen name.

    `bind="query-params"` would put the title in the address, and two things may have one title.
    """
    asked, seen = st.query_params.get(key), st.session_state.get(f"seen-{key}")
    if asked in titles and asked != seen:
        st.session_state[f"{key}-choice"] = asked
    names = list(titles)
    chosen = st.selectbox(
        label,
        names,
        names.index(str(seen)) if seen in titles else 0,
        format_func=titles.__getitem__,
        key=f"{key}-choice",
    )
    st.session_state[f"seen-{key}"] = st.query_params[key] = chosen
    return chosen


def choose_next(key: str, name: str) -> None:
    """Choose a name from a callback: the next time the script runs, it is the chosen one."""
    st.session_state[f"{key}-choice"] = st.session_state[f"seen-{key}"] = name
    st.query_params[key] = name
