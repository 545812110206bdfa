"""What a person may do with a session, and what its trainer does now."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from al_core.errors import WorkbenchError
from al_core.labelling.models import ModelVersion
from al_core.labelling.records import LabelSession
from al_core.labelling.trainers import Trainer
from pages.parts.bench import ahead, bench, flash, go
from pages.parts.labelling.label_links import query
from pages.parts.labelling.label_words import SESSION_STATES, count
from pages.parts.labelling.session_now import Now
from pages.parts.once import once, view_of
from pages.parts.words import ago, plain


def head(now: Now) -> None:
    """Draw the state, what is labelled, and the actions that fit; each writes in its callback."""
    session, labelling = now.session, bench().labelling
    words, color, icon = SESSION_STATES[session.state]
    record = bench().corpus(session.corpus_key)
    facts = [record.title if record else session.corpus_key, f"begun {ago(session.created_at)}"]
    facts += [sent(now)] if now.added else []
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.badge(words, icon=icon, color=color)
            st.caption(plain(" · ".join(facts)))
        with st.container(horizontal=True, width="content", key="session-actions"):
            if session.state == "archived":
                _button("Restore", ":material/unarchive:", labelling.unarchive, session)
                return
            st.button(
                "Label",
                type="primary",
                icon=":material/keyboard:",
                key=f"Label-{session.id}",
                on_click=_label,
                args=(session.id,),
                disabled=session.state == "paused",
            )
            if session.state == "paused":
                _button("Resume", ":material/play_arrow:", labelling.resume, session)
            else:
                _button("Pause", ":material/pause:", labelling.pause, session)
                _button("Train now", ":material/model_training:", labelling.train_now, session)
            _clone(session)
            _button("Archive", ":material/inventory_2:", labelling.archive, session)


def sent(now: Now) -> str:
    """Return how many texts came after the session began, and how many of them nobody has labelled."""
    left = now.added - sum(each.item >= now.session.rows for each in now.evidence.opinions)
    words = f"{count(now.added, 'text')} sent here"
    return f"{words}, {left:,} to label" if left else words


def trainer_line(now: Now) -> None:
    """Draw one line on the trainer; after a failure, the way to try again."""
    trainer = bench().labelling.trainer(now.session.id)
    with st.container(horizontal=True, vertical_alignment="center", key="trainer"):
        if trainer is not None and trainer.state == "failed" and now.session.state == "active":
            st.error(
                f"The trainer failed, labelling goes on. {plain(trainer.message)}", icon=":material/error:"
            )
            _button("Try again", ":material/refresh:", bench().labelling.train_now, now.session)
        else:
            icon, words = _doing(trainer, now)
            st.caption(f"{icon} {plain(words)}")


def _doing(trainer: Trainer | None, now: Now) -> tuple[str, str]:
    """Return an icon and a sentence."""
    if now.session.state != "active":
        put_away = now.session.state == "archived"
        return (
            ":material/pause:",
            "Its labels stay." if put_away else "No text is handed out.",
        )
    if trainer is not None and trainer.alive:
        told = trainer.progress
        if told:
            return ":material/model_training:", f"{told.get('detail') or 'Training'}"
        if trainer.state == "starting":
            return ":material/hourglass_top:", "The trainer is starting"
    if trainer is not None and trainer.message:
        return ":material/hourglass_empty:", trainer.message
    return ":material/bedtime:", _learned(now.model, now.session.label_settings().retrain_every)


def _learned(model: ModelVersion | None, every: int) -> str:
    if model is None:
        return f"No model yet. The first one comes with {count(every, 'label')} of at least two classes."
    return (
        f"Idle. Model {model.version:,} learned from {count(model.labels, 'label')}, {ago(model.created_at)}."
    )


def _button(label: str, icon: str, action: Callable[[str], None], session: LabelSession) -> None:
    st.button(label, icon=icon, key=f"{label}-{session.id}", on_click=_do, args=(action, session.id))


def _do(action: Callable[[str], None], session_id: str) -> None:
    try:
        action(session_id)
    except WorkbenchError as error:
        flash(str(error))


def _label(session_id: str) -> None:
    go("desk", **query(session_id))


def _clone(session: LabelSession) -> None:
    st.button(
        "Clone",
        icon=":material/content_copy:",
        key=f"Clone-{session.id}",
        on_click=_do_clone,
        args=(session, view_of("clone")),
        help="A new session with the same texts, settings and guidelines, and no labels.",
    )


def _do_clone(session: LabelSession, view: str) -> None:
    book, lead = once(), ahead()
    name = f"{session.name[:190]} (copy)"
    try:
        made = book.made(view, lambda: bench().labelling.clone(session.id, name))
    except WorkbenchError as error:
        flash(str(error))
        return
    lead("session", **query(made))
