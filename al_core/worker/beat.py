"""A thread that does one small thing again and again, as long as a block lasts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from al_core.errors import Unavailable

logger = logging.getLogger(__name__)


class Beat:
    """Calls `tick` at once and then every `seconds`, until the `with` block is left."""

    def __init__(self, tick: Callable[[], None], seconds: float) -> None:
        self._tick, self._seconds = tick, seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _go(self) -> None:
        while True:
            try:
                self._tick()
            except (SQLAlchemyError, Unavailable):
                # A store that is away for a moment must not end the heartbeat for good.
                logger.exception("The heartbeat was not written; trying again")
            if self._over.wait(self._seconds):
                return
