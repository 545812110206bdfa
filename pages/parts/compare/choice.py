"""Which runs to compare: those of a sweep, or several chosen by hand. The address alone says it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench, page

By = Literal["sweep", "runs"]
WORDS: dict[By, str] = {"sweep": "A sweep", "runs": "Single runs"}
MOST_RUNS = 500
"""The newest, to choose among."""
BY, SWEEP, RUNS = "compare-by", "compare-sweep", "compare-runs"


def chosen() -> list[str]:
    """Draw the choice and return ids of runs; none, and what to do next, while there is nothing to compare.

    Raises `BadInput` if the address names a sweep or a run that there is not.
    """
    names = {sweep.id: sweep.name for sweep in bench().sweeps.sweeps()}
    if wanted := st.query_params.get("sweep"):
        names.setdefault(wanted, bench().sweeps.sweep(wanted).name)
    by: By = "sweep" if wanted or (names and "runs" not in st.query_params) else "runs"
    st.session_state[BY] = by
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    left.segmented_control(
        "Compare", list(WORDS), key=BY, format_func=WORDS.__getitem__, on_change=_by, required=True
    )
    with right:
        ids = _of_sweep(names, wanted) if by == "sweep" else _by_hand()
    if not ids:
        _what_next(by)
    return ids


def chosen_sweep() -> str | None:
    """Return the id of the sweep that is compared; None where runs were chosen by hand."""
    return st.session_state.get(SWEEP) if st.session_state.get(BY) == "sweep" else None


def _of_sweep(names: dict[str, str], wanted: str | None) -> list[str]:
    if not names:
        return []
    sweep_id = wanted or next(iter(names))
    st.session_state[SWEEP] = sweep_id
    standing = bench().sweeps.standing(list(names))

    def title(each: str) -> str:
        return f"{names[each]} ({standing[each].finished:,} of {standing[each].runs:,} runs finished)"

    st.selectbox("Sweep", list(names), key=SWEEP, format_func=title, on_change=_sweep)
    return [run.id for run, _ in bench().sweeps.runs(sweep_id)]


def _by_hand() -> list[str]:
    ids = [each for each in st.query_params.get("runs", "").split(",") if each]
    found = {run.id: run for run in bench().runs(limit=MOST_RUNS).runs}
    found |= {each: bench().run(each) for each in ids if each not in found}
    st.session_state[RUNS] = ids = list(dict.fromkeys(ids))
    st.multiselect(
        "Runs",
        list(found),
        key=RUNS,
        format_func=lambda each: _title(found[each]),
        on_change=_runs,
        placeholder="Choose two or more; type to search",
    )
    return ids if len(ids) > 1 else []


def _title(run: RunRecord) -> str:
    rounds = f"{run.rounds_done:,} round{'' if run.rounds_done == 1 else 's'}"
    seed = "" if "seed" in run.name else f", seed {run.config['seed']}"
    return f"{run.name}{seed} ({rounds}, {run.id})"


def _what_next(by: By) -> None:
    if by == "runs" and bench().count_runs() > 1:
        st.caption("Choose at least two runs. Several seeds of each way to ask make the difference evidence.")
        return
    st.caption("Nothing to compare yet. Run a sweep: several ways to ask, with several seeds each.")
    st.page_link(page("sweeps"), label="Set up a sweep", icon=":material/grid_view:")


def _by() -> None:
    st.query_params.pop("sweep", None)
    st.query_params.pop("runs", None)
    if st.session_state[BY] == "runs":
        st.query_params["runs"] = ""
    elif names := bench().sweeps.sweeps():
        st.query_params["sweep"] = names[0].id


def _sweep() -> None:
    st.query_params["sweep"] = st.session_state[SWEEP]


def _runs() -> None:
    st.query_params["runs"] = ",".join(st.session_state[RUNS])
