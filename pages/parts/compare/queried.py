"""What each strategy asked for: classes, lengths, how much they overlap, and how long it took."""

from __future__ import annotations

import streamlit as st

from al_core import figures
from al_core.comparing import Comparison
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.compare.curves import looks


def queried(found: Comparison) -> None:
    """Draw what the groups asked for."""
    groups = looks(found)
    classes = list(dict.fromkeys(c for run in found.one_of_each_corpus for c in bench().classes(run)))

    def mix() -> figures.Chart:
        return figures.group_classes(found.class_mix(bench().classes), groups, classes)

    charts.pair(
        ("compare-classes", mix),
        ("compare-lengths", lambda: figures.group_lengths(found.lengths(), groups)),
        found.stamp,
    )
    charts.pair(
        ("compare-overlap", lambda: figures.group_overlap(found.overlap(), groups)),
        ("compare-seconds", lambda: figures.group_seconds(found.summary(), groups)),
        found.stamp,
    )
    st.caption(
        "Overlap: of all texts that two groups asked for with one seed, the share that both asked for; the "
        "mean over seeds. It counts where corpus and split are the same."
    )
