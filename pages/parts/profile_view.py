"""A corpus in numbers, of one that is here and of one that is about to be added."""

from __future__ import annotations

import streamlit as st

from al_core import figures
from al_core.corpus.profile import Profile
from pages.parts import charts
from pages.parts.words import plain


def profile_view(found: Profile) -> None:
    """Draw counts, problems, class counts and text lengths."""
    with st.container(horizontal=True):
        st.metric("Texts", f"{found.rows:,}", width=150)
        st.metric("Labelled", f"{found.labelled:,}", width=150)
        st.metric("Classes", f"{len(found.class_counts):,}", width=150)
        st.metric(
            "Repeated texts", f"{found.duplicate_rows:,}", width=150, help="Rows that repeat an earlier text."
        )
        st.metric("Empty texts", f"{found.empty_texts:,}", width=150)
    if found.problems:
        st.warning("\n".join(f"- {plain(problem)}" for problem in found.problems), icon=":material/warning:")
    names, counts = tuple(found.class_counts), tuple(found.class_counts.values())
    charts.pair(
        ("class-counts", lambda: figures.class_counts(names, counts)),
        ("text-lengths", lambda: figures.text_lengths(found.length_edges, found.length_counts)),
        *(names, counts, found.length_edges, found.length_counts),
    )
