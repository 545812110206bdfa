"""What the labels bought, group by group: curves, differences to random, verdicts and a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.comparing import METRICS, Comparison, Goal, Prices
from al_core.comparing.words import CAVEAT, NO_RANDOM, NO_SIDE, needed, saved
from al_core.evaluation.comparison import band
from al_core.evaluation.verdicts import TESTS
from pages.parts import charts
from pages.parts.bench import page
from pages.parts.compare.report import report
from pages.parts.words import plain


def looks(found: Comparison) -> list[tuple[str, str]]:
    """Return title and strategy of each group, as figures want them."""
    return [(group.title, group.strategy) for group in found.groups]


def curves(found: Comparison) -> None:
    """Draw the curves of one metric, what they say, and the table."""
    metric, prices = _metric(found)
    words, groups = METRICS[metric], looks(found)
    lines = found.curves(metric, prices)
    names = found.baseline_names()

    def learning() -> figures.Chart:
        levels = {names[task]: level for task, level in found.baselines(metric, prices).items()}
        return figures.group_curves(band(lines), groups, words.title, words.kind, levels)

    def difference() -> figures.Chart:
        return figures.group_differences(found.differences(lines), groups, words.title, words.kind)

    shown = (found.stamp, metric, prices)
    if any(group.control for group in found.groups):
        charts.pair(("compare-curves", learning), ("compare-differences", difference), *shown)
    else:
        charts.show("compare-curves", learning, *shown)
    _verdicts(found, metric, prices)
    goal = _table(found)
    report(found, metric, prices, goal)
    _runs(found)


def _metric(found: Comparison) -> tuple[str, Prices]:
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
            )
            fp = st.number_input(
                "Price of a false positive", 0.0, 1e9, 1.0, key="price-fp", width=200, help="A false alarm."
            )
            prices = Prices(fn, fp)
    st.caption(plain(METRICS[metric].help))
    return metric, prices


def _verdicts(found: Comparison, metric: str, prices: Prices) -> None:
    st.subheader("What the seeds say", anchor=False)
    if METRICS[metric].less is None:
        st.caption(NO_SIDE)
        return
    told = _told(found.stamp, metric, prices, found)
    if not told:
        st.caption(NO_RANDOM)
    for sentence, test in told:
        st.markdown(plain(sentence), help=test)
    if told:
        st.caption(CAVEAT)


# Tests and areas of hundreds of runs take a while, and every click on the page asks for them.
@st.cache_data(max_entries=50, show_spinner=False)
def _told(
    stamp: tuple[tuple[str, int], ...], metric: str, prices: Prices, _found: Comparison
) -> list[tuple[str, str | None]]:
    del stamp
    told = _found.verdicts(metric, _found.curves(metric, prices)).values()
    return [(sentence, TESTS[each.test] if each.test else None) for each, sentence in told]


def _table(found: Comparison) -> Goal:
    st.subheader("Labels, scores and time", anchor=False)
    goal = _goal(found)
    table = _summary(found.stamp, goal, found)
    if table.empty:
        st.caption("Appears after the first fit.")
        return goal
    number = st.column_config.NumberColumn
    seconds = {
        name: number(f"{name.capitalize()} (s)", format="%.1f", help="Seconds a run, in all its rounds.")
        for name in ("fit", "score", "select")
    }
    st.dataframe(
        table,
        hide_index=True,
        key="compare-table",
        height="content",
        column_config={
            "group": st.column_config.TextColumn("Group", pinned=True),
            "seeds": number("Seeds"),
            "reached": st.column_config.TextColumn(
                "Labels to target",
                help="Median over seeds; one that never got there counts as more than any.",
            ),
            "saved": st.column_config.TextColumn(
                "Saved against random",
                help="Share of random's labels that were not needed, with its 95 % interval.",
            ),
            "area": number(
                "Area (%)", format="%.1f", help="Mean accuracy over the labels that all groups have spent."
            ),
            "best": number("Best accuracy (%)", format="%.1f", help="Of all rounds, the mean over seeds."),
            "labels": number("Labels spent", format="%,.0f"),
            **seconds,
        },
        alt="A line for each group: labels to the target, saved against random, area, accuracy, seconds",
    )
    return goal


def _goal(found: Comparison) -> Goal:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = "Share of the way"
        kinds = [share, "Accuracy"] if found.baselines() else ["Accuracy"]
        kind = st.segmented_control("Target", kinds, default=kinds[0], key="target-kind", required=True)
        if kind == share:
            way = st.slider(
                "From the majority class to all labels",
                50,
                100,
                90,
                format="%d %%",
                key="target-share",
                width=320,
                help="0 %: always naming the most frequent class. 100 %: the model trained on all labels.",
            )
            goal = Goal(way / 100, share=True)
        else:
            level = st.slider("Accuracy to reach", 0.5, 1.0, 0.8, 0.01, key="target-accuracy", width=320)
            goal = Goal(level, share=False)
    values = sorted({f"{each:.1%}" for each in found.targets(goal).values()})
    if values:
        st.caption(plain(f"Target: an accuracy of {', '.join(values)}."))
    return goal


@st.cache_data(max_entries=50, show_spinner=False)
def _summary(stamp: tuple[tuple[str, int], ...], goal: Goal, _found: Comparison) -> pd.DataFrame:
    del stamp
    reached, table = _found.reached(goal), _found.summary()
    table = table.assign(area=100 * table["area"], best=100 * table["best"])
    names = table["group"].tolist()
    table.insert(2, "reached", [needed(reached.get(name)) for name in names])
    table.insert(3, "saved", [saved(reached.get(name)) for name in names])
    return table


def _runs(found: Comparison) -> None:
    with st.expander("Open a run", icon=":material/show_chart:"):
        for group in found.groups:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(plain(group.title), width="content")
                for run in group.runs:
                    seed = f"seed {run.config['seed']}"
                    st.page_link(page("run"), label=seed, query_params={"run": run.id}, width="content")
