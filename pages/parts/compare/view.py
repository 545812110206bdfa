"""A comparison: curves, errors, what was asked for, and a map of the pool; drawn anew while it grows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import streamlit as st

from al_core import paths
from al_core.comparing import Comparison
from al_core.tables import to_csv
from pages.parts.bench import bench, show_flash
from pages.parts.compare.curves import curves
from pages.parts.compare.errors import errors
from pages.parts.compare.pool import pool
from pages.parts.compare.queried import queried
from pages.parts.words import SYNTHETIC, plain

TABS = ["Learning", "Errors", "What was asked", "Map of the pool"]
EVERY = 5
"""Seconds between two looks at runs that go on."""


def comparison_view(run_ids: Sequence[str]) -> None:
    """Draw everything about some runs beside each other."""
    live = bench().comparison(run_ids).live
    st.fragment(_body, run_every=EVERY if live else None)(tuple(run_ids), live)


def _body(run_ids: tuple[str, ...], was_live: bool) -> None:
    fresh = bench().comparison(run_ids)
    if fresh.live != was_live:
        st.rerun()
    show_flash()
    found = _read(paths.store_url(), fresh.stamp, fresh)
    _head(fresh)
    learning, wrong, asked, texts = st.tabs(TABS, key="show", bind="query-params")
    if learning.open:
        with learning:
            curves(found)
    elif wrong.open:
        with wrong:
            errors(found)
    elif asked.open:
        with asked:
            queried(found)
    elif texts.open:
        with texts:
            pool(found)


# Ten thousand rounds take half a second to read: once for all tabs, until there is a round more.
@st.cache_resource(max_entries=4, show_spinner=False)
def _read(url: str, stamp: Hashable, _comparison: Comparison) -> Comparison:
    del url, stamp
    return _comparison


def _head(found: Comparison) -> None:
    count, groups = len(found.runs) - len(found.left_out), len(found.groups)
    begun = sum(run.rounds_done > 0 or run.labels > 0 for run in found.runs)
    facts = [f"{count:,} runs in {groups:,} group{'' if groups == 1 else 's'}"]
    if begun < len(found.runs):
        facts.append(f"{begun:,} have begun")
    if found.left_out:
        facts.append(f"{len(found.left_out):,} left out: they repeat the settings and the seed of another")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(plain(". ".join(facts) + ". Everything here is measured on test."))
        st.download_button(
            "All rounds as CSV",
            lambda: to_csv(found.table()),
            file_name="rounds.csv",
            mime="text/csv",
            key="compare-rounds-csv",
            icon=":material/download:",
            on_click="ignore",
        )
    if any(bench().is_synthetic(run) for run in found.one_of_each_corpus):
        st.caption(f":material/info: {SYNTHETIC}")
