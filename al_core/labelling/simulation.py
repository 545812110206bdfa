"""A session played by an oracle: the same claims, events, trainer and orders, with nobody at the keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

from al_core import catalogue, seeding
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.corpus.base import UNKNOWN
from al_core.errors import BadInput
from al_core.labelling import claims, events
from al_core.labelling.models import ModelVersion
from al_core.labelling.records import Answer, LabelSession
from al_core.oracles import ABSTAINED, Oracle
from al_core.store.engine import Store

PERFECT = Component(name="perfect")


class Simulated:
    """An annotator who answers from the corpus's own labels, as an oracle of the registry does."""

    def __init__(
        self,
        store: Store,
        session: LabelSession,
        corpus: Corpus,
        annotator: str = "Simulated",
        oracle: Component = PERFECT,
        seed: int = 0,
    ) -> None:
        """Find the session's classes among the corpus's. Raises `BadInput` where that cannot be."""
        self.store, self.session, self.corpus, self.annotator = store, session, corpus, annotator
        self._seed = seed
        names = session.label_settings().classes
        missing = [name for name in names if name not in corpus.classes]
        if missing or (corpus.labels == UNKNOWN).all():
            raise BadInput(
                "A simulation needs the labels that the corpus came with, of the session's classes; it has "
                f"none for {', '.join(missing) or 'any text'}."
            )
        self._places = {corpus.classes.index(name): place for place, name in enumerate(names)}
        made: Oracle = catalogue.REGISTRIES["oracles"][oracle.name].create(oracle.params)
        self._answer = made.answer

    def label_one(self) -> bool:
        """Claim one text and answer it, or skip what the oracle leaves open; False if none is left."""
        held = claims.take(self.store, self.session.id, self.annotator)
        if not held:
            return False
        label = self._says(held[0].item)
        events.append(
            self.store,
            Answer(
                uuid=str(uuid.uuid4()),
                session_id=self.session.id,
                item=held[0].item,
                annotator=self.annotator,
                kind="skip" if label is None else "label",
                label=label,
            ),
        )
        return True

    def _says(self, item: int) -> int | None:
        true = self.corpus.labels[item : item + 1]
        if not len(true):  # the text was added to the session: nobody has told its label
            return None
        if true[0] == UNKNOWN or int(true[0]) not in self._places:
            return None
        rng = seeding.generator(self._seed, f"oracle {self.annotator}", item)
        said = int(self._answer(true, len(self.corpus.classes), rng)[0])
        return None if said == ABSTAINED else self._places.get(said)


def play(
    annotator: Simulated,
    labels: int,
    learn: Callable[[], ModelVersion | None],
) -> Iterator[ModelVersion]:
    """Label `labels` texts, and yield each model that `learn` makes; it is asked after every answer.

    The same texts in the same order each time: nothing waits for anything but the answers before.
    """
    for _ in range(labels):
        if not annotator.label_one():
            return
        model = learn()
        if model is not None:
            yield model
