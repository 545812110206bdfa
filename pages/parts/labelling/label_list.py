"""The list of labelling sessions: how far each is, and the way to its desk."""

from __future__ import annotations

import streamlit as st

from al_core.labelling.records import LabelSession
from al_core.labelling.summaries import Summary
from pages.parts.bench import bench, page
from pages.parts.labelling.label_links import query
from pages.parts.labelling.label_words import SESSION_STATES, count
from pages.parts.words import ago, plain


def label_list() -> None:
    """Draw the sessions, the newest first; those put away behind a switch."""
    labelling = bench().labelling
    archived = st.toggle("Show archived sessions", key="archived", bind="query-params")
    found = labelling.sessions(archived=archived)
    if not found:
        words = "No session is archived." if archived else "No session yet. Begin one under New session."
        st.caption(words)
        return
    summaries = labelling.summaries()
    for session in found:
        _row(session, summaries.get(session.id, Summary()))


def _row(session: LabelSession, summary: Summary) -> None:
    words, color, icon = SESSION_STATES[session.state]
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(page("session"), label=f"**{plain(session.name)}**", query_params=query(session.id))
        st.caption(" · ".join(_facts(session, summary)), width="stretch")
        st.badge(words, icon=icon, color=color)
        if session.state == "active":
            st.page_link(
                page("desk"), label="Label", icon=":material/keyboard:", query_params=query(session.id)
            )


def _facts(session: LabelSession, summary: Summary) -> list[str]:
    """Return what tells one session from another, ready for Markdown."""
    record = bench().corpus(session.corpus_key)
    facts = [plain(record.title if record else session.corpus_key)]
    if summary.labelled:
        people = count(summary.people, "person", "people")
        facts.append(f"{count(summary.labelled, 'text')} labelled by {people}")
        facts.append(f"model {summary.version:,}" if summary.version else "no model yet")
    else:
        facts.append("no label yet")
    facts.append(f"last label {ago(summary.last)}" if summary.last else f"begun {ago(session.created_at)}")
    return facts
