"""Texts as one long row of word numbers: read once, by several processes where it pays."""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import psutil

from al_core.errors import Unavailable

UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Kana and Han characters: no spaces part their words, so each counts as a word of its own."""
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e"
"""Vowel signs and accents, which Python's own idea of a word leaves out."""
_PICTURES = "\u2600-\u27bf\U0001f300-\U0001faff"
_WORD = re.compile(f"[{UNSPACED}]|(?:[^\\W{UNSPACED}]|[{_MARKS}]){{2,}}|[{_PICTURES}]")
"""Words of at least two characters, single characters where words are not spaced, and emoji."""
_ASCII_WORD = re.compile("[a-z0-9_]{2,}")
"""The same words where a text has no other characters, found twice as fast."""

Kind = Literal["words", "spaced"]
"""Words as above, or whatever stands between spaces."""

PART = 4_000_000
"""Characters that are read at a time: of a part, all words are held as Python strings."""
FEW = 100_000_000
"""Characters that one process reads alone: 60 million take 4 s, and others 2 s to start and to answer."""
IDLE_SECONDS = 10
"""Until a process without work ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """All words of all texts in order: `ids` (words,) are places in `words`, from a to z."""

    ids: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int64]
    """Words of each text."""
    words: list[str]

    @property
    def rows(self) -> npt.NDArray[np.int32]:
        """The text of each word."""
        return np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths)


_Part = tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], list[str]]


def prepared(text: str) -> str:
    """Return the text in lower case, an accented letter as one character however it was typed."""
    return unicodedata.normalize("NFC", text.lower())


def read(texts: Sequence[str], kind: Kind, processes: int | None = None) -> Stream:
    """Return the words of all texts; the same whatever the number of processes.

    `processes`: as many as there are cores for a large corpus and 1 for a small one, unless given.
    Raises `Unavailable` if one of them dies. Cost: 50,000 reviews take 5 s on one core. Memory:
    4 bytes a word, every different word, and in each process the words of one part (about 100 MB).
    """
    known: dict[str, int] = {}
    ids: list[npt.NDArray[np.int32]] = []
    lengths: list[npt.NDArray[np.int64]] = []
    for part_ids, part_lengths, part_words in _parts(texts, kind, processes):
        places = np.fromiter((known.setdefault(word, len(known)) for word in part_words), np.int32)
        ids.append(places[part_ids])
        lengths.append(part_lengths)
    words = sorted(known)
    ranks = np.empty(len(words), np.int32)
    ranks[np.fromiter((known[word] for word in words), np.int32)] = np.arange(len(words), dtype=np.int32)
    every_id = np.concatenate([np.empty(0, np.int32), *ids])
    return Stream(ranks[every_id], np.concatenate([np.empty(0, np.int64), *lengths]), words)


def _parts(texts: Sequence[str], kind: Kind, processes: int | None) -> Iterator[_Part]:
    from joblib import Parallel, cpu_count, delayed

    sizes = np.cumsum([len(text) for text in texts])
    if processes is None:
        processes = cpu_count() if len(texts) and sizes[-1] >= FEW else 1
    edges = np.flatnonzero(np.diff(sizes // PART, prepend=-1)) if len(texts) else []
    cuts = [*edges, len(texts)]
    parts = (texts[start:end] for start, end in itertools.pairwise(cuts))
    if processes == 1:
        yield from (_read(part, kind) for part in parts)
        return
    # Not forked (TensorFlow may have threads by now), and the caller's script is not run again.
    settings: Any = {"backend": "loky", "batch_size": 1, "idle_worker_timeout": IDLE_SECONDS}
    settings |= {"initializer": _end_with, "initargs": (os.getpid(),)}
    workers: Any = Parallel(processes, return_as="generator", **settings)
    try:
        yield from workers(delayed(_read)(part, kind) for part in parts)
    except BrokenProcessPool as error:
        raise Unavailable(
            "A process that read the texts was ended from outside, perhaps for lack of memory; "
            "close other programs, or set LOKY_MAX_CPU_COUNT=1 to read them in one process, and start again."
        ) from error


def _end_with(parent: int) -> None:
    """End this process once its parent has ended: a pipe that was cut off is waited for without end."""
    process = psutil.Process(parent)

    def watch() -> None:
        with suppress(psutil.NoSuchProcess):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _read(texts: Sequence[str], kind: Kind) -> _Part:
    """Return ids, lengths, and the words in the order in which they were met."""
    known: defaultdict[str, int] = defaultdict()
    known.default_factory = known.__len__
    ids: list[int] = []
    lengths = np.empty(len(texts), np.int64)
    for place, text in enumerate(texts):
        before = len(ids)
        text = prepared(text)
        word = _ASCII_WORD if text.isascii() else _WORD
        ids.extend(map(known.__getitem__, text.split() if kind == "spaced" else word.findall(text)))
        lengths[place] = len(ids) - before
    return np.array(ids, np.int32), lengths, list(known)
