"""What a model says of one text: class, probability, the words that weighed, the nearest examples."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from al_core.deploy.answering import Answerer
from al_core.deploy.neighbours import Neighbours
from al_core.deploy.weighing import Part, weighed
from al_core.store.models import ModelRecord
from pages.parts.bench import bench
from pages.parts.models.threshold import percent
from pages.parts.models.trying_wrong import wrong
from pages.parts.words import plain

LONGEST = 100_000
MARKED = 12
"""Words that are marked at most, the weightiest."""
FAINTEST = 0.01
"""Change of the probability below which a word is not marked."""
MOST_CLASSES = 10
PROSE = "white-space:pre-wrap;line-height:1.7;overflow-wrap:anywhere"
FOR, AGAINST = "122, 106, 216", "127, 132, 141"


def trying_text(record: ModelRecord, model: Answerer, classes: Sequence[str]) -> None:
    """Draw the question and the answer."""
    with st.form("ask", border=False):
        text = st.text_area(
            "Text",
            height=140,
            max_chars=LONGEST,
            key="asked-text",
            placeholder="Type or paste a text",
            persist_state="session",
        )
        st.form_submit_button("Ask", type="primary", icon=":material/send:", key="ask")
    text = str(text or "")
    if not text.strip():
        st.caption("The answer appears here, with the words it goes by.")
        return
    show_answer(record, model, classes, text)


def show_answer(record: ModelRecord, model: Answerer, classes: Sequence[str], text: str) -> None:
    """Draw what a model says of a text, what it goes by, and the way to people if that is wrong."""
    probabilities, parts = _answer(model.folder, text, model, record.threshold)
    chosen = decided(probabilities, record.threshold)
    answer, reasons = st.columns([1, 2], gap="large")
    with answer:
        st.metric(
            "Class",
            plain(classes[chosen]),
            f"{probabilities[chosen]:.1%} sure",
            delta_color="off",
            delta_arrow="off",
        )
        for place in map(int, np.argsort(-probabilities, kind="stable")[:MOST_CLASSES]):
            # Kept apart, else a name written from right to left takes the number along.
            words = f"\N{FIRST STRONG ISOLATE}{plain(classes[place])}\N{POP DIRECTIONAL ISOLATE}"
            st.progress(float(probabilities[place]), text=f"{words}: {probabilities[place]:.1%}")
        if record.threshold is not None:
            sure = plain(percent(record.threshold))
            st.caption(f"It says {plain(classes[1])} if that is more than {sure} probable.")
    with reasons:
        st.subheader("Words that weighed", anchor=False)
        _words(text, parts, classes[chosen], _turning(parts, probabilities, record.threshold))
    st.subheader("Nearest labelled examples", anchor=False)
    _nearest(record, model.folder, text)
    wrong(record, text, classes, chosen, float(probabilities[chosen]))


def decided(probabilities: np.ndarray, threshold: float | None) -> int:
    """Return the class that a model decides on, as its export does."""
    if threshold is not None and len(probabilities) == 2:
        return int(probabilities[1] > threshold)
    return int(probabilities.argmax())


@st.cache_data(max_entries=50, show_spinner="Asking the model")
def _answer(
    folder: Path, text: str, _model: Answerer, threshold: float | None
) -> tuple[np.ndarray, list[Part]]:
    del folder
    probabilities = _model.ask([text])[0]
    return probabilities, weighed(_model.ask, text, decided(probabilities, threshold))


def _turning(parts: Sequence[Part], probabilities: np.ndarray, threshold: float | None) -> set[Part]:
    """Return the parts without which a threshold would let the other class win."""
    if threshold is None or len(probabilities) != 2:
        return set()
    chosen = decided(probabilities, threshold)
    side = -1 if chosen else 1
    without = {part: float(probabilities[1]) + side * part.weight for part in parts}
    return {part for part, other in without.items() if (other > threshold) != bool(chosen)}


def _words(text: str, parts: Sequence[Part], chosen: str, turning: Collection[Part]) -> None:
    """Mark the parts without which the answer would be another, or clearly less or more probable."""
    strongest = sorted(parts, key=lambda part: (part not in turning, -abs(part.weight)))[:MARKED]
    marked = sorted(
        (part for part in strongest if part in turning or abs(part.weight) >= FAINTEST),
        key=lambda part: part.start,
    )
    if not marked:
        st.text(text[:2_000])
        st.caption(
            "No single word weighs: leaving one out moves the probability by less than a point."
            if parts
            else "There is no word to leave out."
        )
        return
    most, at, pieces = max(abs(part.weight) for part in marked), 0, []
    for part in marked:
        color, sign = (FOR, "solid") if part.weight > 0 else (AGAINST, "dashed")
        shade = f"rgba({color}, {0.15 + 0.35 * abs(part.weight) / most:.2f})"
        style = f"background:{shade};border-bottom:2px {sign} rgb({color});border-radius:3px;padding:0 2px"
        tip = f"{-100 * part.weight:+.1f} points without it"
        if part in turning:
            tip += ", which changes the answer"
        pieces.append(html.escape(text[at : part.start]))
        pieces.append(
            f'<span style="{style}" title="{tip}">{html.escape(text[part.start : part.end])}</span>'
        )
        at = part.end
    pieces.append(html.escape(text[at:]))
    with st.container(height=260 if len(text) > 1_200 else "content", border=False):
        st.html(f'<div style="{PROSE}">{"".join(pieces)}</div>')
    st.caption(
        f"Solid: speaks for {plain(chosen)}. Dashed: against it. Each was left out in turn, and the model "
        "asked again."
    )


def _nearest(record: ModelRecord, folder: Path, text: str) -> None:
    found = _neighbours(folder, record.name, record.version)
    if found is None:
        st.caption("The texts that this model learned from are not on this machine.")
        return
    near = found.of(text)
    if not near:
        st.caption("No labelled text shares a word with it.")
        return
    st.dataframe(
        [{"Likeness": each.likeness, "Label": each.label, "Text": each.text[:500]} for each in near],
        hide_index=True,
        column_config={
            "Likeness": st.column_config.ProgressColumn(
                min_value=0.0, max_value=1.0, format="percent", width="small", help="Cosine of TF-IDF."
            ),
            "Label": st.column_config.TextColumn(width="small"),
            "Text": st.column_config.TextColumn(width="large"),
        },
    )


def _is_there(found: Neighbours | None) -> bool:
    # A corpus that is not on this machine may come.
    return found is not None


@st.cache_resource(max_entries=4, show_spinner="Reading the labelled texts", validate=_is_there)
def _neighbours(folder: Path, name: str, version: int) -> Neighbours | None:
    del folder
    found = bench().models.learned_from(name, version)
    return None if found is None else Neighbours(*found)
