"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import psutil

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """How many values are at most each bound, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Counts:
    """Requests, texts, batches and seconds since the start. Any thread may add. Memory: constant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._texts = 0
        self._batches = Histogram(SIZES)
        self._seconds = Histogram(SECONDS)
        self._process = psutil.Process()

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that is over. `path` is one of a few, or memory would grow with it."""
        with self._lock:
            self._requests[path, status] += 1
            if path == "/predict":
                self._seconds.add(seconds)

    def batch(self, texts: int) -> None:
        """Count texts that the model had at once."""
        with self._lock:
            self._texts += texts
            self._batches.add(texts)

    def prometheus(self, waiting: int, model: Mapping[str, str]) -> str:
        """Return all of it. `waiting`: texts in the queue; `model`: labels that say which model it is."""
        with self._lock:
            lines = [*self._lines(waiting, model)]
        return "\n".join(lines) + "\n"

    def _lines(self, waiting: int, model: Mapping[str, str]) -> Iterator[str]:
        yield from _head("al_serve_model_info", "gauge", "The model that answers.")
        yield f"al_serve_model_info{_labels(model)} 1"
        yield from _head("al_serve_requests_total", "counter", "Requests by path and status.")
        for (path, status), number in sorted(self._requests.items()):
            yield f"al_serve_requests_total{_labels({'path': path, 'status': str(status)})} {number}"
        yield from _head("al_serve_texts_total", "counter", "Texts that the model was given.")
        yield f"al_serve_texts_total {self._texts}"
        yield from _head("al_serve_waiting_texts", "gauge", "Texts in the queue.")
        yield f"al_serve_waiting_texts {waiting}"
        yield from _histogram("al_serve_batch_texts", "Texts that the model had at once.", self._batches)
        words = "Seconds from a request for a prediction to its answer."
        yield from _histogram("al_serve_predict_seconds", words, self._seconds)
        yield from _head("process_resident_memory_bytes", "gauge", "Memory of the process.")
        yield f"process_resident_memory_bytes {self._process.memory_info().rss}"


def _head(name: str, kind: str, words: str) -> tuple[str, str]:
    return f"# HELP {name} {words}", f"# TYPE {name} {kind}"


def _histogram(name: str, words: str, found: Histogram) -> Iterator[str]:
    yield from _head(name, "histogram", words)
    total = 0
    for bound, number in zip((*found.bounds, "+Inf"), found.counts, strict=True):
        total += number
        yield f'{name}_bucket{{le="{bound}"}} {total}'
    yield f"{name}_sum {found.sum}"
    yield f"{name}_count {total}"


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
