"""What each strategy asked for: classes, lengths, novelty, how much they overlap, and how long it took."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.comparing import Comparison
from al_core.comparing.novelty import explained
from al_core.comparing.words import OVERLAP
from al_core.errors import WorkbenchError
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.compare.curves import looks
from pages.parts.words import plain


def queried(found: Comparison) -> None:
    """Draw what the groups asked for."""
    groups = looks(found)
    classes = list(dict.fromkeys(c for run in found.one_of_each_corpus for c in bench().classes(run)))

    def mix() -> figures.Chart:
        return figures.group_classes(found.asked.class_mix(bench().classes), groups, classes)

    charts.pair(
        ("compare-classes", mix),
        ("compare-lengths", lambda: figures.group_lengths(found.asked.lengths(), groups)),
        found.stamp,
    )
    left, right = st.columns(2, gap="medium")
    with left:
        charts.show(
            "compare-overlap", lambda: figures.group_overlap(found.asked.overlap(), groups), found.stamp
        )
        st.caption(OVERLAP)
    charts.show("compare-seconds", lambda: figures.group_seconds(found.summary(), groups), found.stamp)
    with right:
        # Last: it may take a while, and nothing above it waits.
        _novelty(found)


def _novelty(found: Comparison) -> None:
    try:
        table = _compared(found.stamp, found)
    except WorkbenchError as error:
        st.caption(plain(f"No novelty: {error}"))
        return
    charts.show("compare-novelty", lambda: figures.group_novelty(table, looks(found)), found.stamp)
    st.caption(plain(explained(found.groups)))


@st.cache_data(max_entries=20, show_spinner="Comparing texts")
def _compared(stamp: Hashable, _found: Comparison) -> pd.DataFrame:
    del stamp
    return _found.asked.novelty()
