"""Requests that wait while the model works are answered together, by one thread."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from al_core.deploy.serve.answering import Limits
from al_core.deploy.serve.counting import Counts

Predict = Callable[[Sequence[str]], NDArray[np.float64]]
_log = logging.getLogger(__name__)


class Full(Exception):
    """The queue takes no more texts. `seconds`: about how long until it will."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"full for about {seconds} s")
        self.seconds = seconds


class Stopping(Exception):
    """The server stops and takes no more texts."""


@dataclass(frozen=True, slots=True)
class _Asked:
    texts: Sequence[str]
    answer: Future[NDArray[np.float64]]


class Batcher:
    """A queue and the one thread that calls the model.

    An idle model begins at once; while it works, what comes waits and makes the next batch. Memory:
    at most `limits.waiting` texts.
    """

    def __init__(self, predict: Predict, limits: Limits, counts: Counts) -> None:
        self._predict = predict
        self._limits = limits
        self._counts = counts
        self._asked: deque[_Asked] = deque()
        self._waiting = 0
        self._pace = 0.0  # seconds a text took in the last batch
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Texts in the queue, without those that the model has in hand."""
        return self._waiting

    @property
    def alive(self) -> bool:
        """Whether there is a thread that will answer."""
        return self._thread.is_alive()

    async def ask(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probabilities of these texts, shape (texts, classes).

        Raises `Full` or `Stopping`, or whatever the model raised on these texts and no others. A request
        that is cancelled while it waits is left out.
        """
        answer: Future[NDArray[np.float64]] = Future()
        with self._changed:
            if self._closed:
                raise Stopping
            if self._waiting and self._waiting + len(texts) > self._limits.waiting:
                raise Full(max(1, math.ceil(self._waiting * self._pace)))
            self._asked.append(_Asked(texts, answer))
            self._waiting += len(texts)
            self._changed.notify()
        return await asyncio.wrap_future(answer)

    def close(self) -> None:
        """Answer what waits, then let the thread end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(self._limits.stop)

    def _work(self) -> None:
        while batch := self._next():
            began = time.perf_counter()
            texts = sum(len(each.texts) for each in batch)
            for asked, outcome in self._outcomes(batch):
                if isinstance(outcome, Exception):
                    asked.answer.set_exception(outcome)
                else:
                    asked.answer.set_result(outcome)
            self._pace = (time.perf_counter() - began) / max(1, texts)
            self._counts.batch(texts)

    def _next(self) -> list[_Asked]:
        """Wait for requests, and take as many as go together; none at the end."""
        with self._changed:
            while True:
                batch, texts = [], 0
                while self._asked and (not batch or texts + len(self._asked[0].texts) <= self._limits.batch):
                    asked = self._asked.popleft()
                    self._waiting -= len(asked.texts)
                    if asked.answer.set_running_or_notify_cancel():
                        batch.append(asked)
                        texts += len(asked.texts)
                if batch or (self._closed and not self._asked):
                    return batch
                self._changed.wait()

    def _outcomes(self, batch: list[_Asked]) -> Iterator[tuple[_Asked, NDArray[np.float64] | Exception]]:
        """Answer each request. What fails together is tried in halves, so that only the culprit fails."""
        texts = [text for each in batch for text in each.texts]
        try:
            found = np.asarray(self._predict(texts), np.float64)
            if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
                raise ValueError(f"the model gave no probabilities for {len(texts)} texts: {found.shape}")
        except Exception as error:  # noqa: BLE001  (whatever it is, the thread goes on and the client hears)
            if len(batch) == 1:
                yield batch[0], error
                return
            _log.info("A batch of %d requests failed; it is tried in halves.", len(batch))
            half = len(batch) // 2
            yield from self._outcomes(batch[:half])
            yield from self._outcomes(batch[half:])
            return
        start = 0
        for each in batch:
            yield each, found[start : start + len(each.texts)]
            start += len(each.texts)
