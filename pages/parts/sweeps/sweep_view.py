"""One sweep: how far it is, and its runs. Everything updates while it goes on."""

from __future__ import annotations

import streamlit as st

from al_core.errors import BadInput
from pages.parts.bench import bench, fragment, show_flash
from pages.parts.sweeps.sweep_head import head, progress
from pages.parts.sweeps.sweep_more import more
from pages.parts.sweeps.sweep_runs import sweep_runs
from pages.parts.words import plain


def sweep_view(sweep_id: str) -> None:
    """Draw a sweep, every two seconds anew while it goes on. Raises `BadInput` if there is none."""
    try:
        sweep = bench().sweeps.sweep(sweep_id)
    except BadInput:
        st.title("Sweep", anchor=False)
        raise
    st.title(plain(sweep.name), anchor=False)
    live = not bench().sweeps.standing([sweep_id])[sweep_id].over
    # A fragment in every state: leaving it at the end would draw the page a second time below itself.
    fragment(_body, 2 if live else None)(sweep_id, live)
    # Not in it: one types here.
    more(sweep)


def _body(sweep_id: str, was_live: bool) -> None:
    sweep, standing = bench().sweeps.sweep(sweep_id), bench().sweeps.standing([sweep_id])[sweep_id]
    if standing.over == was_live:
        st.rerun()
    show_flash()
    head(sweep, standing)
    progress(sweep, standing)
    sweep_runs(sweep, standing)
