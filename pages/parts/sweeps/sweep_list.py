"""The list of sweeps: how far each is."""

from __future__ import annotations

import streamlit as st

from al_core.store.sweeps import SweepRecord
from al_core.sweeps.face import Standing
from pages.parts.bench import bench, page
from pages.parts.sweeps.sweep_words import badge, counts
from pages.parts.words import ago, plain

PAGE = 20


def sweep_list() -> None:
    """Draw the sweeps, the newest first; those put away behind a switch."""
    archived = st.toggle("Show archived sweeps", key="archived-sweeps", bind="query-params")
    found = bench().sweeps.sweeps(archived=archived)
    if not found:
        st.caption("No sweep is archived." if archived else "No sweep yet. Set one up under New sweep.")
        return
    at = min(int(st.session_state.get("sweeps-page") or 1), -(-len(found) // PAGE))
    shown = found[(at - 1) * PAGE : at * PAGE]
    standing = bench().sweeps.standing([sweep.id for sweep in shown])
    for sweep in shown:
        _row(sweep, standing[sweep.id])
    if len(found) > PAGE:
        st.pagination(-(-len(found) // PAGE), key="sweeps-page", max_visible_pages=5)


def _row(sweep: SweepRecord, standing: Standing) -> None:
    words, color, icon = badge(standing)
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(page("sweep"), label=f"**{plain(sweep.name)}**", query_params={"sweep": sweep.id})
        st.caption(f"{counts(standing)} · {ago(sweep.created_at)}", width="stretch")
        st.badge(words, icon=icon, color=color)
