"""Which model: chosen from a list, or named by a link. The address says it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

KEY, ADDRESS = "chosen-model", "model"


def choose_model(names: Sequence[str]) -> str:
    """Draw the choice and return a name; without a link, or with one that names no model, the first.

    Not bound to the address by Streamlit, which takes a link to the first of a list for none, so that what
    was chosen before would stay.
    """
    wanted = st.query_params.get(ADDRESS)
    if wanted in names:
        st.session_state[KEY] = wanted
    elif wanted is not None:
        del st.query_params[ADDRESS]
    if st.session_state.get(KEY) not in names:
        st.session_state.pop(KEY, None)
    return st.selectbox("Model", names, key=KEY, on_change=_keep, persist_state="session", width=360)


def _keep() -> None:
    st.query_params[ADDRESS] = st.session_state[KEY]
