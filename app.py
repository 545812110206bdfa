"""Start with `streamlit run app.py`. The frame is pages/shell.py; see there."""

import streamlit as st

from pages.parts import warm

warm.begin()
app = st.App("pages/shell.py")
