"""What the desk is given, and what becomes of the answers that it sends."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from al_core.errors import WorkbenchError
from al_core.figures.style import CLASS_COLORS
from al_core.labelling.records import LabelSession
from pages.parts.bench import bench
from pages.parts.labelling.desk import Choice, DeskData, DeskEvent, Guess, Item, Recent, Reveal, Word, desk
from pages.parts.words import ago, plain

KEYS = "123456789"
AGAIN = "again"
"""In the address: the number of the last event whose skip is to be seen again."""
SAVED = 200
"""Answers whose saving is told to the browser; all of what it sent last, if that is more."""
RECENT, EXCERPT = 10, 2_000
LONGEST_REVEAL = 4_000
FRESH = 5
"""Seconds for which facts that cost more than a moment are shown as they are."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """What one person's page knows of its answers."""

    saved: dict[str, str] = field(default_factory=dict)
    error: str = ""


def draw(session_id: str, name: str, focus: bool) -> None:
    """Draw the desk of a person in a session, and keep their texts for them."""
    labelling = bench().labelling
    session, state = labelling.session(session_id), _state(session_id, name)
    items, message, skipped = _asked(session, name)
    data = DeskData(
        session=session.id,
        annotator=name,
        classes=_choices(session),
        items=items,
        saved=state.saved,
        error=state.error,
        reveal=_reveal(session, name),
        recent=_recent(session, name),
        undoable=labelling.undoable(session.id, name),
        message=message,
        skipped=skipped,
        status=_facts(session, name),
        focus=focus,
    )
    desk(
        f"desk-{session.id}-{name}",
        data,
        on_answers=lambda told: _save(session_id, name, told),
        on_again=lambda: _see_again(session_id),
    )


def _state(session_id: str, name: str) -> Desk:
    return st.session_state.setdefault(f"answers-{session_id}-{name}", Desk())


def _save(session_id: str, name: str, told: Sequence[DeskEvent]) -> None:
    state = _state(session_id, name)
    try:
        found = bench().labelling.save(session_id, name, told)
    except WorkbenchError as error:
        state.error = str(error)
        return
    except Exception as error:  # the outermost: the answer is still in the browser, and the person must know
        logger.exception("Answers were not saved")
        state.error = f"The answer was not saved ({type(error).__name__}); the log has the details."
        return
    for uuid, moment in found.saved.items():
        state.saved.pop(uuid, None)  # told again: with the last ones
        state.saved[uuid] = moment.astimezone().strftime("%H:%M:%S")
    for uuid in list(state.saved)[: -max(SAVED, len(found.saved))]:
        del state.saved[uuid]
    state.error = ""
    for sentence in found.refused:
        st.toast(sentence, icon=":material/error:")


def _see_again(session_id: str) -> None:
    """Begin another look at what was skipped up to now; it stands in the address, so a reload goes on."""
    try:
        st.query_params[AGAIN] = str(bench().labelling.latest(session_id))
    except WorkbenchError as error:
        st.toast(plain(str(error)), icon=":material/error:")


def _again() -> int:
    told = str(st.query_params.get(AGAIN, ""))
    return int(told) if told.isdecimal() and len(told) < 10 else 0


def _asked(session: LabelSession, name: str) -> tuple[list[Item], str, int]:
    """Return the texts to show; where there are none, why, and how many skipped ones may be seen again."""
    try:
        items = _items(session, name)
        skipped = 0 if items else bench().labelling.skipped_texts(session.id, name)
    except WorkbenchError as error:
        # Paused, put away, or a store that does not answer: whether a text is left is not known.
        return [], str(error), 0
    if items:
        return items, "", 0
    if skipped:
        return [], "No other text is left for you now.", skipped
    return [], "Every text has the labels it should get, or is with somebody else now.", 0


def _items(session: LabelSession, name: str) -> list[Item]:
    """Keep a person's texts for them, and return those to show. Raises what keeps them from being told."""
    labelling = bench().labelling
    labelling.renew(session.id, name)
    return [
        Item(
            item=each.item,
            text=labelling.text(session, each.item),
            guess=None
            if each.guess is None
            else Guess(label=each.guess.label, probability=each.guess.probability),
            skipped=each.skipped,
        )
        for each in labelling.offered(session, name, _again())
    ]


def _choices(session: LabelSession) -> list[Choice]:
    settings = session.label_settings()
    colors = settings.colors or [CLASS_COLORS[i % len(CLASS_COLORS)] for i in range(len(settings.classes))]
    return [
        Choice(name=name, color=color, key=KEYS[place] if place < len(KEYS) else "")
        for place, (name, color) in enumerate(zip(settings.classes, colors, strict=True))
    ]


def _reveal(session: LabelSession, name: str) -> Reveal | None:
    found = bench().labelling.reveal(session, name)
    if found is None:
        return None
    guess = None
    if found.guess is not None:
        guess = Guess(label=found.guess.label, probability=found.guess.probability)
    return Reveal(
        item=found.item,
        said=found.said,
        guess=guess,
        why=found.why,
        words=[
            Word(start=mark.start, end=mark.end, weight=mark.weight)
            for mark in found.marks
            if mark.end <= LONGEST_REVEAL
        ],
        text=bench().labelling.text(session, found.item)[:LONGEST_REVEAL],
    )


def _recent(session: LabelSession, name: str) -> list[Recent]:
    return [
        Recent(
            item=each.item,
            text=bench().labelling.text(session, each.item)[:EXCERPT],
            label=each.label,
            kind="skip" if each.kind == "skip" else "label",
            uuid=each.uuid,
        )
        for each in bench().labelling.recent(session.id, name)[:RECENT]
    ]


def _facts(session: LabelSession, name: str) -> list[str]:
    labels, pace = bench().labelling.lately(session.id, name)
    facts = [f"{labels:,} by you"]
    if pace is not None:
        facts.append(f"{pace:,.0f} an hour")
    return [*facts, *_slow_facts(bench().store.url, session.id)]


@st.cache_data(ttl=FRESH, show_spinner=False)
def _slow_facts(url: str, session_id: str) -> list[str]:
    """Return facts about the model and the others, a few seconds old at most."""
    del url
    labelling, facts = bench().labelling, []
    found = labelling.opinions(session_id)
    if any(len(each.votes) > 1 for each in found):
        alpha = labelling.agreement(found)["Krippendorff's alpha"].value
        facts.append("agreement not defined yet" if alpha is None else f"agreement {alpha:.2f} (alpha)")
    model, trainer = labelling.model(session_id), labelling.trainer(session_id)
    if model is not None:
        facts.append(f"model v{model.version} of {model.labels:,} labels, {ago(model.created_at)}")
    if trainer is not None and trainer.state == "failed":
        facts.append(f"training failed, labelling goes on: {trainer.message}")
    elif trainer is not None and trainer.progress:
        facts.append(f"{trainer.progress['detail']}")
    elif trainer is not None and trainer.message:
        facts.append(trainer.message)
    return facts
