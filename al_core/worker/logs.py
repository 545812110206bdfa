"""What every working process has: a log of its own, and a good end when the system asks for one."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Send this package's log to a file, and only there, while the block lasts."""
    root = logging.getLogger("al_core")
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    before = root.level, root.propagate
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False  # in a worker, stderr is the same file
    try:
        yield
    finally:
        root.level, root.propagate = before
        root.removeHandler(handler)
        with suppress(OSError):  # a full disk costs the end of the log, and nothing else
            handler.close()


@contextmanager
def signalled(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and the first Ctrl-C call `stop`; a second Ctrl-C ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives signals to the main thread alone
        return

    def asked(number: int, frame: FrameType | None) -> None:
        del frame
        stop()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
