"""One labelling session, live: `/session?session=ID`."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.labelling.session_view import session_view

# The browser's back button may come by the address without its query.
session_id = st.query_params.get("session") or st.session_state.get("last-session")
if not session_id:
    st.switch_page(page("label"))
st.session_state["last-session"] = session_id

st.page_link(page("label"), label="All sessions", icon=":material/arrow_back:")
session_view(session_id)
