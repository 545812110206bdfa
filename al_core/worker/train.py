"""The trainer of a labelling session: a process that fits, ranks, and waits for more labels."""

from __future__ import annotations

import logging
import time
from typing import Any

from al_core import devices, paths
from al_core.disk import room
from al_core.errors import BadInput, Interrupted, WorkbenchError
from al_core.labelling import events, learning, sessions, trainers
from al_core.store import Store
from al_core.store.records import Process
from al_core.worker import process
from al_core.worker.beat import Beat
from al_core.worker.logs import log_to, signalled

HEARTBEAT = 0.5
"""Seconds between two signs of life."""
LOOK = 0.3
"""Seconds between two looks at whether there is something to do."""
IDLE = 600.0
"""Seconds without a new event after which it ends; whoever looks at the store starts it again."""

logger = logging.getLogger(__name__)


class _Trainer:
    """What the loop shares with the heartbeat and the signals."""

    def __init__(self, store: Store, session_id: str, owner: Process) -> None:
        self._store, self._session_id, self._owner = store, session_id, owner
        self._progress: dict[str, Any] | None = None
        self._over = False

    def tick(self) -> None:
        """Say that the process lives; end if the session has another trainer, or hands out no texts."""
        mine = trainers.heartbeat(self._store, self._session_id, self._owner, self._progress)
        active = sessions.session(self._store, self._session_id).state == "active"
        self._over = self._over or not mine or not active

    def stop(self) -> None:
        """Note that the system asks the process to end."""
        self._over = True

    def check(self) -> None:
        """Raise `Interrupted` if the work should end."""
        if self._over:
            raise Interrupted

    def tell(self, words: str, share: float) -> None:
        """Note what is being done."""
        if self._progress is None or self._progress["detail"] != words:
            logger.info("%s", words)
        self._progress = {"detail": words, "fraction": round(share, 4)}
        self.check()

    def rest(self) -> None:
        """Note that nothing is being done."""
        self._progress = None


def train(store: Store, session_id: str, idle_seconds: float = IDLE) -> bool:
    """Be a session's trainer until nothing has happened for a while; return whether that went well.

    An error becomes the trainer's message and a traceback in the log; labelling goes on without it.
    Raises `BadInput` for an unknown session, or one that has a trainer.
    """
    session, owner = sessions.session(store, session_id), process.this()
    if not trainers.own(store, session_id, owner):
        raise BadInput(f"The session {session.name} has a trainer already.")
    devices.setup()
    at_work = _Trainer(store, session_id, owner)
    with log_to(paths.labelling(session_id) / "log.txt"), signalled(at_work.stop):
        try:
            with Beat(at_work.tick, HEARTBEAT), room.told("train again"):
                _work(store, session_id, at_work, idle_seconds)
        except (Interrupted, KeyboardInterrupt):
            logger.info("Asked to end")
        except WorkbenchError as error:
            logger.exception("Training failed")
            return _failed(store, session_id, str(error))
        except Exception as error:  # the outermost: whatever it is, the session's page must say so
            logger.exception("Training failed")
            name = type(error).__name__
            return _failed(store, session_id, f"Training stopped by an unexpected error ({name}).")
        trainers.end(store, session_id, owner)
    return True


def _work(store: Store, session_id: str, at_work: _Trainer, idle_seconds: float) -> None:
    learner = learning.Learner(store, sessions.session(store, session_id), at_work.tell, at_work.check)
    seen, since = None, time.monotonic()
    while time.monotonic() < since + idle_seconds:
        at_work.check()
        if (news := _news(store, session_id)) == seen:  # as due, or not due, as at the last look
            time.sleep(LOOK)
            continue
        while step(store, session_id, learner, at_work.tell):
            pass
        at_work.rest()
        seen, since = news, time.monotonic()


def _news(store: Store, session_id: str) -> tuple[int, int]:
    """Return what makes something due once it changes: the last event, and the open requests."""
    known = trainers.trainer(store, session_id)
    return events.latest(store, session_id), known.asked if known else 0


def step(store: Store, session_id: str, learner: learning.Learner, tell: learning.Progress) -> bool:
    """Do the next thing that is due; False if there is none, or it must wait for other labels."""
    session, known = sessions.session(store, session_id), trainers.trainer(store, session_id)
    if not trainers.due(store, session, known):
        return False
    if session.ranking_id is None:
        tell("Choosing the first texts", 0.0)
        learner.begin()
        return True
    asked = known.asked if known else 0
    tell("Training", 0.0)
    if learner.learn(tell) is None:
        trainers.waiting(store, session_id, learner.lacking)
        return False
    trainers.answered(store, session_id, asked)
    return True


def _failed(store: Store, session_id: str, message: str) -> bool:
    known = trainers.trainer(store, session_id)
    if known is not None and known.pid == process.this().pid:
        trainers.fail(store, known, message)
    return False
