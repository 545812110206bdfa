"""What a button makes once, however often and however quickly it is clicked."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

import streamlit as st


class Once:
    """The ids of what the views of a session's buttons have made.

    A second click is carried out in a thread of its own, while that of the first may still be at work.
    """

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        self._lock = threading.Lock()

    def __contains__(self, view: str) -> bool:
        return view in self._made

    def made(self, view: str, make: Callable[[], str]) -> str:
        """Return what a view has made; it is made now unless it has been."""
        with self._lock:
            if view not in self._made:
                self._made[view] = make()
            return self._made[view]


def once() -> Once:
    """Return the book of the present session."""
    return st.session_state.setdefault("once", Once())


def view_of(key: str, *, clicked: bool = False) -> str:
    """Return the present view of a button: another one after the last has made something.

    clicked: the button was clicked on the last view, which stays the present one.
    """
    view = st.session_state.get(f"{key}-view")
    if view is None or (view in once() and not clicked):
        view = st.session_state[f"{key}-view"] = secrets.token_hex(8)
    return view
