"""A comparison: curves, errors, what was asked for, settings, a map of the pool; drawn anew as it grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import streamlit as st

from al_core import paths
from al_core.comparing import Comparison
from al_core.comparing.words import cautions, left_behind
from al_core.sweeps.face import Standing
from al_core.tables import to_csv
from pages.parts.bench import bench, fragment, show_flash
from pages.parts.compare.curves import curves
from pages.parts.compare.errors import errors
from pages.parts.compare.pool import pool
from pages.parts.compare.queried import queried
from pages.parts.compare.settings import settings
from pages.parts.labelling.label_words import count
from pages.parts.sweeps.sweep_words import counts as in_states
from pages.parts.words import SYNTHETIC, plain

TABS = ["Learning", "Errors", "What was asked", "Settings", "Map of the pool"]
EVERY = 5
"""Seconds between two looks at runs that go on."""


def comparison_view(run_ids: Sequence[str]) -> None:
    """Draw everything about some runs beside each other."""
    fresh = bench().comparison(run_ids)
    # Not the comparison itself by a timer: a file whose button is drawn anew while it is clicked is lost.
    fragment(_watch, EVERY if fresh.live else None)(tuple(run_ids), fresh.stamp)
    fragment(_body)(tuple(run_ids))


def _watch(run_ids: tuple[str, ...], stamp: Hashable) -> None:
    """Draw nothing; have everything drawn anew when a run has got further."""
    if bench().comparison(run_ids).stamp != stamp:
        st.rerun()


def _body(run_ids: tuple[str, ...]) -> None:
    fresh = bench().comparison(run_ids)
    show_flash()
    found = _read(paths.store_url(), fresh.stamp, fresh)
    _head(found)
    # Not "show", as on a run's page: that tab would be taken along by a link to a run.
    learning, wrong, asked, differ, texts = st.tabs(TABS, key="view", bind="query-params")
    if learning.open:
        with learning:
            curves(found)
    elif wrong.open:
        with wrong:
            errors(found)
    elif asked.open:
        with asked:
            queried(found)
    elif differ.open:
        with differ:
            settings(found)
    elif texts.open:
        with texts:
            pool(found)


# Ten thousand rounds take half a second to read: once for all tabs, until there is a round more.
@st.cache_resource(max_entries=4, show_spinner=False)
def _read(url: str, stamp: Hashable, _comparison: Comparison) -> Comparison:
    del url, stamp
    return _comparison


def _head(found: Comparison) -> None:
    states = Counter(run.state for group in found.groups for run in group.runs)
    whole = sum(states.values())
    facts = [f"{count(whole, 'run')} in {count(len(found.groups), 'group')}"]
    if states["finished"] < whole:
        facts[0] += f": {in_states(Standing(whole, dict(states)))}"
        facts.append("What is not finished counts as far as it is")
        if behind := left_behind(len(found.far_behind)):
            facts.append(behind.removesuffix("."))
    if left_out := len(found.left_out):
        repeats = "it repeats" if left_out == 1 else "they repeat"
        facts.append(f"{left_out:,} left out: {repeats} the settings and the seed of another")
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
    for caution in (*cautions(found.groups), *found.leaks()):
        st.warning(plain(caution), icon=":material/warning:")
