"""An exported model in a process of its own, asked through a pipe: the page's process imports no framework.

The process is `python -m al_core.deploy.answering FOLDER`: one JSON line in, one out. It ends when its
standard input is closed, so that none outlives the page, and when nobody asks for a while.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

import al_core
from al_core import devices
from al_core.errors import Unavailable

PATIENCE = 120.0
"""Seconds until an answer is given up: a network is loaded before the first."""
AT_ONCE = 100
"""Texts in one question: a slow encoder reads some in a second, and all must be read within `PATIENCE`."""
IDLE = 900.0
"""Seconds without a question after which the process ends; the next question starts another."""
SLEPT = 0
"""How a process ends that nobody asked anything."""
KEPT_LINES, LONGEST_LINE = 20, 500
"""What is kept of the last words of a process: lines, and characters of each."""

logger = logging.getLogger(__name__)


class Answerer:
    """One model's process. Safe to share between threads, which wait for each other."""

    def __init__(self, folder: Path, idle: float = IDLE) -> None:
        self.folder = folder
        self._idle = idle
        self._asking = threading.Lock()
        self._starting = threading.Lock()
        """Held for moments only, so that the process can be ended while a question waits for its answer."""
        self._closed = False
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._last: deque[str] = deque(maxlen=KEPT_LINES)
        self._listener: threading.Thread | None = None
        self._ender: Callable[[], object] | None = None

    def ask(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return probabilities (n, C). Raises `Unavailable` in one sentence if there is no answer.

        The first question starts the process: half a second, for a network some seconds more.
        """
        found = [self._asked(list(texts[start : start + AT_ONCE])) for start in range(0, len(texts), AT_ONCE)]
        return np.concatenate(found) if found else np.empty((0, 0))

    def close(self) -> None:
        """End the process for good, and with it the question that waits for an answer, if there is one."""
        with self._starting:
            self._closed = True
            if self._child is not None:
                self._child.kill()
        with self._asking:
            self._end()

    def _asked(self, texts: list[str]) -> npt.NDArray[np.float64]:
        question = json.dumps(texts) + "\n"
        with self._asking:
            line = self._line(question)
            if not line and self._ended() == SLEPT:  # just as it was asked
                line = self._line(question)
            if not line:
                code = self._ended()
                if self._closed:
                    raise _closed()
                self._end()
                logger.warning("Process of %s ended with %s; it said: %s", self.folder, code, self._said())
                raise Unavailable("The model's process ended before it answered; try again.")
        told = json.loads(line)
        if "error" in told:
            raise Unavailable(told["error"])
        return np.array(told["probabilities"], np.float64)

    def _line(self, question: str) -> str:
        """Return what the process answers; nothing if it ends instead."""
        child = self._running()
        assert child.stdin is not None
        try:
            child.stdin.write(question)
            child.stdin.flush()
            return self._lines.get(timeout=PATIENCE)
        except OSError:
            return ""
        except queue.Empty as error:
            self._end()
            logger.warning("%s did not answer in %.0f s; it said: %s", self.folder, PATIENCE, self._said())
            raise Unavailable("The model did not answer; try again.") from error

    def _running(self) -> subprocess.Popen[str]:
        with self._starting:
            if self._closed:
                raise _closed()
            if self._child is None or self._child.poll() is not None:
                self._end()
                self._start()
            assert self._child is not None
            return self._child

    def _start(self) -> None:
        root = str(Path(al_core.__file__).resolve().parents[1])
        command = [sys.executable, "-P", "-m", "al_core.deploy.answering", str(self.folder), str(self._idle)]
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"},
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise Unavailable(f"The model's process could not be started: {error}.") from error
        self._child = child
        self._lines = queue.SimpleQueue()
        self._last = deque(maxlen=KEPT_LINES)
        # Who drops an `Answerer` drops its process too: the threads know no more than the pipes.
        self._ender = weakref.finalize(self, _put_away, child)
        threading.Thread(target=_read, args=(child.stdout, self._lines), daemon=True).start()
        self._listener = threading.Thread(target=_overhear, args=(child.stderr, self._last), daemon=True)
        self._listener.start()

    def _ended(self) -> int | None:
        """Return how the process ended; None if it had to be ended."""
        if self._child is None:
            return None
        try:
            return self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._end()
            return None

    def _said(self) -> str:
        """Return the last words of a process that has ended."""
        if self._listener is not None:
            self._listener.join(timeout=1)
        return "".join(self._last.copy()).strip() or "nothing"

    def _end(self) -> None:
        self._child = None
        if self._ender is not None:
            self._ender()


def _put_away(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()
    assert child.stdin is not None
    try:
        child.stdin.close()
    except OSError:  # what was still to be written to a process that is gone
        return


def _closed() -> Unavailable:
    return Unavailable("The model's process was ended to make room for another model. Ask again.")


def _read(said: IO[str], lines: queue.SimpleQueue[str]) -> None:
    """Pass on what a process says, and an empty line when it ends: only so can a question time out."""
    with said:
        for line in said:
            lines.put(line)
    lines.put("")


def _overhear(said: IO[str], last: deque[str]) -> None:
    """Keep the last words of a process."""
    with said:
        for line in iter(lambda: said.readline(LONGEST_LINE), ""):
            last.append(line)


def _questions(idle: float) -> Iterator[str]:
    """Give the questions; end the process when none comes for `idle` seconds."""
    while True:
        # A read of a pipe cannot be given up on every system, so the process goes with it.
        waker = threading.Timer(idle, os._exit, (SLEPT,))
        waker.daemon = True
        waker.start()
        line = sys.stdin.readline()
        waker.cancel()
        if not line:
            return
        yield line


def _serve(folder: Path, idle: float) -> None:
    devices.setup()
    from al_core.deploy import reader

    # Whatever a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    model = None
    for line in _questions(idle):
        try:
            model = model or reader.load(folder)
            told = {"probabilities": model.predict_proba(json.loads(line)).tolist()}
        except (reader.Damaged, reader.Missing) as error:
            told = {"error": str(error)}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue]
    _serve(Path(sys.argv[1]), float(sys.argv[2]))
