"""All runs. `/runs?run=ID` leads on to the run."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.run_list import run_list

if "run" in st.query_params:
    st.switch_page(page("run"), query_params=st.query_params.to_dict())

st.title("Runs", anchor=False)
st.write("Open a run to see what its labels bought.")
run_list()
