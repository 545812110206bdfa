"""The button that starts a run: one view of it starts one run, however often it is clicked."""

from __future__ import annotations

import secrets
from typing import Literal

import streamlit as st

from al_core.config import RunConfig
from al_core.errors import WorkbenchError
from pages.parts.bench import ahead, bench, flash


def start_button(
    label: str,
    config: RunConfig | None,
    key: str,
    width: Literal["content", "stretch"] = "content",
    kind: Literal["primary", "secondary"] = "primary",
) -> None:
    """Draw the button; it starts the config and opens the run. Without a config it is disabled."""
    view = st.session_state.get(f"{key}-view")
    if view is None or view in _started():
        view = st.session_state[f"{key}-view"] = secrets.token_hex(8)
    st.button(
        label,
        type=kind,
        icon=":material/play_arrow:",
        key=key,
        width=width,
        disabled=config is None,
        on_click=_start,
        args=(config, view),
    )


def _started() -> dict[str, str]:
    """Return the run that each view of a button has started in this session."""
    return st.session_state.setdefault("started", {})


def _start(config: RunConfig, view: str) -> None:
    # Both before the start: each look at the session state lets a second click, or a timer, interrupt
    # this one, and a run that has started must be in the book and opened.
    started, lead = _started(), ahead()
    try:
        if view not in started:
            started[view] = bench().start(config)
    except WorkbenchError as error:
        flash(str(error))
        return
    lead("run", run=started[view])
