"""Labels that the model doubts, and texts that people flagged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from al_core.labelling.second_look import LEAST
from pages.parts.bench import bench
from pages.parts.labelling.annotator import annotator
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_decide import decide, text_box, undo
from pages.parts.labelling.session_now import Now
from pages.parts.words import plain

PAGE = 5


def second_look(now: Now) -> None:
    """Draw both, page by page, with a button per class."""
    name = annotator("Decisions are kept under this name.", "Use this name")
    st.subheader("Labels that look wrong", anchor=False)
    _suspects(now, name)
    flagged = bench().labelling.flagged(now.session.id)
    st.subheader("Flagged texts", anchor=False)
    _flagged(now, flagged, name)


def _suspects(now: Now, name: str | None) -> None:
    told = _told(now)
    if told is None:
        too_slow = now.model is not None and now.model.details.get("too_slow")
        st.caption(
            "Not looked for: it takes five more fits, and this model is too slow for that."
            if too_slow
            else f"They appear after a model of {LEAST} labels or more of two classes."
        )
        return
    found = {each["item"]: each for each in told if _stands(now, each)}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{count(len(found), 'label')} that the model, trained without them, doubts. "
            "Keep or change each: your word counts."
        )
        undo(now, name)
    order = _order(now, found)
    pages = max(1, -(-len(order) // PAGE))
    at = min(int(st.session_state.get("suspects-page") or 1), pages)
    for item in order[(at - 1) * PAGE : at * PAGE]:
        _card(now, found[item], name)
    if pages > 1:
        st.pagination(pages, key="suspects-page", max_visible_pages=5)


def _card(now: Now, suspect: Mapping[str, Any], name: str | None) -> None:
    item, given, likely = suspect["item"], suspect["given"], suspect["likely"]
    with st.container(border=True, key=f"suspect-{item}"):
        text_box(now, item)
        words = f"Label: **{plain(now.classes[given])}** · the model thinks **{plain(now.classes[likely])}**"
        st.caption(words)
        decide(now, item, name, "suspect", _decision(now, item), first=given)


def _flagged(now: Now, flagged: list[tuple[int, str, str]], name: str | None) -> None:
    if not flagged:
        st.caption("Nobody has flagged a text.")
        return
    pages = -(-len(flagged) // PAGE)
    at = min(int(st.session_state.get("flagged-page") or 1), pages)
    for place, (item, who, note) in enumerate(flagged[(at - 1) * PAGE : at * PAGE]):
        with st.container(border=True, key=f"flag-{place}"):
            text_box(now, item)
            st.caption(plain(f"Flagged by {who}{': ' if note else ''}{note}"))
            decide(now, item, name, f"flag-{place}", _decision(now, item))
    if pages > 1:
        st.pagination(pages, key="flagged-page", max_visible_pages=5)


def _told(now: Now) -> list[dict[str, Any]] | None:
    """Return the suspects of the newest model that was looked at closer; None where none was."""
    for version in reversed(now.evidence.curve.versions):
        if found := version.details.get("second_look"):
            return found["suspects"]
    return None


def _decision(now: Now, item: int) -> int | None:
    return next((each.decision for each in now.evidence.opinions if each.item == item), None)


def _stands(now: Now, suspect: Mapping[str, Any]) -> bool:
    """Tell whether the label is still the one that was doubted, or was decided on while it is shown."""
    shown = st.session_state.get(f"suspects-{now.session.id}", [])
    opinion = next((each for each in now.evidence.opinions if each.item == suspect["item"]), None)
    if opinion is None:
        return False
    doubted = opinion.decision is None and opinion.label == suspect["given"]
    return doubted or suspect["item"] in shown


def _order(now: Now, found: Mapping[int, Any]) -> list[int]:
    """Return the texts to show; those that were there keep their places, whatever is decided."""
    key = f"suspects-{now.session.id}"
    shown: list[int] = [item for item in st.session_state.get(key, []) if item in found]
    shown += [item for item in found if item not in set(shown)]
    st.session_state[key] = shown
    return shown
