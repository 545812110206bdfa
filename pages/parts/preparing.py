"""A corpus that is not ready: not read yet, being read, or out of reach."""

from __future__ import annotations

from functools import partial

import streamlit as st

from al_core.config import Component
from al_core.errors import WorkbenchError
from al_core.store.records import CorpusRecord
from pages.parts.bench import bench, flash, fragment, go
from pages.parts.query_choice import choose_next
from pages.parts.words import plain


def reading(component: Component, record: CorpusRecord | None) -> None:
    """Show how far the reading is; offer to begin, to try again, or the demo corpus."""
    if record is not None and record.state == "preparing":
        _progress(record.key)
    elif record is not None and record.state == "failed":
        st.error(plain(record.message), icon=":material/error:")
        with st.container(horizontal=True):
            st.button("Try again", icon=":material/refresh:", on_click=read, args=(component,), key="again")
            st.button("Use the demo corpus", on_click=use_demo, key="use-demo")
    else:
        st.caption(
            "This corpus has not been read yet. The run reads it first; then sizes and time are known."
        )
        st.button("Read it now", icon=":material/download:", on_click=read, args=(component,), key="read-now")


@partial(fragment, every=1)
def _progress(key: str) -> None:
    record = bench().corpus(key)
    if record is None or record.state != "preparing":
        st.rerun()
    told = record.progress or {}
    st.progress(min(1.0, float(told.get("fraction") or 0)), text=plain(told.get("detail") or "Starting"))


def read(component: Component) -> None:
    """Begin to read a corpus, from a callback, and choose it on the Data page."""
    try:
        choose_next("corpus", bench().prepare(component))
    except WorkbenchError as error:
        flash(str(error))


def use_demo() -> None:
    """Set up the demo instead, from a callback."""
    go("experiment", preset="demo")
