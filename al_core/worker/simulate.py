"""An oracle sits down at a session: for demos, tests, and to see beforehand what labels would bring."""

from __future__ import annotations

import time
from collections.abc import Iterator

from al_core import devices
from al_core.config import Component
from al_core.corpus import cache
from al_core.labelling import learning, models, sessions, simulation
from al_core.labelling.models import ModelVersion
from al_core.store import Store
from al_core.worker import reaper, train

ANNOTATOR = "Simulated"


def simulate(
    store: Store, session_id: str, labels: int, *, oracle: Component = simulation.PERFECT, seed: int = 0
) -> Iterator[ModelVersion]:
    """Label `labels` texts by an oracle, learning in between in this process; yield each model.

    Nothing runs beside it, so the same session gives the same labels and models each time. Raises
    `BadInput` for a corpus without the labels that it takes.
    """
    session = sessions.session(store, session_id)
    corpus = cache.load(session.corpus_key)
    annotator = simulation.Simulated(store, session, corpus, ANNOTATOR, oracle, seed)
    devices.setup()
    learner = learning.Learner(store, session, _unheard, _go_on)
    train.step(store, session_id, learner, _unheard)  # the first order

    def learn() -> ModelVersion | None:
        before = models.latest(store, session_id)
        train.step(store, session_id, learner, _unheard)
        newest = models.latest(store, session_id)
        return None if newest is None or (before and before.version == newest.version) else newest

    yield from simulation.play(annotator, labels, learn)


def act(
    store: Store,
    session_id: str,
    labels: int,
    pace: float,
    *,
    annotator: str = ANNOTATOR,
    oracle: Component = simulation.PERFECT,
    seed: int = 0,
) -> int:
    """Label as a person would, one text every `pace` seconds, while the session's trainer learns.

    Returns how many texts were answered: fewer where none is left, or the session is not active.
    """
    session = sessions.session(store, session_id)
    player = simulation.Simulated(store, session, cache.load(session.corpus_key), annotator, oracle, seed)
    for done in range(labels):
        if sessions.session(store, session_id).state != "active" or not player.label_one():
            return done
        reaper.tend(store)
        time.sleep(pace)
    return labels


def _unheard(words: str, share: float) -> None:
    del words, share


def _go_on() -> None:
    pass
