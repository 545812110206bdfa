"""Which runs to compare: those of a sweep, or several chosen by hand. The address alone says it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from al_core.store.records import RunRecord
from pages.parts.bench import bench, page

By = Literal["sweep", "runs"]
WORDS: dict[By, str] = {"sweep": "A sweep", "runs": "Single runs"}
MOST_RUNS = 500
"""To choose among at once: the newest, or the newest that are found."""
BY, SWEEP, RUNS, SEARCH = "compare-by", "compare-sweep", "compare-runs", "compare-search"
LAST = "last-comparison"


def chosen() -> list[str]:
    """Draw the choice and return ids of runs; none, and what to do next, while there is nothing to compare.

    Raises `BadInput` if the address names a sweep or a run that there is not.
    """
    names = {sweep.id: sweep.name for sweep in bench().sweeps.sweeps()}
    # The browser's back button may come by the address without its query.
    if not _asked_for():
        st.query_params.update(st.session_state.pop(LAST, {}))
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
    st.session_state[LAST] = _asked_for()
    return ids


def _asked_for() -> dict[str, str]:
    """Return what the address says of this choice."""
    return {name: st.query_params[name] for name in ("sweep", "runs") if name in st.query_params}


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
        # Streamlit tells choices apart by what they are called.
        more = f", {each}" if list(names.values()).count(names[each]) > 1 else ""
        return f"{names[each]} ({standing[each].finished:,} of {standing[each].runs:,} runs finished{more})"

    st.selectbox("Sweep", list(names), key=SWEEP, format_func=title, on_change=_sweep)
    return [run.id for run, _ in bench().sweeps.runs(sweep_id)]


def _by_hand() -> list[str]:
    ids = [each for each in st.query_params.get("runs", "").split(",") if each]
    found = {run.id: run for run in _offered()}
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


def _offered() -> tuple[RunRecord, ...]:
    """Return the runs to choose among; where those are not all, by what somebody looks for."""
    everything = bench().count_runs()
    if everything <= MOST_RUNS:
        return bench().runs(limit=MOST_RUNS).runs
    words = st.text_input(
        f"Search in {everything:,} runs", key=SEARCH, placeholder="Name, note or id", persist_state="session"
    )
    return bench().runs(limit=MOST_RUNS, search=words).runs


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
