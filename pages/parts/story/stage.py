"""One step of the story at a time: its numbers, its chart, and the way on."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import plotly.graph_objects as go
import streamlit as st

from al_core import figures
from al_core.figures import Chart
from al_core.story import COUNT, Prices, Scene, Story, caution, caveats, scene
from al_core.story.page import html
from pages.parts.story.choice import Chosen
from pages.parts.story.prices import prices
from pages.parts.words import plain

STEP = "story-step"
STEPS = tuple(str(place) for place in range(1, COUNT + 1))
PRICED = ("1", "5")
"""Steps beside which the prices lie open."""


def stage(choose: Callable[[], Chosen]) -> None:
    """Draw the step that the address names, the way to the others, and the prices."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("Story", anchor=False, width="content")
        step = _way()
    chosen = choose()
    if warned := caution(chosen.story):
        st.warning(plain(warned), icon=":material/warning:")
    above, beside = st.container(), None
    if step in PRICED:
        main, beside = st.columns([4, 1], gap="large")
    else:
        main = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        with beside or st.popover("Your prices", icon=":material/payments:"):
            mine = prices(chosen.story.texts)
        _export(chosen, mine)
    shown = _scene(chosen.key, step, mine, chosen)
    with above:
        st.header(plain(shown.title), anchor=False)
        st.markdown(plain(shown.sentence))
    with main:
        _numbers(shown)
        _chart(chosen, step, mine, shown)
    _foot(chosen.story)


def _way() -> str:
    """Draw the way through, and return where on it we are."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        wanted = st.query_params.get("step")
        # Not `bind`: a bound widget with a default is moved by itself alone, not by Back and Next.
        st.session_state[STEP] = step = wanted if wanted in STEPS else STEPS[0]
        st.segmented_control(
            "Step", STEPS, key=STEP, on_change=_go, required=True, label_visibility="collapsed"
        )
        at = STEPS.index(step)
        _button("Back", at - 1, "Left")
        _button("Next", at + 1, "Right")
    return step


def _button(label: str, to: int, key: str) -> None:
    st.button(
        label,
        key=f"story-{label.lower()}",
        type="primary" if label == "Next" else "secondary",
        shortcut=key,
        disabled=not 0 <= to < len(STEPS),
        on_click=_go,
        args=(STEPS[to % len(STEPS)],),
    )


def _go(step: str | None = None) -> None:
    st.query_params["step"] = step or st.session_state[STEP]


def _numbers(shown: Scene) -> None:
    if not shown.numbers:
        return
    with st.container(horizontal=True, gap="large"):
        for number in shown.numbers:
            st.metric(
                plain(number.title),
                plain(number.value),
                plain(number.beside) or None,
                delta_color="off",
                delta_arrow="off",
                width="content",
            )


def _chart(chosen: Chosen, step: str, mine: Prices, shown: Scene) -> None:
    if shown.draw is not None:
        dark = st.context.theme.type == "dark"
        chart, figure = _drawn(chosen.key, step, mine, dark, shown.draw)
        st.plotly_chart(figure, config=figures.CONFIG, alt=chart.alt, key=f"story-chart-{step}")


@st.cache_resource(max_entries=50, show_spinner=False)
def _scene(key: Hashable, step: str, mine: Prices, _chosen: Chosen) -> Scene:
    del key
    return scene(_chosen.story, mine, int(step))


@st.cache_resource(max_entries=50, show_spinner=False)
def _drawn(
    key: Hashable, step: str, mine: Prices, dark: bool, _draw: Callable[[], Chart]
) -> tuple[Chart, go.Figure]:
    del key, step, mine
    chart = _draw()
    return chart, chart.themed(dark)


def _export(chosen: Chosen, mine: Prices) -> None:
    st.download_button(
        "Story as HTML",
        lambda: html(chosen.story, mine).encode(),
        file_name=f"{chosen.name}.html",
        mime="text/html",
        key="story-html",
        icon=":material/description:",
        on_click="ignore",
        help="One file with all five steps and your prices. It works without a network.",
    )


def _foot(story: Story) -> None:
    with st.expander("What to know", icon=":material/info:"):
        for line in caveats(story):
            st.markdown(f"- {plain(line)}")
