"""The workbench, opened once for all sessions, and what callbacks, which cannot draw, leave for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from al_core import paths
from al_core.errors import WorkbenchError
from al_core.workbench import Workbench
from pages.parts.words import plain

Given = ParamSpec("Given")
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


def fragment(draw: Callable[Given, None], every: float | None = None) -> Callable[Given, None]:
    """Return a part of the page that is drawn by itself, every so many seconds if wanted.

    What goes wrong is one sentence in it too: that of the shell does not reach what runs by itself.
    """

    @wraps(draw)
    def told(*args: Given.args, **words: Given.kwargs) -> None:
        with sentence():
            draw(*args, **words)

    return st.fragment(told, run_every=every)


def page(name: str) -> Path:
    """Return the file of a page, for links."""
    return PAGES / f"{name}.py"


def ahead() -> Callable[..., None]:
    """Return what opens a page, as `go` does, without a look at the session state.

    For callbacks that have changed something by then: another click, or a timer, ends a callback at its next
    look, and the page would stay where it was.
    """
    way = _way()

    def lead(name: str, **query: str) -> None:
        way["go"] = name, query

    return lead


def go(name: str, **query: str) -> None:
    """Open a page the next time the script runs."""
    ahead()(name, **query)


def follow() -> None:
    """Open the page that the last callback asked for."""
    if target := _way().pop("go", None):
        name, query = target
        st.switch_page(page(name), query_params=query)


def _way() -> dict[str, tuple[str, dict[str, str]]]:
    return st.session_state.setdefault("way", {})


def flash(message: str) -> None:
    """Keep a message for the next time the script runs."""
    st.session_state["flash"] = message


def show_flash() -> None:
    """Show what the last callback had to say."""
    if message := st.session_state.pop("flash", ""):
        st.toast(plain(message))
