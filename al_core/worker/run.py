"""Carry out one run, from its claim to its last state: what a worker and the command line call."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from al_core import catalogue, devices, experiment, keeping, paths
from al_core.classifiers import saved
from al_core.code_version import code_version, gone_on
from al_core.corpus import cache
from al_core.corpus.cache import check_unchanged
from al_core.disk import room
from al_core.errors import BadInput, Interrupted, Unavailable, WorkbenchError
from al_core.loop import BASELINE, Checkpoint, Cycle, Experiment, Round
from al_core.store import Store, corpora, history, lifecycle, runs
from al_core.store.records import Process, RunRecord
from al_core.store.states import RunState
from al_core.worker import prepare, process, slots
from al_core.worker.beat import Beat
from al_core.worker.checkpoints import CheckpointFile
from al_core.worker.estimate import Estimate, Sizes
from al_core.worker.logs import log_to, signalled
from al_core.worker.monitor import Echo, RunMonitor, title
from al_core.worker.reaper import tend

HEARTBEAT = 0.5
"""Seconds between two heartbeats, each with the progress."""
PATIENCE = 60.0
"""Seconds that the last state waits for a store that is away, or full."""

logger = logging.getLogger(__name__)


def run(store: Store, run_id: str, *, echo: Echo | None = None) -> RunState:
    """Carry out a run that is queued, or started for this process, and return its last state.

    Nothing a run does wrong leaves here as an exception: it becomes the run's state and message,
    and a traceback in the log. Raises `BadInput` for a run that cannot be started. In the
    foreground (queued, no slot yet) it waits for a free slot first.
    """
    record, owner = runs.run(store, run_id), process.this()
    devices.setup()
    monitor = RunMonitor(store, run_id, owner, echo)
    with log_to(paths.run(run_id) / "log.txt"), signalled(monitor.signal):
        _enter(store, record, owner)
        with Beat(monitor.tick, HEARTBEAT):
            state, message = _guarded(store, record, owner, monitor)
        monitor.say(f"{state.capitalize()}: {message}")
        if not _end(store, run_id, owner, state, message, monitor):
            logger.warning("The run is no longer this process's; its state was left alone.")
        elif state == "finished" and monitor.checkpoints:
            monitor.checkpoints.remove()
        tend(store)
    return state


def _enter(store: Store, record: RunRecord, owner: Process) -> None:
    """Make the run this process's own: claimed if it has a slot already, else waiting for one."""
    if record.state == "queued" and lifecycle.adopt(store, record.id, owner):
        return
    if record.state == "starting" and (lifecycle.claim(store, record.id, owner) or record.pid == owner.pid):
        return
    raise BadInput(
        f"Run {record.id} is {runs.run(store, record.id).state}; only a queued run can be started."
    )


def _guarded(store: Store, record: RunRecord, owner: Process, monitor: RunMonitor) -> tuple[RunState, str]:
    """Do the work; turn every way in which it can end into a state and a sentence."""
    try:
        with room.told("resume the run"):
            return "finished", _work(store, record, owner, monitor)
    except (Interrupted, KeyboardInterrupt):
        _flush(monitor)
        return monitor.stopped_as() or ("interrupted", "Stopped from the keyboard; resume it to go on.")
    except WorkbenchError as error:
        logger.exception("The run failed")
        return "failed", str(error)
    except Exception as error:  # the outermost: whatever it is, the run's page must say so
        logger.exception("The run failed")
        return "failed", f"Stopped by an unexpected error: {type(error).__name__}; the log has the details."


def _flush(monitor: RunMonitor) -> None:
    """Write the last checkpoint that was skipped; without it the run goes on from the one before."""
    try:
        if monitor.checkpoints:
            monitor.checkpoints.flush()
    except OSError as error:
        logger.exception("The last checkpoint was not kept")
        monitor.say(f"The last checkpoint was not kept: {error.strerror or error}.")


def _end(
    store: Store, run_id: str, owner: Process, state: RunState, message: str, monitor: RunMonitor
) -> bool:
    """Write the last progress and the last state; False if the run is no longer this process's.

    Asks again while the store is away or full. Raises `Unavailable` after `PATIENCE`: whoever tends the
    store later finds the process gone, and the run can be resumed.
    """
    last = time.monotonic() + PATIENCE
    while True:
        try:
            if monitor.estimate:
                monitor.tick()  # while the run is still ours
            return lifecycle.end(store, run_id, owner, state, message)
        except Unavailable:
            if time.monotonic() > last:
                raise
            logger.warning("The last state of the run cannot be written yet; trying again", exc_info=True)
            time.sleep(HEARTBEAT)


def _work(store: Store, record: RunRecord, owner: Process, monitor: RunMonitor) -> str:
    """Prepare, then commit round after round; return why the run has ended, in words."""
    if runs.run(store, record.id).state == "starting":
        _wait_for_slot(store, record.id, owner, monitor)
    config = catalogue.validated(record.run_config())
    if not _texts_there(store, record.corpus_key):
        check_unchanged(config.corpus, record.corpus_key)  # before another corpus is read in its place
        prepare.register(store, config.corpus, monitor.preparing)
    ready = experiment.build(config, monitor.preparing, record.corpus_key)
    done = history.done_rounds(store, record.id)
    monitor.checkpoints = CheckpointFile(paths.run(record.id) / "checkpoint.npz", record.config_key)
    sizes = Sizes.of(ready)
    checkpoint = _usable(monitor.checkpoints.load(), done, sizes.numbers)
    behind = [each for each in done if checkpoint and each.number < checkpoint.round]
    monitor.estimate = Estimate(sizes, {each.number: len(each.epochs) for each in behind})
    if checkpoint:
        monitor.say(f"Going on in: {title(checkpoint.round)}")
    _note_code(store, record, begun=bool(done or checkpoint))
    ended = "All rounds are done"
    for each in Cycle(ready, monitor, done, checkpoint).rounds():
        _commit(store, record.id, each, done, monitor)
        _keep(record.id, each, ready, monitor)
        ended = each.ended or ended
    monitor.estimate.finish()
    return ended


def _texts_there(store: Store, key: str) -> bool:
    """Tell whether the texts of a run have been read, so that nothing hangs on where they came from."""
    known = corpora.find(store, key)
    return known is not None and known.state == "ready" and cache.exists(key)


def _note_code(store: Store, record: RunRecord, *, begun: bool) -> None:
    """Record the code that carries the run out: since it was queued, there may have come another."""
    version = gone_on(record.code_version) if begun else code_version()
    if version != record.code_version:
        lifecycle.set_code(store, record.id, version)


def _wait_for_slot(store: Store, run_id: str, owner: Process, monitor: RunMonitor) -> None:
    """Claim a run of the foreground, as soon as there is a slot for it."""
    while not lifecycle.claim(store, run_id, owner):
        if slots.take_slot(store, run_id) is None:
            monitor.preparing("Waiting for a free slot", 0.0)
            time.sleep(HEARTBEAT)


def _usable(
    checkpoint: Checkpoint | None, done: Sequence[Round], numbers: Sequence[int]
) -> Checkpoint | None:
    """Return the checkpoint if every round before it is in the store."""
    if checkpoint is None:
        return None
    if {number for number in numbers if number < checkpoint.round} - {each.number for each in done}:
        # A power cut may take the last commits; the checkpoint was flushed to the disk.
        logger.warning("The store lacks rounds before the checkpoint, so the run starts over.")
        return None
    return checkpoint


def _keep(run_id: str, each: Round, ready: Experiment, monitor: RunMonitor) -> None:
    """Keep a round's model, to be promoted. A disk that is full costs the model, not the run."""
    if each.number == BASELINE or each.predictions is None:
        return
    recipe = saved.Recipe(
        classifier=ready.config.classifier,
        width=ready.x.shape[1],
        n_classes=ready.n_classes,
        vocabulary=ready.vocabulary,
        calibration=ready.config.calibration,
    )
    try:
        keeping.keep(
            paths.models_of(run_id),
            each.number,
            recipe,
            ready.classifier,
            each.predictions,
            each.validation.loss,
        )
    except OSError as error:
        logger.exception("The model of round %d was not kept", each.number)
        monitor.say(f"The model of {title(each.number).lower()} was not kept: {error.strerror or error}.")


def _commit(store: Store, run_id: str, each: Round, done: Sequence[Round], monitor: RunMonitor) -> None:
    """Write a round; compare it instead if it was there before this process began."""
    if history.commit_round(store, run_id, each):
        test = each.test
        monitor.say(
            f"{title(each.number)}: {each.labels:,} labels, test accuracy {test.accuracy:.4f}, "
            f"{test.fn:,} FN, {test.fp:,} FP"
        )
    for earlier in done:
        if earlier.number == each.number and (unlike := history.differences(earlier, each)):
            logger.warning(
                "%s came out differently when it was computed again (%s); the first result stays.",
                title(each.number),
                ", ".join(unlike),
            )
    if monitor.estimate:
        monitor.estimate.round_done(each.number, len(each.epochs))
