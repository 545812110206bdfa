"""From the list of runs to Compare: all that were found, or those of them that somebody ticks."""

from __future__ import annotations

from typing import Any

import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench, go
from pages.parts.words import plain

MOST = 100
"""Runs in one address, and in one picture that can still be read."""
TICKED = "ticked-runs"


def tick(run: RunRecord) -> None:
    """Draw the box that takes a run into the comparison; it stays ticked on every page of the list."""
    key = f"tick-{run.id}"
    st.session_state[key] = run.id in _ticked()
    st.checkbox(
        plain(f"Compare {run.name}"), key=key, label_visibility="collapsed", on_change=_tick, args=(run.id,)
    )


def run_compare(total: int, choice: dict[str, Any]) -> bool:
    """Draw how many runs were found and the way to Compare; return whether the runs get boxes to tick.

    choice: what found them, as `Workbench.runs` takes it. Boxes only if wanted: twenty of them take as
    long to draw as the rest of the list.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{total:,} run{'' if total == 1 else 's'}", width="stretch")
        ticking = st.toggle("Tick some", key="ticking", bind="query-params", on_change=_untick)
        _button(len(_ticked()) if ticking else total, ticking, choice)
    return ticking


def _button(count: int, ticking: bool, choice: dict[str, Any]) -> None:
    reason = None
    if count < 2:
        reason = "It takes two runs to compare."
    elif count > MOST:
        less = "Untick some." if ticking else "Narrow the list, or tick some."
        reason = f"{MOST:,} runs at most. {less}"
    st.button(
        f"Compare {count:,} ticked" if ticking else f"Compare these {count:,}",
        key="compare-these",
        icon=":material/compare_arrows:",
        disabled=reason is not None,
        help=reason,
        on_click=_compare,
        args=(None if ticking else choice,),
    )


def _ticked() -> tuple[str, ...]:
    return st.session_state.get(TICKED, ())


def _tick(run_id: str) -> None:
    others = tuple(each for each in _ticked() if each != run_id)
    st.session_state[TICKED] = (*others, run_id) if st.session_state[f"tick-{run_id}"] else others


def _untick() -> None:
    st.session_state[TICKED] = ()


def _compare(choice: dict[str, Any] | None) -> None:
    """Open Compare with what was found; without a choice, with what is ticked."""
    ids = _ticked() if choice is None else tuple(run.id for run in bench().runs(MOST, **choice).runs)
    go("compare", runs=",".join(ids))
