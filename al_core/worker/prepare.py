"""Read a corpus into the cache, and write down in the store what it holds."""

from __future__ import annotations

import logging
from typing import Any

from al_core import catalogue, devices
from al_core.config import Component
from al_core.corpus import Progress, cache
from al_core.disk import room
from al_core.errors import BadInput, Interrupted, WorkbenchError
from al_core.store import Store, corpora
from al_core.worker import process
from al_core.worker.beat import Beat

HEARTBEAT = 1.0
"""Seconds between two signs of life."""

logger = logging.getLogger(__name__)


def prepare(store: Store, key: str) -> str:
    """Read a corpus that `corpora.begin` has noted, and return its last state: ready or failed.

    A failure becomes the corpus's message, in one sentence. Raises `BadInput` for an unknown key.
    """
    record = corpora.corpus(store, key)
    if not corpora.own(store, key, process.this()):
        raise BadInput(f"The corpus {record.title} is {record.state}; nobody asked for it to be read.")
    devices.setup()
    try:
        _read(store, key, record.source(), _unheard)
    except WorkbenchError:
        logger.exception("The corpus %s cannot be read", key)
    return corpora.corpus(store, key).state


def register(store: Store, component: Component, progress: Progress) -> None:
    """Make sure that the store knows what a run's corpus holds; a process that reads it will say.

    Cost: one query when the corpus is known. Raises what reading it raises.
    """
    entry = catalogue.REGISTRIES["corpora"][component.name]
    key = entry.create(component.params).key()
    known = corpora.find(store, key)
    if (known and known.state == "ready") or not corpora.begin(store, key, component, entry.title):
        return
    corpora.own(store, key, process.this())
    _read(store, key, component, progress)


def _read(store: Store, key: str, component: Component, progress: Progress) -> None:
    """Read, under a heartbeat that carries the progress, and record how it ended."""
    told: dict[str, Any] = {}

    def tell(words: str, share: float) -> None:
        told.update(detail=words, fraction=round(share, 4))
        progress(words, share)

    def tick() -> None:
        corpora.progress(store, key, dict(told))

    try:
        with Beat(tick, HEARTBEAT), room.told("read the corpus again"):
            found = cache.summary(cache.open_corpus(component, tell).key)
    except WorkbenchError as error:
        corpora.failed(store, key, str(error))
        raise
    except (Interrupted, KeyboardInterrupt):
        corpora.failed(store, key, "Reading was stopped before it was done; start it again.")
        raise
    except Exception as error:
        name = type(error).__name__
        corpora.failed(
            store, key, f"Reading stopped by an unexpected error: {name}; the log has the details."
        )
        raise
    corpora.ready(
        store,
        key,
        title=found.title,
        rows=found.rows,
        labelled=found.labelled,
        classes=list(found.classes),
        class_counts=list(found.class_counts),
        synthetic=found.synthetic,
        note=found.note,
    )


def _unheard(words: str, share: float) -> None:
    """Take progress that nobody but the store asks for."""
    del words, share
