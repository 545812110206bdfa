"""Texts that people label differently, and an adjudicator's word on each."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from al_core.labelling.consensus import Opinion
from pages.parts.labelling.annotator import annotator
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_decide import decide, text_box, undo
from pages.parts.labelling.session_now import Now
from pages.parts.words import plain

PAGE = 5


def disputes(now: Now) -> None:
    """Draw the disputed texts, most disputed first, page by page; decided ones on request."""
    found = {each.item: each for each in now.evidence.opinions if _differ(each)}
    open_now = sum(each.disputed for each in found.values())
    if not found:
        overlap = now.session.label_settings().overlap
        more = "" if overlap > 1 else " Here each text goes to one person."
        st.caption(f"Nothing is disputed. Texts that people label differently appear here.{more}")
        return
    name = annotator("Decisions are kept under this name.", "Use this name")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count(open_now, 'text')} to decide, {len(found) - open_now:,} decided.")
        decided = st.toggle("Show decided ones", key="decided", bind="query-params")
        undo(now, name)
    order = _order(now, found, decided)
    if not order:
        st.caption("All are decided.")
        return
    pages = -(-len(order) // PAGE)
    at = min(int(st.session_state.get("disputes-page") or 1), pages)
    for item in order[(at - 1) * PAGE : at * PAGE]:
        _card(now, found[item], name)
    if pages > 1:
        st.pagination(pages, key="disputes-page", max_visible_pages=5)


def _card(now: Now, opinion: Opinion, name: str | None) -> None:
    with st.container(border=True, key=f"dispute-{opinion.item}"):
        text_box(now, opinion.item)
        votes = " · ".join(f"{who}: {now.classes[label]}" for who, label in opinion.votes)
        st.caption(plain(votes))
        decide(now, opinion.item, name, "decide", opinion.decision)


def _differ(opinion: Opinion) -> bool:
    return len({label for _, label in opinion.votes}) > 1


def _order(now: Now, found: dict[int, Opinion], decided: bool) -> list[int]:
    """Return the texts to show. What is decided stays in its place until the page is opened anew:

    nothing moves under the mouse, whoever labels or decides meanwhile.
    """
    key = f"disputes-{now.session.id}-{decided}"
    shown: list[int] = [item for item in st.session_state.get(key, []) if item in found]
    known = set(shown)
    new = [each for each in found.values() if each.item not in known and (decided or each.disputed)]
    shown += [each.item for each in sorted(new, key=_least_agreed)]
    st.session_state[key] = shown
    return shown


def _least_agreed(opinion: Opinion) -> tuple[float, int, int]:
    votes = Counter(label for _, label in opinion.votes).most_common(1)[0][1]
    return votes / len(opinion.votes), -len(opinion.votes), opinion.item
