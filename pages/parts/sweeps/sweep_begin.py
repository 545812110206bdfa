"""What will happen in a new sweep, and the button that begins exactly one, however often it is clicked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from al_core.config import RunConfig
from al_core.errors import BadInput, WorkbenchError
from al_core.sweeps.face import Outlook
from al_core.sweeps.settings import SweepSettings, validated
from pages.parts.bench import bench, page
from pages.parts.labelling.label_words import count
from pages.parts.once import once, view_of
from pages.parts.preparing import reading
from pages.parts.sweeps.sweep_file import take_away
from pages.parts.words import duration, plain


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form holds now."""

    name: str
    base: RunConfig
    axes: dict[str, Any]

    def checked(self) -> SweepSettings:
        """Return the settings; raises `BadInput` in one sentence for what cannot be."""
        if not self.axes["asking"] and not self.axes["control"]:
            raise BadInput("Choose a query strategy, or random sampling as the control.")
        if not self.axes["models"]:
            raise BadInput("Choose a model.")
        axes = self.axes
        if not axes["asking"]:
            # An empty axis would stay as the preset has it.
            axes = axes | {"asking": ({"strategy": {"name": "random"}},)}
        return validated({"name": self.name, "base": self.base} | axes)


def begin(checked: Callable[[], SweepSettings]) -> None:
    """Draw the outlook; settings that cannot be get one sentence in its place, and no Begin.

    checked: returns the settings, or raises `BadInput`.
    """
    ready, line = None, "Change the settings to begin."
    with st.container(border=True, key="outlook"):
        st.subheader("What will happen", anchor=False)
        try:
            settings = checked()
            with st.spinner("Counting the texts", show_time=True):
                outlook = bench().sweeps.outlook(settings)
            ready, line = settings, _line(outlook)
        except BadInput as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            _numbers(outlook, settings)
            take_away(settings, "sweep.json", "form-settings")
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        st.text(line)
        # Not in a callback, which would get what the form held before the last word was typed.
        clicked = st.button(
            "Begin", type="primary", icon=":material/play_arrow:", key="begin-sweep", disabled=ready is None
        )
    book, view = once(), view_of("sweep", clicked=clicked)
    if clicked and ready is not None:
        try:
            settings = ready
            made = book.made(view, lambda: bench().sweeps.create(settings))
        except WorkbenchError as error:
            st.toast(plain(str(error)), icon=":material/error:")  # the end of the page is out of sight
            return
        _open(made)


def _numbers(outlook: Outlook, settings: SweepSettings) -> None:
    with st.container(horizontal=True, key="sweep-numbers"):
        _metric("Runs", f"{outlook.runs:,}")
        _metric("There already", f"{outlook.reused:,}", "Their results are taken; they do not run again.")
        _metric(
            "Groups",
            f"{outlook.groups:,}",
            "Query strategies times models times corpora, each on every seed.",
        )
        _metric("Seeds", f"{outlook.seeds:,}")
        if outlook.seconds:
            _metric("About", duration(outlook.seconds), "From past runs of these models, where any are.")
            _metric("Slots", f"{outlook.slots:,}", "Runs at the same time on this machine.")
    for leak in outlook.leaks:
        st.warning(plain(leak), icon=":material/warning:")
    if outlook.seconds is None:
        for corpus in [each.corpus for each in settings.data] or [settings.base.corpus]:
            record = bench().corpus_of(corpus)
            if record is None or record.state != "ready":
                reading(corpus, record)
                break


def _metric(label: str, value: str, words: str | None = None) -> None:
    st.metric(label, value, help=words, width=130)


def _line(outlook: Outlook) -> str:
    """Return the sweep in one line: 18 runs (3 there already), 6 groups x 3 seeds, about 12 min on 1 slot."""
    there = f" ({outlook.reused:,} there already)" if outlook.reused else ""
    grid = f"{count(outlook.groups, 'group')} x {count(outlook.seeds, 'seed')}"
    time = f", about {duration(outlook.seconds)} on {count(outlook.slots, 'slot')}" if outlook.seconds else ""
    return f"{count(outlook.runs, 'run')}{there}, {grid}{time}"


def _open(sweep_id: str) -> None:
    st.switch_page(page("sweep"), query_params={"sweep": sweep_id})
