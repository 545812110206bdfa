"""Lists of runs: all of them, paged in the store, and the latest few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench, page
from pages.parts.run_compare import run_compare, tick
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
AT = "list-page"


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
    """Show all runs with search, filters, order and pages, which all stand in the address."""
    choice = _choice()
    likely = int(st.session_state.get(AT) or 1)
    found = bench().runs(PAGE, (likely - 1) * PAGE, **choice)
    if found.total == 0:
        _nothing(choice)
        return
    head, rows = st.container(), st.container()
    # Below the rows, but drawn first: only the widget knows which page the address names.
    if (at := _pages(-(-found.total // PAGE))) != likely:
        found = bench().runs(PAGE, (at - 1) * PAGE, **choice)
    with head:
        ticking = run_compare(found.total, choice)
    with rows:
        _rows(found.runs, ticking)


def _choice() -> dict[str, Any]:
    """Draw what the list is narrowed to and sorted by, and return it as `Workbench.runs` takes it."""
    search, order, shown = st.columns([3, 2, 2], vertical_alignment="bottom")
    words = search.text_input(
        "Search",
        key="search",
        placeholder="Name, note or id",
        bind="query-params",
        on_change=_first_page,
    )
    by = order.selectbox(
        "Order",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key="order",
        bind="query-params",
        on_change=_first_page,
    )
    deleted = shown.toggle("Show deleted runs", key="deleted", bind="query-params", on_change=_first_page)
    return {"search": words, "order": by, "archived": deleted, **run_filters(_first_page)}


def _pages(count: int) -> int:
    """Draw the numbers of the pages where there are several, and return the one to show."""
    if count == 1:
        return 1
    return st.pagination(count, key=AT, max_visible_pages=5, bind="query-params")


def _first_page() -> None:
    """Begin at the first page again: something else is looked for."""
    st.session_state[AT] = 1


def _nothing(choice: dict[str, Any]) -> None:
    if choice["search"] or len(choice) > 3:
        st.caption("Nothing found.")
    elif choice["archived"]:
        st.caption("No run is deleted.")
    else:
        st.caption("None yet. Set one up, or run the demo from Home.")
        st.page_link(page("experiment"), label="Set up an experiment", icon=":material/science:")


def _rows(found: Sequence[RunRecord], ticking: bool = False) -> None:
    tags = bench().tags([run.id for run in found])
    one_of_each = {run.corpus_key: run for run in found}
    titles = {key: bench().corpus_title(run) for key, run in one_of_each.items()}
    for run in found:
        facts = run, tags[run.id], titles[run.corpus_key]
        if not ticking:
            with st.container(border=True, gap=None):
                _row(*facts)
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            tick(run)
            with st.container(gap=None, width="stretch"):
                _row(*facts)


def _row(run: RunRecord, tags: Sequence[str], corpus: str) -> None:
    """Draw a run's name and, as one element, all the rest: each one more takes the browser 1 ms."""
    words, color, icon = STATES[run.state]
    badges = [f":{color}-badge[{icon} {words}]", *(f":gray-badge[{plain(tag)}]" for tag in tags)]
    st.page_link(page("run"), label=f"**{plain(run.name)}**", query_params={"run": run.id})
    # Not a caption, in which badges are pale.
    st.markdown(f"{' '.join(badges)} :small[:gray[{' · '.join(_facts(run, corpus))}]]")


def _facts(run: RunRecord, corpus: str) -> list[str]:
    """Return what tells one run from another, ready for Markdown."""
    facts = []
    if run.test_accuracy is not None:
        besides = f" and {run.validation_labels:,} validation labels" if run.validation_labels else ""
        facts.append(f"{run.test_accuracy:.1%} with {run.labels:,} labels{besides}")
    facts.append(f"round {run.rounds_done:,} of {run.config['cycle']['rounds']:,}")
    facts.append(plain(bench().title("strategies", run.config["strategy"]["name"])))
    facts.append(plain(corpus))
    facts.append(ago(run.created_at))
    return facts
