"""Which errors each group makes: both kinds by labels, and who is taken for whom at the end."""

from __future__ import annotations

import streamlit as st

from al_core import figures
from al_core.comparing import Comparison
from al_core.evaluation.comparison import band
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.compare.curves import looks

MOST_MATRICES = 8


def errors(found: Comparison) -> None:
    """Draw the two kinds of error of each group, and its confusion matrix of the last round."""
    if found.two:
        charts.show("compare-errors", lambda: _errors(found), found.stamp)
    else:
        st.caption(
            "With more than two classes, every error is a missed one of one class and a false one of another."
        )
    _confusion(found)


def _errors(found: Comparison) -> figures.Chart:
    rates = {kind: band(found.curves(f"{kind}_rate")) for kind in ("fn", "fp")}
    return figures.group_errors(rates, looks(found), found.validation)


def _confusion(found: Comparison) -> None:
    st.subheader("After the last round", anchor=False)
    matrices = found.confusions()
    groups = [group for group in found.groups if group.title in matrices]
    if not groups:
        st.caption("Appears after the first fit.")
        return
    st.caption("Confusion matrices on test, the mean over seeds.")
    for start in range(0, min(len(groups), MOST_MATRICES), 2):
        columns = st.columns(2, gap="medium")
        for place, group in enumerate(groups[start : start + 2], start=start):
            matrix = matrices[group.title]
            names = bench().classes(group.runs[0])
            names = names if len(names) == len(matrix) else [str(each) for each in range(len(matrix))]

            def draw(matrix=matrix, names=names, title=group.title) -> figures.Chart:
                return figures.group_confusion(matrix, names, title)

            with columns[place - start]:
                charts.show(f"compare-confusion-{place}", draw, found.stamp)
    if len(groups) > MOST_MATRICES:
        st.caption(
            f"{len(groups) - MOST_MATRICES:,} more groups are not drawn. All matrices are in "
            "Everything as ZIP, under Learning."
        )
