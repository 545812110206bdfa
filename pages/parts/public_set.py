"""Read a public data set of TensorFlow Datasets, in a process of its own."""

from __future__ import annotations

import streamlit as st

from al_core.config import Component
from pages.parts.bench import bench
from pages.parts.fields import fields
from pages.parts.preparing import read


def public_set() -> None:
    """Ask for a data set by name; its reading shows beside the other corpora."""
    entry = bench().entries("corpora")["tfds"]
    st.caption("Any text-classification set of TensorFlow Datasets. It is downloaded once.")
    params = fields(entry, {}, "public", advanced=False)
    with st.expander("More about its fields"):
        params |= fields(entry, {}, "public", advanced=True)
    component = Component(name=entry.name, params=params)
    st.button(
        "Read it", type="primary", icon=":material/download:", key="fetch", on_click=_fetch, args=(component,)
    )


def _fetch(component: Component) -> None:
    st.session_state["tab"] = "Look"
    read(component)
