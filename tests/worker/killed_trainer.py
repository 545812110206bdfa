"""A trainer that kills itself with SIGKILL in the middle of putting an order in force.

    python killed_trainer.py SESSION

The real trainer, but that the statement which would flip the pointer to its model's order is its last.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import event

from al_core.store import open_store
from al_core.worker import train

if __name__ == "__main__":
    store = open_store()

    @event.listens_for(store.engine, "before_cursor_execute")
    def before(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("UPDATE label_sessions SET ranking_id"):
            os.kill(os.getpid(), signal.SIGKILL)

    train.train(store, sys.argv[1], idle_seconds=20)
