"""All runs. `/runs?run=ID` leads on to the run."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.run_list import run_list

if "run" in st.query_params:
    if "runs-seen" not in st.session_state:
        st.switch_page(page("run"), query_params=st.query_params.to_dict())
    # The browser's back button: on the way to a run, its id was left at this page's address. Drawn
    # anew without it, the list finds what it was narrowed to.
    del st.query_params["run"]
    st.rerun()

st.session_state["runs-seen"] = True
st.title("Runs", anchor=False)
st.write("Open a run to see what its labels bought.")
run_list()
