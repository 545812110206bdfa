"""A worker that kills itself with SIGKILL at one moment: python killed_worker.py RUN MOMENT.

The real worker, but for the one function that the moment stands in.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from al_core.store import history, open_store
from al_core.worker import checkpoints, monitor, run


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def preparing() -> None:
    """While the features are made."""
    tell = monitor.RunMonitor.preparing

    def preparing(self: monitor.RunMonitor, words: str, share: float) -> None:
        tell(self, words, share)
        if words == "Preparing features":
            die()

    monitor.RunMonitor.preparing = preparing


def epoch() -> None:
    """In the middle of the third epoch of the initial fit."""
    batch, phase = monitor.RunMonitor.batch, monitor.RunMonitor.phase
    seen = {"round": 0, "texts": 0}

    def counted_phase(self: monitor.RunMonitor, number: int, name: Any, texts: int) -> None:
        seen["round"] = number
        phase(self, number, name, texts)

    def counted_batch(self: monitor.RunMonitor, texts: int) -> None:
        seen["texts"] += texts * (seen["round"] == 0)
        if seen["texts"] > 100:  # of 40 an epoch
            die()
        batch(self, texts)

    monitor.RunMonitor.phase, monitor.RunMonitor.batch = counted_phase, counted_batch


def commit() -> None:
    """Inside the transaction of round 1, after its row and its epochs were written."""
    history._query_rows = die


def between() -> None:
    """After round 1 was committed, before anything else."""
    write = run._commit

    def last_commit(store: Any, run_id: str, each: Any, *rest: Any) -> None:
        write(store, run_id, each, *rest)
        if each.number == 1:
            die()

    run._commit = last_commit


def checkpoint() -> None:
    """With the second checkpoint of round 2 half on the disk."""
    save = checkpoints.CheckpointFile.save
    seen = {"saves": 0}

    def last_save(self: checkpoints.CheckpointFile, point: Any) -> None:
        seen["saves"] += point.round == 2
        if seen["saves"] == 2:
            checkpoints.archive.os.fsync = die
        save(self, point)

    checkpoints.CheckpointFile.save = last_save


if __name__ == "__main__":
    checkpoints.REST, checkpoints.SHARE = 0.0, 1e9  # every epoch, so that a fit goes on inside
    {each.__name__: each for each in (preparing, epoch, commit, between, checkpoint)}[sys.argv[2]]()
    run.run(open_store(), sys.argv[1])
