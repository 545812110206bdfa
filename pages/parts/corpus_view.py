"""One corpus: what it holds, and what is wrong with it."""

from __future__ import annotations

import streamlit as st

from al_core.config import Component
from al_core.store.records import CorpusRecord
from pages.parts.bench import bench, go
from pages.parts.corpus_titles import corpus_titles
from pages.parts.preparing import read, reading
from pages.parts.profile_view import profile_view
from pages.parts.query_choice import choose_next, query_choice
from pages.parts.words import SYNTHETIC

ROWS = 10
DEMO = Component(name="demo")


def corpus_view() -> None:
    """Draw a choice of corpora and the chosen one; offer the demo corpus when there is none."""
    known = {record.key: record for record in bench().corpora()}
    if removed := st.session_state.get("removed"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Removed from the list.")
            st.button("Undo", icon=":material/undo:", key="undo-remove", on_click=_restore, args=(removed,))
    if not known:
        st.caption("No corpus yet. Make the synthetic one, or add a file.")
        st.button("Make the demo corpus", type="primary", on_click=read, args=(DEMO,), key="make-demo")
        return
    record = known[query_choice("Corpus", corpus_titles(known.values()), "corpus")]
    if record.state == "ready":
        _ready(record)
    else:
        reading(record.source(), record)
    if record.state != "preparing":
        st.button(
            "Remove from the list",
            icon=":material/delete:",
            type="tertiary",
            on_click=_remove,
            args=(record.key,),
            key="remove",
            help="Runs on it stay.",
        )


def _ready(record: CorpusRecord) -> None:
    if record.synthetic:
        st.caption(f":material/info: {SYNTHETIC}")
    elif record.note:
        st.text(record.note)
    if record.labelled:
        st.button(
            "Use in an experiment", icon=":material/science:", on_click=_use, args=(record.key,), key="use"
        )
    with st.spinner("Counting the texts", show_time=True):
        found = bench().profile(record.key)
    profile_view(found)
    pages = -(-found.rows // ROWS)
    at = min(int(st.session_state.get(f"preview-{record.key}") or 1), pages)
    st.dataframe(
        bench().preview(record.key, ROWS, (at - 1) * ROWS).rename(columns=str.capitalize),
        hide_index=True,
        height="content",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "Label": st.column_config.TextColumn(width="small"),
        },
        key="preview",
        alt="Texts and labels of the corpus",
    )
    if pages > 1:
        st.pagination(pages, key=f"preview-{record.key}", max_visible_pages=5)


def _use(key: str) -> None:
    st.session_state["own-texts-corpus"] = key
    go("experiment", preset="own-texts")


def _remove(key: str) -> None:
    bench().delete_corpus(key)
    st.session_state["removed"] = key


def _restore(key: str) -> None:
    bench().restore_corpus(key)
    st.session_state.pop("removed", None)
    choose_next("corpus", key)
