"""What the seeds say of each group against random, in sentences, with the figures behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from al_core.comparing import METRICS, Comparison, Prices, Stamp
from al_core.comparing.behind import FIGURES, behind
from al_core.comparing.words import BEHIND, CAVEAT, NO_RANDOM, NO_SIDE, PAIRS, PAIRS_HELP
from al_core.evaluation.verdicts import TESTS, Verdict
from pages.parts.words import plain

Couple = tuple[str, str]


def verdicts(found: Comparison, metric: str, prices: Prices) -> None:
    """Draw a sentence for each group, its test and its figures at hand, and a verdict on any two that ask."""
    st.subheader("What the seeds say", anchor=False)
    if METRICS[metric].less is None:
        st.caption(NO_SIDE)
        return
    told, pairs = _told(found.stamp, metric, prices, found)
    if told:
        sentences(told)
        st.caption(CAVEAT)
        figures_behind(told, "compare-figures")
    else:
        st.caption(NO_RANDOM)
    if pairs:
        _pair(pairs)


def sentences(told: Sequence[Verdict]) -> None:
    """Draw the sentences of verdicts, each with its test at hand."""
    for each in told:
        st.markdown(plain(each.sentence), help=TESTS[each.test] if each.test else None)


def figures_behind(told: Sequence[Verdict], key: str) -> None:
    """Draw the figures behind verdicts, folded away; nothing where no seeds bear one."""
    if lines := behind(told):
        with st.expander(BEHIND, icon=":material/functions:", key=f"{key}-folded"):
            _table(lines, key)


def _pair(pairs: Mapping[Couple, Verdict]) -> None:
    """Draw the choice of two groups that ask, and the verdict on them."""
    with st.expander(PAIRS, icon=":material/compare_arrows:", key="compare-pair-folded"):
        couple = st.selectbox(
            "Two groups", list(pairs), key="compare-pair", format_func=" and ".join, persist_state="session"
        )
        verdict = pairs[couple]
        sentences([verdict])
        st.caption(PAIRS_HELP)
        if lines := behind([verdict]):
            _table(lines, "compare-pair-figures")


def _table(lines: Sequence[tuple[str, ...]], key: str) -> None:
    st.dataframe(
        pd.DataFrame(lines, columns=list(FIGURES)),
        hide_index=True,
        key=key,
        height="content",
        column_config={
            name: st.column_config.TextColumn(help=words or None, pinned=name == "Group")
            for name, words in FIGURES.items()
        },
        alt="A line for each comparison: difference, interval, tests, effect size, seeds that agree",
    )


# Tests and areas of hundreds of runs take a while, and every click on the page asks for them.
@st.cache_data(max_entries=50, show_spinner=False)
def _told(
    stamp: Stamp, metric: str, prices: Prices, _found: Comparison
) -> tuple[list[Verdict], dict[Couple, Verdict]]:
    del stamp
    curves = _found.curves(metric, prices)
    return list(_found.verdicts(metric, curves).values()), _found.pairs(metric, curves)
