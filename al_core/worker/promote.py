"""Prepare one version of a promoted model: export it into its folder, under a heartbeat."""

from __future__ import annotations

import logging

from al_core import devices, paths
from al_core.deploy import neighbours, origins
from al_core.deploy.export import export
from al_core.disk import room
from al_core.errors import BadInput, Interrupted, WorkbenchError
from al_core.store import Store, models
from al_core.worker import process
from al_core.worker.beat import Beat

HEARTBEAT = 1.0
"""Seconds between two signs of life."""
MODEL, EXPORT = "model.npz", "export"
"""In the folder of a version: what was promoted, and what leaves the house."""

logger = logging.getLogger(__name__)


def promote(store: Store, name: str, version: int) -> str:
    """Export a version that was promoted, and return its last state: ready or failed.

    A failure becomes the version's message, in one sentence. Raises `BadInput` for one that is not to be
    prepared.
    """
    record = models.model(store, name, version)
    if not models.own(store, name, version, process.this()):
        raise BadInput(f"Version {version} of {name} is {record.state}; nobody asked for it to be prepared.")
    devices.setup()
    folder = paths.models(name, version)

    def tick() -> None:
        models.beat(store, name, version)

    def tell(words: str, share: float) -> None:
        logger.info("%s (%d %%)", words, 100 * share)

    try:
        with Beat(tick, HEARTBEAT), room.told("promote the model again"):
            source, labelled = origins.source(store, folder / MODEL, record, tell)
            neighbours.keep(folder, labelled.rows, labelled.labels)
            export(folder / EXPORT, source, tell=tell)
    except WorkbenchError as error:
        logger.exception("Version %d of %s cannot be prepared", version, name)
        models.failed(store, name, version, str(error))
    except (Interrupted, KeyboardInterrupt):
        models.failed(store, name, version, "It was stopped before it was done; promote the model again.")
        raise
    except Exception as error:  # the outermost: whatever it is, the page must say so
        logger.exception("Version %d of %s cannot be prepared", version, name)
        kind = type(error).__name__
        models.failed(
            store, name, version, f"Stopped by an unexpected error: {kind}; the log has the details."
        )
    else:
        models.ready(store, name, version)
    return models.model(store, name, version).state
