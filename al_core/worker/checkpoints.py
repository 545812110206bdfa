"""The latest point inside a fit from which a run can go on: one file per run, no pickle."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from al_core import archive
from al_core.loop import Asked, Checkpoint

FORMAT = 2
REST = 1.0
"""Seconds between two saves, at least."""
SHARE = 0.05
"""Share of the time that saving may take, at most."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class CheckpointFile:
    """Saves the checkpoints of one run, each in place of the one before.

    Any checkpoint will do to go on from, so saves that come too fast are skipped; `flush` writes
    the last one skipped. Disk: three copies of the weights, about 5 MB for the published network.
    """

    path: Path
    config_key: str
    _skipped: Checkpoint | None = field(default=None, init=False)
    _next: float = field(default=0.0, init=False)

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint unless the last save was only just."""
        if time.monotonic() < self._next:
            self._skipped = checkpoint
            return
        started = time.monotonic()
        _write(self.path, checkpoint, self.config_key)
        ended = time.monotonic()
        self._skipped, self._next = None, ended + max(REST, (ended - started) / SHARE)

    def flush(self) -> None:
        """Write the last checkpoint that was skipped, if any."""
        if self._skipped is not None:
            _write(self.path, self._skipped, self.config_key)
            self._skipped = None

    def load(self) -> Checkpoint | None:
        """Return the last checkpoint; None when there is none, or none that this run can use.

        A run without one starts over, and gets the same numbers again.
        """
        try:
            return _read(self.path, self.config_key)
        except FileNotFoundError:
            return None
        except archive.UNREADABLE as error:
            logger.warning("The checkpoint cannot be used (%s), so the run starts over.", error)
            return None

    def remove(self) -> None:
        """Forget the checkpoint: the run has ended."""
        self._skipped = None
        self.path.unlink(missing_ok=True)


def _write(path: Path, checkpoint: Checkpoint, config_key: str) -> None:
    asked = checkpoint.asked
    about = {
        "format": FORMAT,
        "config_key": config_key,
        "round": checkpoint.round,
        "seconds": checkpoint.seconds,
        "carried": asked.carried,
    }
    parts = {"rows": asked.rows, "labels": asked.labels, "scores": asked.scores, "predicted": asked.predicted}
    told = {name: value for name, value in parts.items() if value is not None}
    archive.write(path, about, {"asked": told, "state": checkpoint.state})


def _read(path: Path, config_key: str) -> Checkpoint:
    about, groups = archive.read(path)
    if (about["format"], about["config_key"]) != (FORMAT, config_key):
        raise ValueError("it was written for another config, or by another version")
    return Checkpoint(
        round=about["round"],
        asked=Asked(**groups["asked"], carried=about["carried"]),
        state=groups["state"],
        seconds=about["seconds"],
    )
