"""What will happen in a new session, and the button that begins exactly one, however often it is clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import ValidationError

from al_core.errors import BadInput, WorkbenchError
from al_core.labelling.settings import LabelSettings
from al_core.store.records import CorpusRecord
from pages.parts.bench import bench, page
from pages.parts.labelling.annotator import known
from pages.parts.labelling.label_links import query
from pages.parts.labelling.label_words import count
from pages.parts.once import once, view_of
from pages.parts.words import plain


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form holds now."""

    corpus: CorpusRecord
    name: str
    text: str
    """The guidelines."""
    settings: dict[str, Any]
    names: list[str]
    colors: list[str]

    def checked(self) -> LabelSettings:
        """Return the settings; raises `BadInput` in one sentence for what cannot be."""
        try:
            settings = LabelSettings(classes=tuple(self.names), colors=tuple(self.colors), **self.settings)
        except ValidationError as error:
            first = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise BadInput(f"{first[0].upper()}{first[1:]}.") from error
        return bench().labelling.check(self.corpus.key, settings)


def begin(wish: Wish) -> None:
    """Draw the outlook; settings that cannot be get one sentence in its place, and no Begin."""
    ready, line = None, "Change the settings to begin."
    with st.container(border=True):
        st.subheader("What will happen", anchor=False)
        if not all(wish.names):
            line = "Name every class to begin."
            st.caption(line)
        else:
            try:
                ready = wish.checked()
                st.write(_outlook(ready))
                line = f"{count(wish.corpus.rows or 0, 'text')}, {count(len(wish.names), 'class', 'classes')}"
            except BadInput as error:
                st.error(plain(str(error)), icon=":material/error:")
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        st.text(line)
        # Not in a callback, which would get what the form held before the last word was typed.
        clicked = st.button(
            "Begin", type="primary", icon=":material/play_arrow:", key="begin", disabled=ready is None
        )
    book, view = once(), view_of("begin", clicked=clicked)
    if clicked and ready is not None:
        try:
            settings, author = ready, known() or ""
            made = book.made(
                view,
                lambda: bench().labelling.create(wish.name, wish.corpus.key, settings, wish.text, author),
            )
        except WorkbenchError as error:
            st.toast(plain(str(error)), icon=":material/error:")  # the end of the page is out of sight
            return
        _open(made)


def _outlook(settings: LabelSettings) -> str:
    """Return in a few sentences how the session will go."""
    every, drawn = count(settings.retrain_every, "label"), f"{settings.validation:,} texts"
    learns = "You label one text after another, by key. "
    learns += (
        f"After every {every} a model learns from all of them and asks for the texts that teach it most. "
    )
    if not settings.validation:
        return f"{learns}Without a validation set, nothing tells what the labels are worth."
    when = (
        f"The first {drawn} are drawn at random"
        if settings.validation_first
        else f"Along the way come {drawn} drawn at random"
    )
    return f"{learns}{when}: the model never learns from them, and is measured by them."


def _open(session_id: str) -> None:
    st.switch_page(page("desk" if known() else "session"), query_params=query(session_id))
