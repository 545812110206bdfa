"""Label texts one after another: `/desk?session=ID&as=NAME`."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.labelling.labelling_view import labelling_view

session_id = st.query_params.get("session") or st.session_state.get("last-session")
if not session_id:
    st.switch_page(page("label"))
st.session_state["last-session"] = st.query_params["session"] = session_id
labelling_view(session_id)
