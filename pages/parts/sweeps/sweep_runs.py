"""The runs of a sweep, in their order, paged in the store."""

from __future__ import annotations

import streamlit as st

from al_core.store.records import RunRecord
from al_core.store.states import ACTIVE
from al_core.store.sweeps import SweepRecord
from al_core.sweeps.cells import title
from al_core.sweeps.face import Standing
from al_core.sweeps.settings import SweepSettings
from pages.parts.bench import bench, page
from pages.parts.words import STATES, plain

PAGE = 20


def sweep_runs(sweep: SweepRecord, standing: Standing) -> None:
    """Draw one page of the runs."""
    st.subheader("Runs", anchor=False)
    if not standing.runs:
        st.page_link(page("runs"), label="All runs", icon=":material/show_chart:")
        return
    pages, key = -(-standing.runs // PAGE), f"sweep-page-{sweep.id}"
    at = min(int(st.session_state.get(key) or 1), pages)
    settings = SweepSettings.model_validate(sweep.settings)
    for run, reused in bench().sweeps.runs(sweep.id, PAGE, (at - 1) * PAGE):
        _row(run, reused, settings)
    if pages > 1:
        st.pagination(pages, key=key, max_visible_pages=5)


def _row(run: RunRecord, reused: bool, settings: SweepSettings) -> None:
    words, color, icon = STATES[run.state]
    # Short: a link does not wrap.
    named = f"**{plain(title(run.run_config(), model=False))}**, seed {run.seed}"
    facts = [*_group(run, settings), *_facts(run), *(["there before"] if reused else [])]
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(page("run"), label=named, query_params={"run": run.id})
        st.caption(" · ".join(facts), width="stretch")
        st.badge(words, icon=icon, color=color)


def _group(run: RunRecord, settings: SweepSettings) -> list[str]:
    """Return what besides the query strategy tells its group from others, ready for Markdown."""
    facts, config = [], run.run_config()
    if len(settings.models) > 1:
        reads = bench().title("features", config.features.name).lower()
        facts.append(plain(f"{bench().title('classifiers', config.classifier.name)} on {reads}"))
    if len(settings.data) > 1:
        facts.append(plain(bench().corpus_title(run)))
    return facts


def _facts(run: RunRecord) -> list[str]:
    """Return what its labels bought so far, ready for Markdown."""
    facts = []
    if run.test_accuracy is not None:
        facts.append(f"{run.test_accuracy:.1%} with {run.labels:,} labels")
    if run.test_accuracy is not None or run.state in ACTIVE:
        facts.append(f"round {run.rounds_done:,} of {run.config['cycle']['rounds']:,}")
    if run.state in ACTIVE and (fraction := (run.progress or {}).get("fraction")):
        facts.append(f"{float(fraction):.0%} done")
    if run.state == "failed":
        facts.append(plain(run.message))
    return facts
