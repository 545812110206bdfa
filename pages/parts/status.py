"""The line in the sidebar: what the worker does. Its timer also starts runs that wait."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts.bench import bench, fragment
from pages.parts.words import plain


@partial(fragment, every=2)
def worker_line() -> None:
    """Show one line: idle, training, preparing, or the last failure."""
    activity = bench().activity()
    waiting = f", {activity.queued:,} waiting" if activity.queued else ""
    if activity.running:
        others = len(activity.running) - 1
        more = f" and {others:,} more" if others else ""
        line = f":material/model_training: Training {plain(activity.running[0].name)}{more}{waiting}"
    elif activity.preparing:
        line = f":material/downloading: Reading {plain(activity.preparing[0].title)}"
    elif activity.learning:
        line = f":material/model_training: Learning from labels: {plain(activity.learning[0])}"
    elif activity.last_failed:
        line = f":material/error: Failed: {plain(activity.last_failed.name)}"
    else:
        line = f":material/bedtime: Idle{waiting}"
    st.caption(line)
