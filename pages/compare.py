"""Runs beside each other: `/compare?sweep=ID` or `/compare?runs=A,B,C`."""

import streamlit as st

from pages.parts.compare.choice import chosen
from pages.parts.compare.view import comparison_view

st.title("Compare", anchor=False)
st.write("See whether one way to ask is better than another, and by how much.")
if run_ids := chosen():
    comparison_view(run_ids)
