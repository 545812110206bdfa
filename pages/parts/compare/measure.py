"""What runs are measured by: a metric, and a score to reach."""

from __future__ import annotations

import streamlit as st

from al_core.comparing import METRICS, Comparison, Goal, Prices
from al_core.comparing.words import NO_AIM, no_target, target
from pages.parts.words import plain

SHARE, LEVEL = "share", "level"


def ask_metric(found: Comparison) -> tuple[str, Prices]:
    """Draw the choice of a metric, with prices where it needs them, and return both."""
    titles = {metric.title: name for name, metric in found.metrics.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.selectbox("Metric", list(titles), key="metric", bind="query-params", width=240)
        metric = titles[title]
        prices = Prices()
        if metric == "cost":
            fn = st.number_input(
                "Price of a false negative",
                0.0,
                1e9,
                1.0,
                key="price-fn",
                width=200,
                help="A missed positive.",
                bind="query-params",
            )
            fp = st.number_input(
                "Price of a false positive",
                0.0,
                1e9,
                1.0,
                key="price-fp",
                width=200,
                help="A false alarm.",
                bind="query-params",
            )
            prices = Prices(fn, fp)
    st.caption(plain(METRICS[metric].help))
    return metric, prices


def ask_goal(found: Comparison, metric: str, prices: Prices) -> Goal | None:
    """Draw the choice of the score to reach, and return it; None where neither side is better."""
    words = METRICS[metric]
    if words.less is None:
        st.caption(NO_AIM)
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        goal = _share() if _by_share(found, metric, prices) else _level(metric)
    goals = found.targets(goal, metric, prices)
    st.caption(plain(target(metric, goals.values()) if goals else no_target(metric, baselines=True)))
    return goal


def _by_share(found: Comparison, metric: str, prices: Prices) -> bool:
    """Tell whether the target is a share of the way; asked only where there is a way to go."""
    if not (METRICS[metric].way and found.baselines(metric, prices)):
        return False
    kinds = {SHARE: "Share of the way", LEVEL: "Value"}
    chosen = st.segmented_control(
        "Target",
        list(kinds),
        default=SHARE,
        format_func=kinds.__getitem__,
        key="target-kind",
        required=True,
        bind="query-params",
    )
    return chosen == SHARE


def _share() -> Goal:
    way = st.slider(
        "From the most frequent class to all labels",
        50,
        100,
        90,
        format="%d%%",
        key="target-share",
        width=320,
        help="0%: always naming the most frequent class. 100%: the model trained on all labels.",
        bind="query-params",
    )
    return Goal(way / 100, share=True)


def _level(metric: str) -> Goal:
    """Draw the score itself: shares by a slider over all there are, other scores as a number."""
    words, key = METRICS[metric], f"target-{metric}"
    label = f"{words.title} to {'come down to' if words.less else 'reach'}"
    if words.kind == "share":
        share = st.slider(
            label,
            0.0,
            1.0,
            words.level,
            0.01,
            format="percent",
            key=key,
            width=320,
            bind="query-params",
        )
        return Goal(share, share=False)
    value = st.number_input(
        label, 0.0, 1e9, words.level, key=key, format="%g", width=320, bind="query-params"
    )
    return Goal(value, share=False)
