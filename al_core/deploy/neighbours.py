"""The labelled examples that are most like a text: what a model may have had in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import archive

FILE = "labelled.npz"
"""Rows and labels that a model learned from, beside its export, never in it."""
MOST = 20_000
"""Labelled texts that are looked through; of more, the last ones asked for."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One labelled text, and how like another it is: the cosine of their TF-IDF."""

    text: str
    label: str
    likeness: float


class Neighbours:
    """Labelled texts, ready to be compared. Memory: their TF-IDF."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Count the words of the texts: a second for 5,000 reviews."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._texts, self._labels = texts, labels
        self._counts: Any = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\w+|[^\w\s]")
        self._x: Any = self._counts.fit_transform(texts) if any(each.strip() for each in texts) else None

    def of(self, text: str, most: int = 5) -> list[Neighbour]:
        """Return those that share words with a text, the most like it first."""
        if self._x is None:
            return []
        likeness = np.asarray((self._x @ self._counts.transform([text]).T).todense()).ravel()
        order = np.argsort(-likeness, kind="stable")[:most]
        return [
            Neighbour(self._texts[int(place)], self._labels[int(place)], float(likeness[place]))
            for place in order
            if likeness[place] > 0
        ]


def keep(folder: Path, rows: npt.NDArray[np.integer], labels: npt.NDArray[np.integer]) -> None:
    """Write down what a model learned from: rows of its corpus (n,) and classes (n,)."""
    with archive.whole(folder / FILE, folder / f".{FILE}.part") as file:
        np.savez(file, rows=rows[-MOST:], labels=labels[-MOST:])


def kept(folder: Path) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]] | None:
    """Return rows and classes, or None where nobody wrote them down."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as found:
            return found["rows"], found["labels"]
    except (OSError, ValueError, KeyError):
        return None
