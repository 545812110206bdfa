"""Between the loop and the store: tells the store how far a run is, and the loop what is wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from al_core import devices
from al_core.classifiers.base import Epoch
from al_core.errors import Interrupted
from al_core.loop import BASELINE, Checkpoint, Phase
from al_core.store import Store, history, lifecycle
from al_core.store.records import Process
from al_core.store.states import RunState
from al_core.worker.checkpoints import CheckpointFile
from al_core.worker.estimate import Estimate

Echo = Callable[[str], None]

logger = logging.getLogger(__name__)


class RunMonitor:
    """The loop's `Monitor`, and the state that the heartbeat thread and the signals share with it.

    The main thread only reads and writes attributes; progress is written by the heartbeat.
    """

    def __init__(self, store: Store, run_id: str, owner: Process, echo: Echo | None) -> None:
        self._store, self._run_id, self._owner = store, run_id, owner
        self._echo = echo
        self._wanted: str | None = "running"
        self._signalled = False
        self._preparing: dict[str, Any] | None = None
        self._devices_known = False
        self.estimate: Estimate | None = None
        self.checkpoints: CheckpointFile | None = None

    # What others ask of the run.

    def tick(self) -> None:
        """Write the heartbeat and the progress, and read what is wanted."""
        progress = self.estimate.snapshot() if self.estimate else self._preparing
        self._wanted = lifecycle.heartbeat(self._store, self._run_id, self._owner, progress)

    def signal(self) -> None:
        """Note that the system asks the process to end."""
        self._signalled = True

    @property
    def lost(self) -> bool:
        """Tell whether the run has been taken from this process."""
        return self._wanted is None

    def stopped_as(self) -> tuple[RunState, str] | None:
        """Return the state to leave the run in, and its sentence; None while it should go on."""
        if self._wanted == "cancelled":
            return "cancelled", "Cancelled"
        if self._wanted == "paused":
            return "paused", "Paused"
        if self.lost:
            return "interrupted", "Another process has taken the run over"
        if self._signalled:
            return "interrupted", "Its process was asked to end; resume it to go on from where it stood."
        return None

    def check(self) -> None:
        """Raise `Interrupted` if the run should not go on."""
        if self.stopped_as():
            raise Interrupted

    # What the loop tells.

    def preparing(self, words: str, share: float) -> None:
        """Note what is being done before the first fit; a corpus reports here as it is read."""
        if self._preparing is None or self._preparing["detail"] != words:
            self.say(words)
        self._preparing = {
            "phase": "prepare",
            "detail": words,
            "detail_fraction": round(share, 4),
            "fraction": 0.0,
            "seconds_left": None,
        }
        self.check()

    def phase(self, round_number: int, phase: Phase, texts: int) -> None:
        """Note that a phase begins."""
        if phase == "fit" and not self._devices_known:
            device = devices.describe(load=False)  # by now the classifier has imported what it needs
            lifecycle.set_device(self._store, self._run_id, device)
            self.say(f"Computing on {device['name']} with {device['backend']}")
            self._devices_known = True
        if self.estimate:
            self.estimate.phase(round_number, phase, texts)
        self.check()

    def batch(self, texts: int) -> None:
        """Note that texts were trained on."""
        if self.estimate:
            self.estimate.batch(texts)
        self.check()

    def epoch(self, round_number: int, epoch: Epoch) -> None:
        """Write the epoch for those who watch."""
        history.add_epoch(self._store, self._run_id, round_number, epoch)
        if self.estimate:
            self.estimate.epoch(epoch.number)
        self.say(
            f"{title(round_number)}, epoch {epoch.number}: "
            f"loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}; validation loss {epoch.val_loss:.4f}, "
            f"accuracy {epoch.val_accuracy:.4f} ({epoch.seconds:.1f} s)"
        )

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep the checkpoint, if it is time."""
        if self.checkpoints:
            self.checkpoints.save(checkpoint)

    def say(self, line: str) -> None:
        """Write a line to the log, and to whoever stands beside the run."""
        logger.info("%s", line)
        if self._echo:
            self._echo(line)


def title(number: int) -> str:
    """Return the words for a round."""
    return {BASELINE: "Full-data baseline", 0: "Initial fit"}.get(number, f"Round {number}")
