"""The button that starts a run: one view of it starts one run, however often it is clicked."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from al_core.config import RunConfig
from al_core.errors import WorkbenchError
from pages.parts.bench import ahead, bench, flash
from pages.parts.once import once, view_of


def start_button(
    label: str,
    config: RunConfig | None,
    key: str,
    width: Literal["content", "stretch"] = "content",
    kind: Literal["primary", "secondary"] = "primary",
) -> None:
    """Draw the button; it starts the config and opens the run. Without a config it is disabled."""
    st.button(
        label,
        type=kind,
        icon=":material/play_arrow:",
        key=key,
        width=width,
        disabled=config is None,
        on_click=_start,
        args=(config, view_of(key)),
    )


def _start(config: RunConfig, view: str) -> None:
    # Both before the start: each look at the session state lets a second click, or a timer, end this
    # one, and a run that has started must be opened.
    book, lead = once(), ahead()
    try:
        run_id = book.made(view, lambda: bench().start(config))
    except WorkbenchError as error:
        flash(str(error))
        return
    lead("run", run=run_id)
