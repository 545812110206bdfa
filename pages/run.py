"""One run, live: `/run?run=ID`."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.run_view import run_view

# The browser's back button may come by the address without its query.
run_id = st.query_params.get("run") or st.session_state.get("last-run")
if not run_id:
    st.switch_page(page("runs"))
st.session_state["last-run"] = run_id

st.page_link(page("runs"), label="All runs", icon=":material/arrow_back:")
run_view(run_id)
