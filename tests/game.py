"""A session on a small corpus that learns in the test's own process: people label, the model follows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from al_core.config import Component
from al_core.corpus import Corpus, cache
from al_core.labelling import claims, events, learning, rankings, sessions
from al_core.labelling.models import ModelVersion
from al_core.labelling.records import Answer, Event, LabelSession
from al_core.labelling.settings import LabelSettings
from al_core.store import Store
from al_core.worker import prepare

KEY = "table-for-games"
OF_CLASS = (
    ("dull", "weak", "slow", "poor", "stale", "grim"),
    ("fine", "warm", "bright", "neat", "fresh", "bold"),
    ("loud", "wild", "odd", "sharp", "rough", "quick"),
)
PLAIN = ("film", "play", "scene", "cast", "plot", "end", "song", "day")


def corpus(rows: int = 300, classes: int = 2, copies: int = 0, key: str = KEY, own: float = 0.7) -> Corpus:
    """Return texts of which `own` of the telling words are their class's; the last `copies` repeat others."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, classes, rows).astype(np.int32)
    texts = []
    for label in labels.tolist():
        of = [label if rng.random() < own else int(rng.integers(classes)) for _ in range(5)]
        words = [OF_CLASS[each][int(rng.integers(6))] for each in of]
        texts.append(" ".join([*words, *(PLAIN[int(n)] for n in rng.integers(0, 8, 4))]))
    for place in range(copies):
        texts[rows - 1 - place], labels[rows - 1 - place] = texts[place].upper(), labels[place]
    return Corpus(key, "Games", texts, labels, ("bad", "good", "odd")[:classes], synthetic=True)


def unheard(words: str, share: float) -> None:
    """Take progress."""
    del words, share


def go_on() -> None:
    """Never end the work."""


class Game:
    """One session, its learner, and people who answer."""

    def __init__(self, store: Store, on: Corpus, items: Sequence[int] | None = None, **given: Any) -> None:
        cache.save(on)
        prepare.register(store, Component(name="table", params={"table": on.key}), unheard)
        plain = {"features": Component(name="tfidf"), "strategy": Component(name="margin")}
        settings = LabelSettings(**({"classes": on.classes, "validation": 20} | plain | given))
        rows = None if items is None else np.array(items, np.int64)
        self.store, self.corpus = store, on
        self.id = sessions.create(store, "A game", on.key, len(on), settings, rows)
        self.learner = self.new_learner()

    @property
    def session(self) -> LabelSession:
        """Return the session as it is now."""
        return sessions.session(self.store, self.id)

    @property
    def held_out(self) -> list[int]:
        """Return the validation set."""
        return sessions.validation(self.store, self.session).tolist()

    @property
    def order(self) -> list[int]:
        """Return the ranking in force."""
        return rankings.items(self.store, self.session.ranking_id).tolist()

    def new_learner(self) -> learning.Learner:
        """Return what a trainer that is started begins with."""
        return learning.Learner(self.store, self.session, unheard, go_on)

    def learn(self) -> ModelVersion | None:
        """Fit the next version, whether or not it is due."""
        return self.learner.learn(unheard)

    def must_learn(self) -> ModelVersion:
        """Fit the next version."""
        found = self.learn()
        assert found is not None, self.learner.lacking
        return found

    def true(self, item: int) -> int:
        """Return the label that the corpus came with."""
        return int(self.corpus.labels[item])

    def label(
        self, times: int = 1, annotator: str = "ann", says: Callable[[int], int | None] | None = None
    ) -> list[int]:
        """Let a person label what they are offered, or skip what `says` is None of; return the items."""
        items = []
        for _ in range(times):
            held = claims.take(self.store, self.id, annotator)
            if not held:
                break
            items.append(held[0].item)
            label = (says or self.true)(held[0].item)
            self.say(held[0].item, annotator, label, "skip" if label is None else "label")
        return items

    def say(self, item: int, annotator: str, label: int | None, kind: Any = "label") -> Event:
        """Let a person answer a text, offered or not."""
        return self.say_to(self.store, self.id, item, annotator, label, kind)

    @staticmethod
    def say_to(
        store: Store, session_id: str, item: int, annotator: str, label: int | None, kind: Any = "label"
    ) -> Event:
        """Do the same in any session."""
        return events.append(store, Answer(str(uuid.uuid4()), session_id, item, annotator, kind, label))
