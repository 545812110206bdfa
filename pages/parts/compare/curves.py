"""What the labels bought: curves and differences to random of each group, and the way to its runs."""

from __future__ import annotations

import streamlit as st

from al_core import figures
from al_core.comparing import METRICS, Comparison
from al_core.evaluation.comparison import band
from al_core.store.records import RunRecord
from pages.parts import charts
from pages.parts.bench import page
from pages.parts.clicks import Point
from pages.parts.compare.measure import ask_metric
from pages.parts.compare.report import report
from pages.parts.compare.summary import summary
from pages.parts.compare.verdict import verdicts
from pages.parts.words import plain

MOST_LINKS = 12


def looks(found: Comparison) -> list[tuple[str, str]]:
    """Return title and strategy of each group, as figures want them."""
    return [(group.title, group.strategy) for group in found.groups]


def curves(found: Comparison) -> None:
    """Draw the curves of one metric; below them what they say, the table, and the report."""
    metric, prices = ask_metric(found)
    words, groups = METRICS[metric], looks(found)
    lines = found.curves(metric, prices)
    names = found.baseline_names()

    def learning() -> figures.Chart:
        levels = {names[task]: level for task, level in found.baselines(metric, prices).items()}
        return figures.group_curves(band(lines), groups, words.title, words.kind, levels, found.validation)

    def difference() -> figures.Chart:
        differences = found.differences(lines)
        return figures.group_differences(differences, groups, words.title, words.kind, found.validation)

    def leads_to(point: Point | None) -> None:
        _leads_to(found, point)

    shown = (found.stamp, metric, prices)
    if any(group.control for group in found.groups):
        both = ("compare-curves", learning), ("compare-differences", difference)
        charts.pair(*both, *shown, on_point=leads_to)
    else:
        charts.show("compare-curves", learning, *shown, on_point=leads_to)
    verdicts(found, metric, prices)
    goal = summary(found, metric, prices)
    report(found, metric, prices, goal)
    _runs(found)


def _leads_to(found: Comparison, point: Point | None) -> None:
    """Draw the links from a point: to the round of each seed, and to the texts asked for in it."""
    group = found.groups[point.line] if point and 0 <= point.line < len(found.groups) else None
    runs = found.at(group, point.x) if point and group else []
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not (point and group and runs):
            st.caption("Click a point to see the texts behind it.")
            return
        numbers = sorted({number for _, number in runs})
        which = " or ".join(f"{number:,}" for number in numbers)
        told = f"round {which}" if any(numbers) else "the start, before anything was asked for"
        st.caption(plain(f"{group.title}, {told} ({point.x:,.0f} labels):"), width="content")
        for run, number in runs[:MOST_LINKS]:
            there = {"show": "Queried texts", "asked-round": f"Round {number:,}"} if number else {}
            _link(run, **there)
        if len(runs) > MOST_LINKS:
            st.caption(f"and {len(runs) - MOST_LINKS:,} more", width="content")


def _link(run: RunRecord, **query: str) -> None:
    label = f"seed {run.config['seed']}"
    st.page_link(page("run"), label=label, query_params={"run": run.id, **query}, width="content")


def _runs(found: Comparison) -> None:
    # Drawn when it is unfolded: a link for each run of a large sweep takes a second.
    folded = st.expander("Open a run", icon=":material/show_chart:", key="compare-open", on_change="rerun")
    if not folded.open:
        return
    with folded:
        for group in found.groups:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(plain(group.title), width="content")
                for run in group.runs:
                    _link(run)
