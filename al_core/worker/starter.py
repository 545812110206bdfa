"""Start processes that outlive the page: to carry out a run, read a corpus, learn in a session, export."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil

import al_core
from al_core import catalogue, paths
from al_core.config import Component
from al_core.corpus import cache
from al_core.errors import Unavailable
from al_core.labelling import trainers
from al_core.store import Store, corpora, lifecycle, models
from al_core.worker import process, slots

NICENESS = 10
"""So that a page answers at once while a run computes."""

logger = logging.getLogger(__name__)
_children: list[subprocess.Popen[bytes]] = []
_children_lock = threading.Lock()


def start(store: Store, run_id: str) -> bool:
    """Start a queued run in a process of its own; False if no slot is free, or the run is taken.

    A process that cannot be started fails the run in one sentence.
    """
    slot = slots.take_slot(store, run_id)
    if slot is None:
        return False
    try:
        child = _spawn(store, ["worker", run_id], paths.run(run_id) / "log.txt", slots.environment(slot))
    except OSError as error:
        logger.exception("Run %s could not be started", run_id)
        lifecycle.end_unstarted(store, run_id, f"Its process could not be started: {error}.")
        return False
    # At once, so that a death before the first heartbeat is seen too.
    if started := process.of(child.pid):
        lifecycle.note_process(store, run_id, started)
    return True


def start_preparing(store: Store, component: Component, *, again: bool = False) -> str:
    """Read a corpus in a process of its own, unless it is ready or being read; return its key.

    `again` reads a corpus that is ready once more. Raises `BadInput` for a wrong component.
    """
    entry = catalogue.REGISTRIES["corpora"][component.name]
    component = catalogue.complete(component, catalogue.REGISTRIES["corpora"])
    key = entry.create(component.params).key()
    known = corpora.find(store, key)
    if not again and known and known.state == "ready" and cache.exists(key):
        return key
    if not corpora.begin(store, key, component, entry.title):
        return key
    try:
        child = _spawn(store, ["prepare", key], paths.corpora() / f"{key}.log.txt", {})
    except OSError as error:
        logger.exception("Corpus %s: no process could be started", key)
        corpora.failed(store, key, f"Its process could not be started: {error}.")
        return key
    if started := process.of(child.pid):
        corpora.own(store, key, started)
    return key


def start_training(store: Store, session_id: str) -> bool:
    """Start the trainer of a labelling session; False if it has one.

    It takes no slot: people wait for what it does, and it computes for moments at a time.
    """
    if not trainers.begin(store, session_id):
        return False
    log = paths.labelling(session_id) / "log.txt"
    try:
        child = _spawn(store, ["train", session_id], log, {})
    except OSError as error:
        logger.exception("Session %s: no process could be started", session_id)
        known = trainers.trainer(store, session_id)
        if known is not None:
            trainers.fail(store, known, f"Its process could not be started: {error}.")
        return False
    if started := process.of(child.pid):
        trainers.note_process(store, session_id, started)
    return True


def start_simulating(store: Store, session_id: str, labels: int, pace: float) -> None:
    """Let an oracle label in a process of its own. Raises `Unavailable` if none can be started."""
    words = ["simulate", session_id, "--labels", str(labels), "--pace", str(pace)]
    try:
        _spawn(store, words, paths.labelling(session_id) / "simulation.txt", {})
    except OSError as error:
        raise Unavailable(f"No process could be started: {error}.") from error


def start_promoting(store: Store, name: str, version: int) -> bool:
    """Prepare the export of a promoted version in a process of its own; False if none can be started."""
    try:
        child = _spawn(store, ["promote", name, str(version)], paths.models(name, version) / "log.txt", {})
    except OSError as error:
        logger.exception("Model %s, version %d: no process could be started", name, version)
        models.failed(store, name, version, f"Its process could not be started: {error}.")
        return False
    if started := process.of(child.pid):
        models.own(store, name, version, started)
    return True


def collect() -> None:
    """Let children that have ended go, so that none stays behind as a zombie."""
    with _children_lock:
        _children[:] = [child for child in _children if child.poll() is None]


def _spawn(
    store: Store, arguments: list[str], log: Path, variables: dict[str, str]
) -> subprocess.Popen[bytes]:
    """Start `python -m al_core …` away from this process's session, terminal and folder."""
    root = str(Path(al_core.__file__).resolve().parents[1])
    inherited = os.environ.get("PYTHONPATH")
    environment = os.environ | variables
    environment |= {
        "PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root]),
        "PYTHONUNBUFFERED": "1",
        "AL_HOME": str(paths.home().absolute()),
        "AL_STORE_URL": store.url,
    }
    # -P: a file in the present folder that is named like a library must not be imported.
    command = [sys.executable, "-P", "-m", "al_core", *arguments]
    with log.open("ab") as output:
        if sys.platform == "win32":
            flags = (
                subprocess.CREATE_NEW_PROCESS_GROUP
                | subprocess.DETACHED_PROCESS
                | subprocess.BELOW_NORMAL_PRIORITY_CLASS
            )
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                creationflags=flags,
            )
        else:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
            _be_nice(child.pid)
    with _children_lock:
        _children.append(child)
    return child


def _be_nice(pid: int) -> None:
    """Lower a child's priority from outside: code between fork and exec is not safe with threads."""
    try:
        child = psutil.Process(pid)
        child.nice(max(NICENESS, child.nice()))
        # Linux may share the processor out by session first, and only inside one by niceness.
        session = Path(f"/proc/{pid}/autogroup")
        if session.exists():
            session.write_text(str(NICENESS))
    except OSError:
        logger.warning("Process %s keeps the priority it has.", pid, exc_info=True)
    except psutil.NoSuchProcess:
        logger.warning("Process %s ended as soon as it was started.", pid)
