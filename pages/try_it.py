"""Try it: what a promoted model says of a text, or of a file of them."""

import streamlit as st

from pages.parts.models.trying import trying

st.title("Try it", anchor=False)
st.write("Ask a promoted model about any text, and see what it goes by.")
trying()
