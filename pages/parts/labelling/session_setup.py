"""How a session is set, in plain words, and as a file."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd
import streamlit as st

from al_core.config import Component
from al_core.figures.style import class_color
from al_core.labelling.settings import LabelSettings
from pages.parts.bench import bench
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_now import Now
from pages.parts.words import duration

KINDS = {
    "strategy": ("Query strategy", "strategies"),
    "starter": ("First texts", "starters"),
    "classifier": ("Model", "classifiers"),
    "features": ("Features", "features"),
    "calibration": ("Calibration", "calibration"),
}
"""Part of the settings: its words, its registry."""
DOT = "width:0.8em;height:0.8em;border-radius:50%;border:1px solid #7F848D;margin-right:0.6em;flex:none"
ROW = "display:flex;align-items:center;overflow-wrap:anywhere;line-height:1.8"


def setup(now: Now) -> None:
    """Draw the classes in their colours, then a line per setting."""
    settings = now.session.label_settings()
    st.subheader("Settings", anchor=False)
    with st.container(height=260 if len(settings.classes) > 9 else "content", border=False):
        st.html("".join(_class(place, settings) for place in range(len(settings.classes))))
    st.dataframe(
        pd.DataFrame(_lines(settings), columns=["Setting", "Value"]),
        hide_index=True,
        height="content",
        key="settings-table",
        column_config={"Value": st.column_config.TextColumn(width="medium")},
        alt="What the session is set to, a line per setting",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Fixed when a session begins.", width="content")
        st.download_button(
            "Settings as a file",
            settings.model_dump_json(indent=2),
            f"session-{now.session.id}.json",
            "application/json",
            type="tertiary",
            icon=":material/download:",
            key="settings-file",
            on_click="ignore",
        )


def _class(place: int, settings: LabelSettings) -> str:
    color = class_color(place, settings.colors)
    name = html.escape(settings.classes[place])
    return f'<div style="{ROW}"><span style="{DOT};background:{color}"></span><bdi>{name}</bdi></div>'


def _lines(settings: LabelSettings) -> list[tuple[str, str]]:
    lines = [(words, _component(kind, getattr(settings, part))) for part, (words, kind) in KINDS.items()]
    when = "labelled first" if settings.validation_first else "labelled along the way"
    return [
        *lines,
        ("New model after", count(settings.retrain_every, "label")),
        ("Random texts", f"{settings.random_share:.0%}"),
        (
            "Validation set",
            f"{count(settings.validation, 'text')}, {when}" if settings.validation else "none",
        ),
        ("People per text", f"{settings.overlap:,}"),
        ("The model's guess", "shown before the answer" if settings.show_guess else "shown after the answer"),
        ("Skipped texts", "offered to others" if settings.skipped == "others" else "offered to nobody else"),
        ("A text is kept for", duration(settings.lease_seconds)),
        ("Seed", str(settings.seed)),
    ]


def _component(kind: str, component: Component) -> str:
    """Return the title, and what is set otherwise than usual."""
    entry = bench().entries(kind).get(component.name)
    if entry is None:
        return component.name
    usual, given = entry.settings({}), entry.settings(component.params)
    titles = {parameter.name: parameter.title for parameter in entry.parameters}
    other = [
        f"{titles[name].lower()}: {_said(value)}" for name, value in given.items() if value != usual[name]
    ]
    return f"{entry.title} ({'; '.join(other)})" if other else entry.title


def _said(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value}"
