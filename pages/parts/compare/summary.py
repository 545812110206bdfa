"""A line for each group: labels to a target, what was saved, scores, time; and verdicts on those labels."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core.comparing import METRICS, Comparison, Goal, Prices, Stamp
from al_core.comparing.words import MEANS, besides, covers, needed, saved, unit
from al_core.evaluation.sentences import UNITS
from al_core.evaluation.verdicts import Verdict
from pages.parts.compare.measure import ask_goal
from pages.parts.compare.verdict import figures_behind, sentences
from pages.parts.words import plain

SHOWN = ("group", "seeds", "reached", "saved", "area", "over", "best", "labels", "fit", "score", "select")
FORMS = {"share": "%.1f", "number": "%.3f", "texts": "%.1f", "money": "%.2f"}


def summary(found: Comparison, metric: str, prices: Prices) -> Goal | None:
    """Draw the choice of the target with the table and its verdicts, and return the target."""
    st.subheader("Labels, scores and time", anchor=False)
    goal = ask_goal(found, metric, prices)
    table, told = _summary(found.stamp, goal, metric, prices, found)
    if table.empty:
        st.caption("Appears after the first fit.")
        return goal
    _table(table, metric)
    if more := besides(found.validation):
        st.caption(plain(more))
    # Where seeds bear no verdict, those on areas have said so.
    sentences(told)
    if told:
        st.caption(MEANS)
    figures_behind(told, "compare-label-figures")
    return goal


def _table(table: pd.DataFrame, metric: str) -> None:
    words, number = METRICS[metric], st.column_config.NumberColumn
    seconds = {
        name: number(f"{name.capitalize()} (s)", format="%.1f", help="Seconds a run, in all its rounds.")
        for name in ("fit", "score", "select")
    }
    st.dataframe(
        table,
        hide_index=True,
        placeholder="–",
        key="compare-table",
        height="content",
        column_order=SHOWN,
        column_config={
            "group": st.column_config.TextColumn("Group", pinned=True),
            "seeds": number("Seeds"),
            "reached": st.column_config.TextColumn(
                "Labels to target",
                help="Median over seeds; one that never got there counts as more than any.",
            ),
            "saved": st.column_config.TextColumn(
                "Saved against random",
                help="Share of random's labels that were not needed, with its 95% interval.",
            ),
            "area": number(
                f"Area{unit(words.kind)}",
                format=FORMS[words.kind],
                help=f"Mean {words.inside} over the labels that all groups of a task have spent.",
            ),
            "over": st.column_config.TextColumn("Area over (labels)", help="What the area covers."),
            "best": number(
                f"Best{unit(words.kind)}",
                format=FORMS[words.kind],
                help="Of all rounds, the mean over seeds. Picked on test, so that it flatters.",
            ),
            "labels": number("Labels spent", format="%,.0f"),
            **seconds,
        },
        alt="A line for each group: labels to the target, saved against random, area, best score, seconds",
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _summary(
    stamp: Stamp, goal: Goal | None, metric: str, prices: Prices, _found: Comparison
) -> tuple[pd.DataFrame, list[Verdict]]:
    del stamp
    reached, table = _found.reached(goal, metric, prices), _found.summary(metric, prices)
    scale, names = UNITS[METRICS[metric].kind][0], table["group"].tolist()
    table = table.assign(
        area=scale * table["area"],
        best=scale * table["best"],
        over=[covers(*ends) for ends in table[["start", "end"]].itertuples(index=False)],
        reached=[needed(reached.get(name)) for name in names],
        saved=[saved(reached.get(name)) for name in names],
    )
    told = _found.sooner(goal, metric, prices).values()
    return table, [each for each in told if each.outcome]
