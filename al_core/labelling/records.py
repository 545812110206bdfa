"""What goes into and comes out of the labelling store: plain, frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from al_core.labelling.settings import LabelSettings

SessionState = Literal["active", "paused", "archived"]
Kind = Literal["label", "skip", "flag", "undo", "decide"]
"""`decide`: an adjudicator's word on a text that people label differently."""


RANDOM, IMPORT, SENT = "random", "import", "sent"
"""What asked for a text, where that was no query strategy: chance, somebody elsewhere, or who added it."""
UNASKED = (None, RANDOM, IMPORT, SENT)
"""By these, no query strategy and no starter has asked for a text."""


@dataclass(frozen=True, slots=True)
class LabelSession:
    """One labelling session, as it stands."""

    id: str
    name: str
    corpus_key: str
    rows: int
    """Texts in the corpus; an item is one of its row numbers, or, from here on, a text added later."""
    settings: dict[str, Any]
    state: SessionState
    created_at: datetime
    ranking_id: int | None
    """The ranking in force; None until a model has made one."""
    random_id: int | None

    def label_settings(self) -> LabelSettings:
        """Return the settings as the typed record."""
        return LabelSettings.model_validate(self.settings)


@dataclass(frozen=True, slots=True)
class Guideline:
    """One version of what the people who label are told."""

    session_id: str
    version: int
    text: str
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ranking:
    """One order to ask in, without its items."""

    id: int
    session_id: str
    strategy: str
    model_version: str | None
    items: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """One text, kept for one person for a while, and what asked for it."""

    session_id: str
    item: int
    slot: int
    annotator: str
    leased_until: datetime
    ranking_id: int | None
    model_version: str | None
    strategy: str | None
    rank: int | None
    score: float | None
    skipped: bool
    """This person skipped it before, and sees it again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person did with a text. The `uuid` is the client's: sent twice, it counts once."""

    uuid: str
    session_id: str
    item: int
    annotator: str
    kind: Literal["label", "skip", "flag", "decide"]
    label: int | None = None
    note: str = ""
    suggestion_shown: bool = False
    milliseconds: int | None = None
    """How long the text was on screen."""
    client_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was written; none is ever changed."""

    id: int
    uuid: str
    session_id: str
    item: int
    annotator: str
    kind: Kind
    label: int | None
    previous: int | None
    """The label of this person that stood before."""
    undoes: int | None
    note: str
    ranking_id: int | None
    model_version: str | None
    strategy: str | None
    rank: int | None
    score: float | None
    suggestion_shown: bool
    milliseconds: int | None
    client_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person says of one text now: a label, or (None) that it was skipped."""

    item: int
    annotator: str
    label: int | None
    event_id: int
    created_at: datetime
