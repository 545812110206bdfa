"""The form of a new session: corpus, name, classes, guidelines; the rest folds away."""

from __future__ import annotations

import streamlit as st

from al_core.config import Component
from al_core.store.records import CorpusRecord
from pages.parts.bench import bench, page
from pages.parts.corpus_titles import corpus_titles
from pages.parts.labelling.label_advanced import advanced
from pages.parts.labelling.label_begin import Wish, begin
from pages.parts.labelling.label_classes import classes_for
from pages.parts.preparing import read
from pages.parts.query_choice import query_choice
from pages.parts.words import SYNTHETIC

DEMO = Component(name="demo")


def label_form() -> None:
    """Draw the form, and beside it what will happen; without a corpus, the way to one."""
    ready = {record.key: record for record in bench().corpora() if record.state == "ready"}
    if not ready:
        st.caption("It takes texts to label. Add a file, or try it with synthetic reviews.")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Try it with the demo corpus", type="primary", on_click=read, args=(DEMO,), key="try-demo"
            )
            st.page_link(
                page("data"),
                label="Add a file",
                icon=":material/upload_file:",
                query_params={"tab": "Add a file"},
            )
        return
    form, side = st.columns([5, 3], gap="large")
    with form:
        wish = _form(ready)
    with side:
        begin(wish)


def _form(ready: dict[str, CorpusRecord]) -> Wish:
    with st.container(border=True):
        st.subheader("1. Texts", anchor=False)
        record = ready[query_choice("Corpus", corpus_titles(ready.values()), "corpus")]
        if record.synthetic:
            st.caption(f":material/info: {SYNTHETIC}")
        key = f"new-{record.key}"
        usual = record.title[:200]
        name = st.text_input(
            "Name of the session",
            max_chars=200,
            placeholder=usual,
            key=f"{key}-name",
            persist_state="session",
            help="Left empty, it is the one shown.",
        )
    with st.container(border=True):
        st.subheader("2. Classes", anchor=False)
        names, colors = classes_for(record, key)
    with st.container(border=True):
        st.subheader("3. Guidelines", anchor=False)
        text = st.text_area(
            "What the people who label should know",
            st.session_state.get(f"{key}-text-kept", ""),
            height=140,
            max_chars=20_000,
            key=f"{key}-text",
            help="Shown beside the text, as it is typed here. It can be changed later; versions are kept.",
        )
        st.session_state[f"{key}-text-kept"] = text
    settings = advanced(record.rows or 0, key)
    return Wish(
        corpus=record,
        name=name.strip() or usual,
        text=text or "",
        settings=settings,
        names=names,
        colors=colors,
    )
