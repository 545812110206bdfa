"""Sweeps: look at one, or set one up."""

import streamlit as st

from pages.parts.bench import bench
from pages.parts.sweeps.sweep_form import sweep_form
from pages.parts.sweeps.sweep_list import sweep_list

TABS = ["Sweeps", "New sweep"]

st.title("Sweeps", anchor=False)
st.write("Run query strategies and models against each other, on several seeds.")

# Set once, not by `default`: tabs whose default changes are new tabs, and what is chosen in them is lost.
if "part" not in st.session_state and "part" not in st.query_params:
    sweeps = bench().sweeps
    st.session_state["part"] = TABS[not sweeps.sweeps() and not sweeps.sweeps(archived=True)]
known, new = st.tabs(TABS, key="part", bind="query-params")
if known.open:
    with known:
        sweep_list()
elif new.open:
    with new:
        sweep_form()
