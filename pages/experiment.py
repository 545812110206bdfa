"""Set up an experiment in four steps, see what it will cost, start it."""

import streamlit as st

from al_core.presets import PRESETS
from pages.parts import experiment_form
from pages.parts.plan import plan_and_start
from pages.parts.query_choice import query_choice

st.title("Experiment", anchor=False)
st.write("Choose data, split, model and query strategy. The run trains in the background.")

titles = {name: each.title for name, each in PRESETS.items()}
preset = PRESETS[query_choice("Start from", titles, "preset")]
st.caption(preset.help)

form, side = st.columns([5, 3], gap="large")
with form:
    config = experiment_form.edit(preset)
with side:
    plan_and_start(config)
