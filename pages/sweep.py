"""One sweep, live: `/sweep?sweep=ID`."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.sweeps.sweep_view import sweep_view

# The browser's back button may come by the address without its query.
sweep_id = st.query_params.get("sweep") or st.session_state.get("last-sweep")
if not sweep_id:
    st.switch_page(page("sweeps"))
st.session_state["last-sweep"] = sweep_id

st.page_link(page("sweeps"), label="All sweeps", icon=":material/arrow_back:")
sweep_view(sweep_id)
