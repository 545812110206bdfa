"""The corpus itself, and the contract of whatever makes one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Progress = Callable[[str, float], None]
"""Called with what is being done and the share that is done, 0 to 1."""

UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Texts, held once; everything after the corpus speaks in row numbers.

    `labels[i]` is an index into `classes`, or `UNKNOWN`. For two classes, class 1 is the
    positive one: a false negative is a 1 taken for a 0.
    """

    key: str
    title: str
    texts: Sequence[str]
    labels: npt.NDArray[np.int32]
    classes: tuple[str, ...]
    synthetic: bool = False
    note: str = ""
    """One sentence on origin and known faults, shown with the corpus."""

    def __len__(self) -> int:
        return len(self.texts)


class Source(Protocol):
    """What a corpus entry builds: it knows its key before it reads, so that reading is done once."""

    heavy: bool
    """True: reading imports TensorFlow, so it happens in a process of its own."""

    def key(self) -> str:
        """Return a name that is the same for the same content and settings; safe as a file name."""
        ...

    def read(self, progress: Progress) -> Corpus:
        """Read or generate the corpus. Raises `Unavailable` or `BadInput` in one sentence."""
        ...
