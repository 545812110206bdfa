"""Who labels: how much, how fast, and how far people agree."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.labelling.agreement import Agreement
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.labelling.label_words import between
from pages.parts.labelling.session_now import Now


def people(now: Now) -> None:
    """Draw pace and agreement, a line per person, and every measure."""
    found = bench().labelling.people(now.session.id, now.evidence.opinions)
    if found.empty:
        st.caption("Nobody has labelled yet. People appear here with their first label.")
        return
    charts.pair(
        ("pace", lambda: figures.pace(bench().labelling.pace(now.session.id))),
        ("annotators", lambda: figures.annotators(found)),
        *now.key,
    )
    st.subheader("People", anchor=False)
    _table(found)
    st.subheader("Agreement", anchor=False)
    _measures(now.evidence.agreement)


def _table(found: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "Name": found["annotator"],
            "Labels": found["labels"],
            "Skips": found["skips"],
            "Flags": found["flags"],
            "Seconds": found["seconds"],
            "Texts in common": found["compared"],
            "Agreement": [_per_cent(value) for value in found["agreement"]],
            "95% interval": [_ends(*row) for row in zip(found["low"], found["high"], strict=True)],
            "Last seen": found["last"],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        key="people-table",
        placeholder="–",
        column_config={
            "Labels": st.column_config.NumberColumn(format="localized"),
            "Seconds": st.column_config.NumberColumn(format="%.1f", help="Median time on screen."),
            "Texts in common": st.column_config.NumberColumn(help="Texts that others labelled too."),
            "Agreement": st.column_config.TextColumn(
                help="Share of other people's labels of these texts that are the same."
            ),
            "Last seen": st.column_config.DatetimeColumn(format="distance"),
        },
        alt="A line per person: labels, skips, flags, pace, agreement with the others",
    )


def _measures(measured: dict[str, Agreement]) -> None:
    lines = [
        {
            "Measure": name,
            "Value": "–" if each.value is None else f"{each.value:.2f}",
            "95% interval": "" if each.low is None else f"{each.low:.2f} to {each.high:.2f}",
            "Texts": each.items,
            "Note": f"{each.why[:1].upper()}{each.why[1:]}",
        }
        for name, each in measured.items()
    ]
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height="content",
        key="agreement-table",
        column_config={
            "Note": st.column_config.TextColumn(width="large"),
            "Texts": st.column_config.NumberColumn(help="Texts with two labels or more."),
        },
        alt="Measures of agreement with their intervals",
    )


def _per_cent(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0%}"


def _ends(low: float, high: float) -> str:
    return "" if pd.isna(low) else between(low, high)
