"""Which rounds of a run meet what somebody asks of its model, and what the run itself went by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import streamlit as st

from al_core.evaluation.criteria import Check, Criteria, Measured, measured, share
from al_core.evaluation.decisions import Decisions
from al_core.loop import BASELINE
from al_core.store.records import RunRecord
from pages.parts.bench import bench
from pages.parts.models.criteria import Row, by_round, met_in, say
from pages.parts.models.deciding import Line
from pages.parts.words import round_title

SHARES = ("accuracy_at_least", "f1_at_least", "fn_rate_at_most", "fp_rate_at_most")
"""Criteria of a run whose values are shares."""


def own_criteria(
    run: RunRecord, kept: Sequence[int], chosen: int, wanted: Criteria, line: Line | None
) -> None:
    """Say whether the chosen round meets them, and show which others do.

    line: what decides; None where the likeliest class does.
    """
    if not wanted:
        st.caption("Set any of them, and see at once which rounds meet it.")
        return
    rows = [
        Row(number, labels, checks, all(check.met for check in checks), number in kept)
        for number, labels, found in _measured(run, line)
        for checks in [wanted.checks(found)]
    ]
    mine = next((row for row in rows if row.number == chosen), None)
    if mine is not None:
        say(round_title(chosen), mine.met)
    if rows:
        st.caption(f"{met_in(rows).capitalize()}. {_measured_by(line)}")
        by_round(rows, f"own-criteria-{run.id}")


def run_criteria(run: RunRecord, kept: Sequence[int]) -> None:
    """Show what the run's own criteria said after each round; nothing where it had none."""
    given = run.config["stop"]
    verdicts = bench().verdicts(run.id).to_dict("records") if given["criteria"] else []
    if not verdicts:
        return
    combine, rows = any if given["combine"] == "any" else all, []
    for number, said in groupby(verdicts, key=lambda line: int(line["round"])):
        lines = list(said)
        checks = [_check(each) for each in lines]
        met = combine(check.met for check in checks)
        rows.append(Row(number, int(lines[0]["labels"]), checks, met, number in kept))
    which = "" if len(rows[0].checks) < 2 else f", {given['combine']} of them"
    st.caption(
        f"Stopping criteria of this run{which}: {met_in(rows)}. Accuracy and errors go by the likelier "
        "class, whatever the threshold."
    )
    by_round(rows, f"run-criteria-{run.id}")


def _measured(run: RunRecord, line: Line | None) -> list[tuple[int, int, Measured]]:
    """Return round, labels and what was measured, of each round of which that is known."""
    found = []
    for each in bench().rounds(run.id).to_dict("records"):
        number, labels = int(each["round"]), int(each["labels"])
        if number == BASELINE:
            continue
        if line is None:
            found.append((number, labels, Measured(accuracy=float(each["validation_accuracy"]))))
        elif (known := round_decisions(run.id, number)) is not None:
            found.append((number, labels, measured(line.of(known), line.prices)))
    return found


def _measured_by(line: Line | None) -> str:
    if line is None:
        return "On validation, by the likeliest class."
    if line.cheapest:
        return "On validation, each round at its own cheapest threshold."
    return f"On validation, all rounds at the threshold {line.threshold:.3f}."


def _is_there(found: Decisions | None) -> bool:
    # What is not kept yet may be with the next look.
    return found is not None


@st.cache_resource(max_entries=300, show_spinner=False, validate=_is_there)
def round_decisions(run_id: str, number: int) -> Decisions | None:
    """Return what each threshold does to a round's validation texts; None where that is not known."""
    return bench().models.decisions(run_id, number)


def _check(line: dict[Any, Any]) -> Check:
    """Return what a stopping criterion said, in words."""
    shares = line["criterion"] in SHARES
    value, target = (_number(float(line[name]), shares) for name in ("value", "threshold"))
    title = str(line["title"])
    if target:
        title += f" {target}" if title.endswith(("at least", "at most")) else f": {target}"
    return Check(title, value or "unknown", bool(line["stop"]))


def _number(value: float, shares: bool) -> str:
    """Return a number of a known or an unknown unit; "" for none."""
    if np.isnan(value):
        return ""
    if shares:
        return share(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
