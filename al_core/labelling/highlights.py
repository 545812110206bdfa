"""Which words weigh most in what a model says: by a linear stand-in that any model can have.

The stand-in is fitted to the model's own log odds on texts of the corpus, one weight a word and
class (a global surrogate: Molnar 2022, Interpretable machine learning, section 8.6). It tells what the
model goes by in general, not what it saw in one text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from al_core import archive, paths, seeding
from al_core.labelling.models import KEPT

TEXTS = 4_000
"""Texts that the stand-in is fitted on."""
WORDS = 10_000
"""Words with a weight: the most frequent."""
MARKED = 12
"""Words marked in one text at most."""
PENALTY = 1.0
LONGEST = 40
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Mark:
    """One word of a text, by its place, and how it weighs: above 0 for the class, below against it."""

    start: int
    end: int
    weight: float


def keep(
    session_id: str, version: int, texts: Sequence[str], probabilities: npt.NDArray[np.floating], seed: int
) -> None:
    """Fit the stand-in of a version to the model's probabilities (rows, C), and keep it on disk.

    Cost: one look at the words of `TEXTS` texts and a ridge regression; a second or two.
    """
    rng = seeding.generator(seed, "stand-in", version)
    rows = np.sort(rng.choice(len(texts), min(TEXTS, len(texts)), replace=False))
    words, weights = _weights([_words(texts[int(row)]) for row in rows], probabilities[rows])
    folder = paths.labelling(session_id)
    with archive.whole(_file(session_id, version), folder / f".words-{version}.part") as file:
        np.savez(file, words=np.array(words, dtype=np.str_), weights=weights.astype(np.float32))
    for old in folder.glob("words-*.npz"):
        number = old.stem.removeprefix("words-")
        if number.isdecimal() and int(number) <= version - KEPT:
            with suppress(OSError):  # Windows keeps what a page has open; next time then
                old.unlink(missing_ok=True)


def marks(session_id: str, version: int, text: str, label: int) -> list[Mark]:
    """Return the words of a text that weigh most for or against a class, by place; none if unknown."""
    known = _read(_file(session_id, version))
    if known is None:
        return []
    words, weights = known
    found = []
    for match in _WORD.finditer(text):
        place = words.get(match.group().lower())
        if place is not None:
            found.append(Mark(match.start(), match.end(), float(weights[place, label])))
    heaviest = sorted(found, key=lambda mark: -abs(mark.weight))[:MARKED]
    return sorted((mark for mark in heaviest if mark.weight), key=lambda mark: mark.start)


def _words(text: str) -> set[str]:
    found = (match.group().lower() for match in _WORD.finditer(text))
    return {word for word in found if len(word) <= LONGEST}


def _weights(
    bags: Sequence[set[str]], probabilities: npt.NDArray[np.floating]
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Return the words, and the weight (words, C) of each, scaled so that the heaviest is 1."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import Ridge

    counts = Counter(word for bag in bags for word in bag)
    frequent = sorted(counts, key=lambda word: (-counts[word], word))  # no order of sets decides a tie
    words = sorted(word for word in frequent[:WORDS] if counts[word] > 1)
    n_classes = probabilities.shape[1]
    if not words:
        return [], np.zeros((0, n_classes))
    place = {word: number for number, word in enumerate(words)}
    columns = [sorted(place[word] for word in bag if word in place) for bag in bags]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.fromiter((each for row in columns for each in row), np.int32, int(ends[-1]))
    lengths = np.repeat(np.sqrt(np.maximum(1, np.diff(ends))), np.diff(ends))
    x = csr_matrix((1.0 / lengths, flat, ends), shape=(len(bags), len(words)))
    p = np.clip(probabilities.astype(np.float64), 0.01, 0.99)
    fitted = Ridge(alpha=PENALTY, solver="sparse_cg", tol=1e-3).fit(x, np.log(p) - np.log1p(-p))
    weights = np.asarray(fitted.coef_, np.float64).reshape(n_classes, len(words)).T
    heaviest = np.abs(weights).max()
    return words, weights / heaviest if heaviest > 0 else weights


def _file(session_id: str, version: int) -> Path:
    return paths.labelling(session_id) / f"words-{version}.npz"


def _read(path: Path) -> tuple[dict[str, int], npt.NDArray[np.float32]] | None:
    try:
        return _opened(path)
    except (FileNotFoundError, ValueError, KeyError, EOFError, BadZipFile):
        return None


@lru_cache(maxsize=8)
def _opened(path: Path) -> tuple[dict[str, int], npt.NDArray[np.float32]]:
    """Read a stand-in once; a version's file never changes. That it is not there yet is not kept."""
    with np.load(path, allow_pickle=False) as found:
        words = {str(word): number for number, word in enumerate(found["words"])}
        return words, found["weights"]
