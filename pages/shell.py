"""The frame around every page: navigation, and one line on what the worker does."""

from pathlib import Path

import streamlit as st

from pages.parts.bench import follow, sentence, show_flash
from pages.parts.status import worker_line

HERE = Path(__file__).parent

st.set_page_config(page_title="Active learning workbench", page_icon=str(HERE / "icon.svg"), layout="wide")

page = st.navigation(
    [
        st.Page(HERE / "home.py", title="Home", icon=":material/home:", default=True),
        st.Page(HERE / "story.py", title="Story", icon=":material/auto_stories:", url_path="story"),
        st.Page(HERE / "data.py", title="Data", icon=":material/table_rows:", url_path="data"),
        st.Page(HERE / "label.py", title="Label", icon=":material/label:", url_path="label"),
        st.Page(HERE / "experiment.py", title="Experiment", icon=":material/science:", url_path="experiment"),
        st.Page(HERE / "sweeps.py", title="Sweeps", icon=":material/grid_view:", url_path="sweeps"),
        st.Page(HERE / "runs.py", title="Runs", icon=":material/show_chart:", url_path="runs"),
        st.Page(HERE / "compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
        st.Page(HERE / "models.py", title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(HERE / "try_it.py", title="Try it", icon=":material/play_circle:", url_path="try_it"),
        # A page of its own: a link within a page changes its query, but not the address in the browser.
        st.Page(HERE / "run.py", title="Run", url_path="run", visibility="hidden"),
        st.Page(HERE / "sweep.py", title="Sweep", url_path="sweep", visibility="hidden"),
        st.Page(HERE / "session.py", title="Session", url_path="session", visibility="hidden"),
        st.Page(HERE / "desk.py", title="Desk", url_path="desk", visibility="hidden"),
    ]
)
follow()
with st.sidebar:
    worker_line()
show_flash()
with sentence():
    page.run()
