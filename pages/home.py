"""What is here, and three ways in."""

import streamlit as st

from al_core.presets import PRESETS
from pages.parts.bench import page
from pages.parts.run_list import recent_runs
from pages.parts.start import start_button

st.title("Active learning workbench", anchor=False)
st.write("Let a model choose which texts people label, and see how many labels that saves.")

cards = [
    column.container(height="stretch", vertical_alignment="distribute")
    for column in st.columns(3, border=True)
]
with cards[0]:
    with st.container():
        st.subheader("See a demo", anchor=False)
        st.write("A small model asks about synthetic reviews. About a minute, no network needed.")
    with st.container(horizontal=True, vertical_alignment="center"):
        start_button("Run the demo", PRESETS["demo"].config, "run-demo")
        st.page_link(page("story"), label="See the story", icon=":material/auto_stories:")
with cards[1]:
    with st.container():
        st.subheader("Repeat the Keras example", anchor=False)
        st.write("50,000 film reviews and the published model, as printed or corrected.")
    st.page_link(
        page("experiment"),
        label="Set it up",
        icon=":material/science:",
        query_params={"preset": "tutorial-imdb"},
    )
with cards[2]:
    with st.container():
        st.subheader("Use my own texts", anchor=False)
        st.write("A CSV, TSV, JSONL or Parquet file. Where labels are missing, people give them here.")
    with st.container(horizontal=True):
        st.page_link(
            page("data"),
            label="Add a file",
            icon=":material/upload_file:",
            query_params={"tab": "Add a file"},
        )
        st.page_link(page("label"), label="Label", icon=":material/label:")

recent_runs()
