"""Labelling sessions: go on with one, or begin one. `/label?corpus=KEY` begins one on a corpus."""

import streamlit as st

from pages.parts.bench import bench
from pages.parts.labelling.label_form import label_form
from pages.parts.labelling.label_list import label_list

TABS = ["Sessions", "New session"]

st.title("Label", anchor=False)
st.write("Label what the model asks for. It learns behind you, and says when more labels stop paying.")

# Set once, not by `default`: tabs whose default changes are new tabs, and what is typed in them is lost.
if "view" not in st.session_state and "view" not in st.query_params:
    labelling = bench().labelling
    none = not labelling.sessions() and not labelling.sessions(archived=True)
    st.session_state["view"] = TABS[none or "corpus" in st.query_params]
known, new = st.tabs(TABS, key="view", bind="query-params")
if known.open:
    st.query_params.pop("corpus", None)
    with known:
        label_list()
elif new.open:
    with new:
        label_form()
