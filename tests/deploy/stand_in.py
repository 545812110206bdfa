"""A model without a model: what it answers stands in the text. Run as a script, it is served.

python stand_in.py SECONDS [TOKEN]     # how long clients may take; a port is chosen and printed
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from al_core.errors import BadInput


class StandIn:
    """Text "0.25" gets 0.25 for its second class; "slow" takes half a second, "poison" fails."""

    def __init__(self, **about: Any) -> None:
        self.classes = ["no", "yes"]
        self.threshold: float | None = 0.3
        self.about = {"name": "stand-in", "version": 3} | about
        self.batches: list[int] = []
        self.open = threading.Event()
        """While it is not set, the model waits."""
        self.open.set()

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        self.batches.append(len(texts))
        self.open.wait(10)
        if "poison" in texts:
            raise RuntimeError("a secret of the server")
        if "unreadable" in texts:
            raise BadInput("The model cannot read this.")
        if "nan" in texts:
            return np.full((len(texts), 2), np.nan)
        if "slow" in texts:
            time.sleep(0.5)
        second = np.array([_number(text) for text in texts])
        return np.column_stack([1 - second, second])

    def decide(self, probabilities: np.ndarray) -> list[str]:
        assert self.threshold is not None
        return [self.classes[int(row[1] > self.threshold)] for row in probabilities]


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text.isascii() and text.isprintable() else 0.5
    except ValueError:
        return 0.5


if __name__ == "__main__":
    from al_core.deploy.serve.answering import Limits
    from al_core.deploy.serve.server import serve

    serve(
        StandIn(),
        "127.0.0.1",
        0,
        sys.argv[2] if len(sys.argv) > 2 else None,
        lambda line: print(line, file=sys.stderr, flush=True),
        Limits(seconds=float(sys.argv[1]), body=2**20),
    )
