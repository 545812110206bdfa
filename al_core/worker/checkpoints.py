"""The latest point inside a fit from which a run can go on: one file per run, no pickle."""

from __future__ import annotations

import json
import logging
import os
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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
        _write(self.path, _arrays(checkpoint, self.config_key))
        ended = time.monotonic()
        self._skipped, self._next = None, ended + max(REST, (ended - started) / SHARE)

    def flush(self) -> None:
        """Write the last checkpoint that was skipped, if any."""
        if self._skipped is not None:
            _write(self.path, _arrays(self._skipped, self.config_key))
            self._skipped = None

    def load(self) -> Checkpoint | None:
        """Return the last checkpoint; None when there is none, or none that this run can use.

        A run without one starts over, and gets the same numbers again.
        """
        try:
            # Every array is checked against its checksum as it is read.
            with np.load(self.path, allow_pickle=False) as file:
                return _checkpoint({name: file[name] for name in file.files}, self.config_key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            logger.warning("The checkpoint cannot be used (%s), so the run starts over.", error)
            return None

    def remove(self) -> None:
        """Forget the checkpoint: the run has ended."""
        self._skipped = None
        self.path.unlink(missing_ok=True)


def _arrays(checkpoint: Checkpoint, config_key: str) -> dict[str, npt.NDArray[Any]]:
    asked = checkpoint.asked
    about = {
        "format": FORMAT,
        "config_key": config_key,
        "round": checkpoint.round,
        "seconds": checkpoint.seconds,
        "carried": asked.carried,
    }
    parts = {"rows": asked.rows, "labels": asked.labels, "scores": asked.scores, "predicted": asked.predicted}
    arrays = {"about": np.array(json.dumps(about))}
    arrays |= {f"asked/{name}": value for name, value in parts.items() if value is not None}
    return arrays | {f"state/{name}": value for name, value in checkpoint.state.items()}


def _checkpoint(arrays: dict[str, npt.NDArray[Any]], config_key: str) -> Checkpoint:
    about = json.loads(str(arrays.pop("about")))
    if (about["format"], about["config_key"]) != (FORMAT, config_key):
        raise ValueError("it was written for another config, or by another version")

    def group(name: str) -> dict[str, npt.NDArray[Any]]:
        return {key.removeprefix(name): value for key, value in arrays.items() if key.startswith(name)}

    return Checkpoint(
        round=about["round"],
        asked=Asked(**group("asked/"), carried=about["carried"]),
        state=group("state/"),
        seconds=about["seconds"],
    )


def _write(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write whole or not at all, whatever dies meanwhile."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
