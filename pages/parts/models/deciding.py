"""Where to draw the line: prices, threshold, and what they do on validation, confirmed once on test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from al_core import figures
from al_core.deploy.face import DEAREST, threshold_table
from al_core.errors import WorkbenchError
from al_core.evaluation.decisions import PER_TEXTS, Decisions, Outcome, Prices
from al_core.evaluation.estimates import Share
from pages.parts import charts
from pages.parts.bench import flash
from pages.parts.models.threshold import ask_threshold, threshold_now, told
from pages.parts.words import plain

FN_PRICE, FP_PRICE = "fn-price", "fp-price"
Confirm = Callable[[float], Outcome]


class Line(NamedTuple):
    """Where the line is drawn, and at which prices."""

    prices: Prices
    threshold: float
    best: float
    """The threshold that costs least."""
    cheapest: bool
    """Whether that one is taken, whichever it is."""

    def of(self, found: Decisions) -> Outcome:
        """Return what the same choice does to the texts of another model."""
        return found.at(found.best(self.prices) if self.cheapest else self.threshold)


def what_is_positive(classes: Sequence[str]) -> None:
    """Say in the names of two classes what the errors are; nothing where the names are unknown."""
    if len(classes) == 2:
        negative, positive = map(plain, classes)
        st.caption(
            f"Positive class: {positive}. False negative: {positive} taken for {negative}. "
            f"False positive: {negative} taken for {positive}."
        )


def draw_the_line(key: str, found: Decisions, classes: Sequence[str]) -> Line:
    """Draw prices, threshold and what it does, and return the choice. key: of what is decided on."""
    left, middle, right = st.columns([1, 1, 2], vertical_alignment="bottom", gap="medium")
    prices = Prices(
        left.number_input(
            "Price of a false negative", 0.0, float(DEAREST), 1.0, key=FN_PRICE, bind="query-params"
        ),
        middle.number_input(
            "Price of a false positive", 0.0, float(DEAREST), 1.0, key=FP_PRICE, bind="query-params"
        ),
    )
    best = found.best(prices)
    with right:
        chosen = ask_threshold(key, best, plain(classes[1]) if len(classes) == 2 else "positive")
    line = Line(prices, best if chosen is None else chosen, best, chosen is None)
    _numbers(line.of(found), prices)
    return line


def line_now(key: str, found: Decisions) -> Line:
    """Return the choice that the fields hold now.

    For a callback: who sets a price and clicks at once has not seen it drawn, but means it.
    """
    prices = Prices(float(st.session_state[FN_PRICE]), float(st.session_state[FP_PRICE]))
    best, chosen = found.best(prices), threshold_now(key)
    return Line(prices, best if chosen is None else chosen, best, chosen is None)


def show_evidence(found: Decisions, line: Line) -> None:
    """Draw cost and errors at every threshold, ROC and precision-recall."""
    table = threshold_table(found, line.prices)
    outcome, shown = found.at(line.threshold), (found.stamp, line)
    charts.pair(
        ("decide-cost", lambda: figures.cost_by_threshold(table, line.threshold, line.best)),
        ("decide-errors", lambda: figures.errors_by_threshold(table, line.threshold)),
        *shown,
    )
    area = found.roc_area()
    rate, recall, precision = (
        share.value or 0.0 for share in (outcome.false_positive_rate, outcome.recall, outcome.precision)
    )
    ends = () if area is None else (area.value, area.low, area.high)
    charts.pair(
        ("decide-roc", lambda: figures.roc(table, ends, (rate, recall))),
        (
            "decide-precision",
            lambda: figures.precision_recall(table, found.average_precision(), (recall, precision)),
        ),
        *shown,
    )


def _numbers(outcome: Outcome, prices: Prices) -> None:
    """Draw what the threshold does to 1,000 texts, each number with its interval."""
    cost = outcome.cost(prices)
    with st.container(horizontal=True, gap="large", key="decide-numbers"):
        st.metric("Expected cost", f"{cost.value:,.1f}", help=f"Per {PER_TEXTS:,} decisions, on validation.")
        st.metric("False negatives", _per(outcome.missed), help=f"Per {PER_TEXTS:,} decisions.")
        st.metric("False positives", _per(outcome.alarms), help=f"Per {PER_TEXTS:,} decisions.")
        st.metric("Accuracy", f"{outcome.accuracy.value or 0:.1%}")
    st.caption(
        f"Per {PER_TEXTS:,} decisions, from {outcome.n:,} validation texts. 95% intervals: cost "
        f"{cost.low:,.1f} to {cost.high:,.1f}, false negatives {_ends(outcome.missed)}, false positives "
        f"{_ends(outcome.alarms)}. What is cheapest here was picked here, so it flatters a little."
    )


def confirmation(key: str, line: Line, confirm: Confirm, looks: Sequence[float], in_all: int) -> None:
    """Let the choice be confirmed on test, and say how often that was done.

    confirm: what a threshold does on test; looks: thresholds for which that was asked; in_all: how often,
    of all rounds.
    """
    threshold, prices = line.threshold, line.prices
    seen = threshold in looks
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Confirm on test",
            icon=":material/verified:",
            key=f"confirm-{key}",
            on_click=_confirmed,
            args=(threshold, confirm),
            disabled=seen,
        )
        st.caption(_looked(in_all))
    if seen:
        # It was looked at before: to see it again costs nothing.
        outcome = confirm(threshold)
        cost = outcome.cost(prices)
        st.info(
            f"On {outcome.n:,} test texts, threshold {told(outcome.threshold)}: cost {cost.value:,.1f} "
            f"({cost.low:,.1f} to {cost.high:,.1f}), {_per(outcome.missed)} false negatives and "
            f"{_per(outcome.alarms)} false positives per {PER_TEXTS:,} decisions, accuracy "
            f"{outcome.accuracy.value or 0:.1%}.",
            icon=":material/verified:",
        )


def _looked(looks: int) -> str:
    if looks == 0:
        return "Nobody has looked at this run's test split to confirm a decision yet."
    if looks == 1:
        return "This run's test split was looked at once to confirm a decision."
    return (
        f"This run's test split was looked at {looks:,} times to confirm a decision. Who looks again and "
        "again ends up choosing by it."
    )


def _confirmed(threshold: float, confirm: Confirm) -> None:
    try:
        confirm(threshold)
    except WorkbenchError as error:
        flash(str(error))


def _per(share: Share) -> str:
    return f"{PER_TEXTS * (share.value or 0.0):,.1f}"


def _ends(share: Share) -> str:
    return f"{PER_TEXTS * share.low:,.1f} to {PER_TEXTS * share.high:,.1f}"
