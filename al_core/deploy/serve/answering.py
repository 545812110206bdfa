"""What a model must offer to be served, and how much of it one client may ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Answering(Protocol):
    """A fitted model that takes texts. `al_core.deploy.reader.load` returns one."""

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes, in the order of the columns of `predict_proba`."""
        ...

    @property
    def threshold(self) -> float | None:
        """Probability above which the second class is decided; None where the likeliest class is."""
        ...

    @property
    def about(self) -> dict[str, Any]:
        """The facts of the model's card: name, version, metrics, when it was made."""
        ...

    def predict_proba(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        """Return the probability of each class for each text, shape (texts, classes)."""
        ...

    def decide(self, probabilities: NDArray[np.float64], /) -> list[str]:
        """Return the class of each row of probabilities."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes. Memory that clients can claim: `requests` times `body` bytes, and a little."""

    body: int = 4 * 2**20
    """Bytes of one request."""
    texts: int = 256
    """Texts of one request."""
    characters: int = 50_000
    """Characters of one text."""
    batch: int = 256
    """Texts that the model gets at once; a request with more is a batch of its own."""
    waiting: int = 2048
    """Texts in the queue; who comes later is asked to try again."""
    requests: int = 128
    """Requests that are read or answered at a time."""
    seconds: float = 10.0
    """For a client to send the head of a request, and again for its body."""
    stop: int = 30
    """Seconds that requests in progress get when the server stops."""
