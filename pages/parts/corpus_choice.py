"""Step 1 of the experiment form: which texts."""

from __future__ import annotations

import streamlit as st

from al_core.config import Component
from al_core.store.records import CorpusRecord
from pages.parts.bench import bench
from pages.parts.corpus_titles import corpus_titles
from pages.parts.fields import fields
from pages.parts.words import SYNTHETIC


def corpus_choice(given: Component, key: str) -> tuple[Component, CorpusRecord | None]:
    """Offer the preset's corpus and every one that has been read; with the latter comes its record."""
    entries, own = bench().entries("corpora"), bench().corpus_key(given)
    read = {record.key: record for record in bench().corpora() if record.state == "ready"}
    titles = {own: bench().source_title(given)} | corpus_titles(read.values())
    chosen = st.selectbox(
        "Corpus", list(titles), format_func=titles.__getitem__, key=key, persist_state="session"
    )
    component = read[chosen].source() if chosen in read else given
    entry = entries[component.name]
    if chosen == own and component.name != "table":
        with st.expander("More about data"):
            params = fields(entry, component.params, f"{key}-{chosen}")
        component = Component(name=component.name, params=params)
    record = bench().corpus_of(component)
    if component.name == "demo" or (record and record.synthetic):
        st.caption(f":material/info: {SYNTHETIC}")
    return component, None if chosen == own else read[chosen]
