"""Notice what has died, and start what waits: what anybody who looks at the store calls."""

from __future__ import annotations

import logging
from datetime import timedelta

from al_core.labelling import trainers
from al_core.labelling.trainers import Trainer
from al_core.store import Store, corpora, lifecycle, models, runs, waiting
from al_core.store.models import ModelRecord
from al_core.store.records import CorpusRecord, RunRecord
from al_core.store.schema import now
from al_core.worker import process, slots, starter

SILENT = timedelta(seconds=30)
"""After this long without a sign, a process of another machine counts as dead."""
UNBORN = timedelta(seconds=60)
"""After this long, a process that should have been started counts as dead."""

logger = logging.getLogger(__name__)


def tend(store: Store) -> None:
    """Mark what has died, then start queued runs in their turn, while slots are free, and trainers.

    Made to be called every second, from any number of processes: a killed run is seen at the
    next call. Cost: a few small queries by index for each active session and run, and one look at the
    process table for each that a process stands behind.
    """
    starter.collect()
    reap(store)
    while slots.free(store) and (run_id := waiting.next_queued(store)) and starter.start(store, run_id):
        pass
    for session_id in trainers.wanted(store):
        starter.start_training(store, session_id)


def reap(store: Store) -> list[str]:
    """Mark what has died and give its slots back; return the ids of those runs."""
    gone: list[str] = []
    for run in runs.active(store):
        reason = _cause(run)
        if reason and lifecycle.bury(store, run, f"{reason}; resume it to go on from where it stood."):
            logger.warning("Run %s: %s.", run.id, reason)
            gone.append(run.id)
    for corpus in corpora.preparing(store):
        if reason := _cause(corpus):
            corpora.failed(store, corpus.key, f"{reason}; start the preparation again.", corpus.pid)
    for model in models.preparing(store):
        if reason := _cause(model):
            models.failed(store, model.name, model.version, f"{reason}; promote the model again.", model.pid)
    for trainer in trainers.active(store):
        if (reason := _cause(trainer)) and trainers.fail(store, trainer, f"{reason}."):
            logger.warning("Trainer of session %s: %s.", trainer.session_id, reason)
    return gone


def _cause(record: RunRecord | CorpusRecord | ModelRecord | Trainer) -> str:
    """Return in words why a record's process is taken for dead; empty while it lives."""
    silent = now() - (record.heartbeat_at or record.created_at)
    if record.pid is None or record.pid_created is None:
        return "Its process was never seen" if silent > UNBORN else ""
    if record.host == process.host():
        return "" if process.alive(record.pid, record.pid_created) else "Its process ended without a word"
    return (
        f"{record.host} has not been heard of for {silent.total_seconds():,.0f} s" if silent > SILENT else ""
    )
