"""Lists of runs: all of them, paged in the store, and the latest few."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench, page
from pages.parts.run_filters import run_filters
from pages.parts.words import STATES, ago, plain

PAGE = 20
ORDERS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "name": "By name",
    "accuracy": "By test accuracy",
    "strategy": "By query strategy",
    "labels": "Most labels first",
}


def recent_runs() -> None:
    """Show the latest runs, or what to do when there are none."""
    st.subheader("Latest runs", anchor=False)
    found = bench().runs(limit=5)
    if not found.runs:
        st.caption("None yet. The demo is the quickest way to one.")
        return
    _rows(found.runs)
    if found.total > len(found.runs):
        st.page_link(page("runs"), label=f"All {found.total:,} runs", icon=":material/show_chart:")


def run_list() -> None:
    """Show all runs with search, filters, order and pages."""
    search, order, shown = st.columns([3, 2, 2], vertical_alignment="bottom")
    words = search.text_input("Search", key="search", placeholder="Name, note or id", bind="query-params")
    by = order.selectbox("Order", list(ORDERS), format_func=ORDERS.__getitem__, key="order")
    deleted = shown.toggle("Show deleted runs", key="deleted", bind="query-params")
    chosen = run_filters()
    at = _page(words, by, deleted, chosen)
    found = bench().runs(PAGE, (at - 1) * PAGE, search=words, archived=deleted, order=by, **chosen)
    if found.total:
        _rows(found.runs)
        if found.total > PAGE:
            st.pagination(-(-found.total // PAGE), key="list-page", max_visible_pages=5)
    elif words or deleted or chosen:
        st.caption("Nothing found." if words or chosen else "No run is deleted.")
    else:
        st.caption("None yet. Set one up, or run the demo from Home.")
        st.page_link(page("experiment"), label="Set up an experiment", icon=":material/science:")


def _page(*choice: object) -> int:
    """Return the page to show: the first one again whenever something else is looked for."""
    if st.session_state.get("list-choice") != choice:
        st.session_state["list-choice"] = choice
        st.session_state["list-page"] = 1
    return int(st.session_state.get("list-page") or 1)


def _rows(found: Sequence[RunRecord]) -> None:
    tags = bench().tags([run.id for run in found])
    for run in found:
        words, color, icon = STATES[run.state]
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(page("run"), label=f"**{plain(run.name)}**", query_params={"run": run.id})
            st.caption(" · ".join(_facts(run)), width="stretch")
            for tag in tags[run.id]:
                st.badge(plain(tag), color="gray")
            st.badge(words, icon=icon, color=color)


def _facts(run: RunRecord) -> list[str]:
    """Return what tells one run from another, ready for Markdown."""
    facts = []
    if run.test_accuracy is not None:
        besides = f" and {run.validation_labels:,} validation labels" if run.validation_labels else ""
        facts.append(f"{run.test_accuracy:.1%} with {run.labels:,} labels{besides}")
    facts.append(f"round {run.rounds_done:,} of {run.config['cycle']['rounds']:,}")
    facts.append(plain(bench().title("strategies", run.config["strategy"]["name"])))
    facts.append(plain(bench().corpus_title(run)))
    facts.append(ago(run.created_at))
    return facts
