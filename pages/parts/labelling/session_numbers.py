"""A session in five numbers: labels, random labels, accuracy, agreement, advice."""

from __future__ import annotations

import streamlit as st

from al_core.labelling.agreement import NO_PAIRS, Agreement
from pages.parts.labelling.label_words import between, count
from pages.parts.labelling.session_now import ALPHA, Evidence, Now
from pages.parts.words import plain

WIDTH = 160


def numbers(now: Now) -> None:
    """Draw them, and the advice in a sentence."""
    evidence = now.evidence
    progress = evidence.progress
    with st.container(horizontal=True, key="numbers"):
        _metric(
            "Labels",
            f"{progress.answers:,}",
            f"by {count(progress.people, 'person', 'people')}",
            f"On {count(progress.labelled, 'text')} of {progress.texts:,}.",
        )
        _metric(
            "Random labels",
            f"{progress.validation_labelled:,}",
            f"of {progress.validation:,}",
            "Labels of the validation set: drawn at random, never learned from. All estimates rest on them.",
        )
        _metric("Accuracy", *_accuracy(evidence, progress.validation))
        _metric("Agreement", *_agreement(evidence.agreement[ALPHA]))
        _metric("Advice", evidence.advice.call.capitalize(), "", "Go on labelling, or stop?")
    st.caption(plain(evidence.advice.words))


def _metric(label: str, value: str, small: str, words: str) -> None:
    st.metric(label, value, small or None, delta_color="off", delta_arrow="off", help=words, width=WIDTH)


def _accuracy(evidence: Evidence, validation: int) -> tuple[str, str, str]:
    """Return value, interval and help."""
    words = "Of the newest model in the whole pool, estimated on random labels, with its 95% interval."
    if not validation:
        return "–", "no validation set", words
    if not evidence.curve.versions:
        return "Not yet", "needs a model", words
    found = evidence.curve.estimates[-1].accuracy
    if found.value is None:
        return "Not yet", "needs random labels", words
    return f"{found.value:.0%}", between(found.low, found.high), words


def _agreement(alpha: Agreement) -> tuple[str, str, str]:
    words = f"{ALPHA}: 1 if all agree, 0 if as often as chance would."
    if alpha.value is None:
        why = "no text has two labels" if alpha.why == NO_PAIRS else "unanimous, so undefined"
        return "–", why, f"{words} Now: {alpha.why}."
    if alpha.low is None or alpha.high is None:
        return f"{alpha.value:.2f}", f"on {count(alpha.items, 'text')}", f"{words} {alpha.why}."
    return f"{alpha.value:.2f}", f"{alpha.low:.2f} to {alpha.high:.2f}", words
