"""A labelling session per test, and an answer in one line."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from al_core.labelling import claims, events, sessions
from al_core.labelling.records import Answer, Event
from al_core.labelling.settings import LabelSettings
from al_core.store import Store, schema


@pytest.fixture
def new_session(store: Store) -> Callable[..., str]:
    def make(rows: int = 10, **settings) -> str:
        given = {"classes": ("no", "yes"), "random_share": 0.0, "validation": 0} | settings
        return sessions.create(store, "A session", "demo-1", rows, LabelSettings(**given))

    return make


@pytest.fixture
def say(store: Store) -> Callable[..., Event]:
    def answer(
        session_id: str, item: int, annotator: str, label: int | None = None, kind="label", **rest
    ) -> Event:
        given = {"uuid": str(uuid.uuid4())} | rest
        return events.append(
            store,
            Answer(session_id=session_id, item=item, annotator=annotator, label=label, kind=kind, **given),
        )

    return answer


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the clock that leases go by."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(claims, "now", lambda: schema.now() + timedelta(seconds=seconds))

    return move
