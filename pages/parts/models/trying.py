"""Choose a model, then ask it about one text or about a file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from al_core.deploy.answering import Answerer
from al_core.store.models import ModelRecord
from pages.parts.bench import bench, page
from pages.parts.models.choice import choose_model
from pages.parts.models.trying_file import ask_file, trying_file
from pages.parts.models.trying_text import trying_text

TABS = ["One text", "A file of texts"]
KEPT = 2
"""Models whose process is kept at a time: a network takes half a gigabyte."""


def trying() -> None:
    """Draw all of it; without a model, what to do first."""
    models = bench().models
    used = models.in_use()
    ready = {record.name: record for record in models.models() if used.get(record.name) == record.version}
    if not ready:
        st.caption(
            "No model is promoted yet. Promote one on the tab Decide of a run, or on a labelling session."
        )
        with st.container(horizontal=True):
            st.page_link(page("runs"), label="Runs", icon=":material/show_chart:", width="content")
            st.page_link(page("label"), label="Labelling sessions", icon=":material/label:", width="content")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        record = ready[choose_model(list(ready))]
        st.caption(f"Version {record.version:,}, in use", width="content")
    model = answerer(models.folder(record.name, record.version))
    one, several = st.tabs(TABS, key="try", bind="query-params")
    if one.open:
        with one:
            trying_text(record, model, classes(record))
    with several:
        # Also while the other tab is open, or the file would have to be given again.
        given = ask_file()
        if several.open:
            trying_file(given, record, model, classes(record))


@st.cache_resource(max_entries=KEPT, show_spinner=False, on_release=Answerer.close)
def answerer(folder: Path) -> Answerer:
    """Return the process of a model; it starts with the first question."""
    return Answerer(folder)


def classes(record: ModelRecord) -> list[str]:
    """Return the classes of a model, in the order of its probabilities."""
    return bench().models.about(record.name, record.version)["classes"]
