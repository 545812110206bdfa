"""Models: what was promoted, which version is in use, and how to take it away."""

import streamlit as st

from pages.parts.models.registry import registry

st.title("Models", anchor=False)
st.write("Models that were promoted: take one away, serve it, try it, or go back to an earlier version.")
registry()
