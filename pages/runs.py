"""All runs; with `?run=ID`, one of them live."""

import streamlit as st

from pages.parts.bench import page
from pages.parts.run_list import run_list
from pages.parts.run_view import run_view

if run_id := st.query_params.get("run"):
    st.page_link(page("runs"), label="All runs", icon=":material/arrow_back:", query_params={})
    run_view(run_id)
else:
    st.title("Runs", anchor=False)
    st.write("Open a run to see what its labels bought. Several wait for each other.")
    run_list()
