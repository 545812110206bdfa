"""Criteria of one's own, which stand in the address, and a table of which rounds meet some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from al_core.deploy.face import DEAREST
from al_core.evaluation.criteria import TITLES, Check, Criteria
from pages.parts.labelling.label_words import count
from pages.parts.words import plain, round_title

SHARES = {
    "accuracy": "Share of the texts that are decided right, from 0 to 1.",
    "fn_rate": "Share of the positives that are missed, from 0 to 1.",
    "fp_rate": "Share of the negatives that are taken for positive, from 0 to 1.",
}
WIDTH = 165
"""Two stand side by side on a phone."""
ROW, ROWS = 35, 5
"""Pixels of a table's row, and how many show without scrolling."""


class Row(NamedTuple):
    """What one round did."""

    number: int
    labels: int
    checks: Sequence[Check]
    met: bool
    kept: bool
    """Whether its model is there to be promoted."""


def ask_criteria(two: bool) -> Criteria:
    """Draw the fields, of which each may stay empty, and return what is asked. two: of two classes."""
    with st.container(horizontal=True, gap="small", key="criteria"):
        found = {name: _field(name) for name in (SHARES if two else ("accuracy",))}
        if two:
            found["cost"] = st.number_input(
                TITLES["cost"],
                0.0,
                float(DEAREST),
                None,
                key="cost-at-most",
                bind="query-params",
                placeholder="Any",
                help="What the errors in 1,000 decisions cost at the prices below.",
                width=WIDTH,
            )
    return Criteria(**found)


def _field(name: str) -> float | None:
    title = TITLES[name]
    return st.number_input(
        title,
        0.0,
        1.0,
        None,
        0.01,
        key=title.lower().replace(" ", "-"),
        bind="query-params",
        placeholder="Any",
        help=f"{SHARES[name]} On validation.",
        format="%g",
        width=WIDTH,
    )


def say(name: str, met: bool) -> None:
    """Say whether a model meets what is asked."""
    icon, words = (
        (":material/check_circle:", "meets your criteria")
        if met
        else (":material/cancel:", "does not meet your criteria")
    )
    st.markdown(f"{icon} {plain(name)} {words}.")


def met_in(rows: Sequence[Row]) -> str:
    """Return in how many rounds the criteria are met, and with how few labels."""
    met = sorted(row.number for row in rows if row.met)
    if not met:
        return f"met in none of {count(len(rows), 'round')}"
    first = next(row for row in rows if row.number == met[0])
    return (
        f"met in {len(met):,} of {count(len(rows), 'round')}, first with {count(first.labels, 'label')} "
        f"({round_title(first.number).lower()})"
    )


def by_round(rows: Sequence[Row], key: str) -> None:
    """Draw a line for each round, the newest first: what was measured, and whether it will do."""
    titles = [check.title for check in rows[0].checks]
    columns: dict[str, tuple[str, Callable[[Row], object]]] = {
        "round": ("Round", lambda row: round_title(row.number)),
        "labels": ("Labels", lambda row: row.labels),
    }
    if len(titles) > 1:
        columns["met"] = ("Met", lambda row: "✓ Yes" if row.met else "✗ No")
    for place, title in enumerate(titles):
        columns[f"check-{place}"] = (title, lambda row, place=place: _mark(row.checks[place]))
    columns["model"] = ("Model", lambda row: "kept" if row.kept else "not kept")
    st.dataframe(
        [
            {name: read(row) for name, (_, read) in columns.items()}
            for row in sorted(rows, key=lambda row: -row.number)
        ],
        hide_index=True,
        key=key,
        height="content" if len(rows) <= ROWS else ROW * (ROWS + 1) + 2,
        column_config={
            name: st.column_config.NumberColumn(title, format="localized", width="small")
            if name == "labels"
            else st.column_config.TextColumn(title, width=None if "check" in name else "small")
            for name, (title, _) in columns.items()
        },
        alt="Rounds, and which criteria each of them meets",
    )


def _mark(check: Check) -> str:
    return f"{'✓' if check.met else '✗'} {check.value}"
