"""The workbench, opened once for all sessions, and what callbacks, which cannot draw, leave for the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from al_core import paths
from al_core.errors import WorkbenchError
from al_core.workbench import Workbench
from pages.parts.words import plain

PAGES = Path(__file__).parent.parent


def bench() -> Workbench:
    """Return the workbench of the present store."""
    return _open(paths.store_url())


@st.cache_resource(show_spinner=False)
def _open(url: str) -> Workbench:
    return Workbench(url)


@contextmanager
def sentence() -> Iterator[None]:
    """Show an error that is meant for people as one sentence; let every other one through."""
    try:
        yield
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")


def page(name: str) -> Path:
    """Return the file of a page, for links."""
    return PAGES / f"{name}.py"


def go(name: str, **query: str) -> None:
    """Open a page the next time the script runs."""
    st.session_state["go"] = name, query


def follow() -> None:
    """Open the page that the last callback asked for."""
    if "go" in st.session_state:
        name, query = st.session_state.pop("go")
        st.switch_page(page(name), query_params=query)


def flash(message: str) -> None:
    """Keep a message for the next time the script runs."""
    st.session_state["flash"] = message


def show_flash() -> None:
    """Show what the last callback had to say."""
    if message := st.session_state.pop("flash", ""):
        st.toast(plain(message))
