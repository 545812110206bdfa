"""How often words, words in a row, or pieces of words stand in each text: counted once for a corpus."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from al_core.features.word_stream import read

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix

BAND = 2**23
"""Runs of words that are sorted at a time."""
PRODUCT = 2**24
"""Pieces of words that are summed at a time."""

Ids = npt.NDArray[np.integer]
Names = Callable[[Ids], list[str]]
"""From columns to what is counted in them."""


@dataclass(frozen=True, slots=True)
class Words:
    """Counts of words, and of up to `longest` words in a row, that stand in at least `rarest` texts.

    The numbers and columns (from a to z) of scikit-learn's CountVectorizer.
    """

    longest: int
    rarest: int
    stop_words: bool
    """Whether English stop words are left out; what is beside them stands in a row then."""

    def of(self, texts: Sequence[str], processes: int | None = None) -> csr_matrix:
        """Return counts (n, columns) csr, in the smallest unsigned integers that hold them.

        A run of words stands in no more texts than any part of it. So what is too rare is dropped
        before longer runs are looked at (Agrawal & Srikant 1994, Fast algorithms for mining
        association rules), and no run is ever held as a string. Raises as `read` does. Cost: reading
        the texts, then a sort for each length. Memory: 30 bytes a word of the corpus, and up to
        500 MB for a band of it.
        """
        return self._counts(texts, processes)[0]

    def named(self, texts: Sequence[str]) -> tuple[csr_matrix, Names]:
        """Return what `of` does, and what gives a column its name: words in a row with spaces between.

        Cost and memory: those of `of`, and a string for each name that is asked for.
        """
        counts, runs, words = self._counts(texts, None)

        def names(columns: Ids) -> list[str]:
            return [" ".join(words[rank] for rank in runs[column] if rank >= 0) for column in columns]

        return counts, names

    def _counts(self, texts: Sequence[str], processes: int | None) -> tuple[csr_matrix, Ids, list[str]]:
        """Return counts, each column's run as ranks (columns, longest) with -1 after its end, the words."""
        from scipy.sparse import hstack

        stream = read(texts, "words", processes)
        ids, rows, n = stream.ids, stream.rows, len(texts)
        if self.stop_words:
            from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

            stays = ~np.fromiter((word in ENGLISH_STOP_WORDS for word in stream.words), bool)[ids]
            ids, rows = ids[stays], rows[stays]
        level = _counted(ids, np.zeros_like(ids), rows, (len(stream.words), 1, n), self.rarest)
        known, frequent = len(level.heads), [stream.words[head] for head in level.heads]
        numbers = np.full(len(stream.words), -1, np.int32)
        numbers[level.heads] = np.arange(known)
        ids = numbers[ids]
        levels, runs = [level.counts], ids
        names: list[Ids] = [np.arange(known)[:, None]]
        for last in range(1, self.longest):
            ends = max(0, len(ids) - last)
            begin = np.flatnonzero((runs[:ends] >= 0) & (ids[last:] >= 0) & (rows[:ends] == rows[last:]))
            heads, tails = runs[begin], ids[begin + last]
            level = _counted(heads, tails, rows[begin], (len(names[-1]), known, n), self.rarest)
            levels.append(level.counts)
            names.append(np.column_stack([names[-1][level.heads], level.tails]))
            if last + 1 < self.longest:
                runs = np.full_like(runs, -1)
                runs[begin] = _numbered(
                    heads.astype(np.int64) * known + tails, level.heads * known + level.tails
                )
        together: Any = hstack(levels, format="csc")
        padded = _padded(names)
        order = _from_a_to_z(padded)
        return together[:, order].tocsr(), padded[order], frequent


@dataclass(frozen=True, slots=True)
class Pieces:
    """Counts of `shortest` to `longest` characters in a row, inside words and at their edges.

    The numbers and columns of scikit-learn's CountVectorizer with its analyzer "char_wb".
    """

    shortest: int
    longest: int
    rarest: int

    def of(self, texts: Sequence[str], processes: int | None = None) -> csr_matrix:
        """Return counts (n, columns) csr, in the smallest unsigned integers that hold them.

        Words are counted, and each different word is cut up once. Raises as `read` does. Cost:
        reading the texts, then a sparse product. Memory: the result twice over, a block of a
        product (400 MB), and every different word and piece.
        """
        return self._counts(texts, processes)[0]

    def named(self, texts: Sequence[str]) -> tuple[csr_matrix, Names]:
        """Return what `of` does, and what gives a column its name: the piece. Cost and memory: as `of`."""
        counts, pieces = self._counts(texts, None)
        return counts, lambda columns: [pieces[column] for column in columns]

    def _counts(self, texts: Sequence[str], processes: int | None) -> tuple[csr_matrix, list[str]]:
        from scipy.sparse import csr_matrix, vstack

        stream = read(texts, "spaced", processes)
        shape = (len(stream.words), 1, len(texts))
        words = _counted(stream.ids, np.zeros_like(stream.ids), stream.rows, shape, 1)
        pieces, names = self._pieces(stream.words)
        counts: Any = words.counts.tocsr().astype(np.int32)
        work = np.concatenate([[0], np.cumsum(counts @ np.diff(pieces.indptr).astype(np.int64))])
        blocks: list[Any] = [csr_matrix((0, pieces.shape[1]), dtype=np.uint8)]
        for start, end in _cuts(work, PRODUCT, len(texts)):
            blocks.append(counts[start:end] @ pieces)
            blocks[-1].data = _smallest(blocks[-1].data)
        found: Any = vstack(blocks, format="csr")
        frequent = np.flatnonzero(np.bincount(found.indices, minlength=found.shape[1]) >= self.rarest)
        found = found[:, frequent]
        found.sort_indices()
        return found, [names[column] for column in frequent]

    def _pieces(self, words: list[str]) -> tuple[Any, list[str]]:
        """Return how often each piece stands in each word (words, pieces), and the pieces, from a to z."""
        from scipy.sparse import csr_matrix

        known: dict[str, int] = {}
        ids = array("i")
        ends = np.zeros(len(words) + 1, np.int64)
        for place, word in enumerate(words, start=1):
            for piece in self._cut(f" {word} "):
                ids.append(known.setdefault(piece, len(known)))
            ends[place] = len(ids)
        names = sorted(known)
        ranks = np.empty(len(known), np.int32)
        ranks[np.fromiter((known[piece] for piece in names), np.int32)] = np.arange(len(known))
        columns = ranks[np.array(ids, np.int32)]
        found = csr_matrix((np.ones(len(ids), np.int32), columns, ends), shape=(len(words), len(known)))
        found.sum_duplicates()
        return found, names

    def _cut(self, word: str) -> Iterator[str]:
        for length in range(self.shortest, self.longest + 1):
            if length >= len(word):
                yield word  # once, however much longer the pieces may be
                return
            for start in range(len(word) - length + 1):
                yield word[start : start + length]


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Runs of one length, sorted: each is one of the runs a word shorter (`heads`), and a last word."""

    heads: Ids
    tails: Ids
    counts: csc_matrix


def _counted(heads: Ids, tails: Ids, rows: Ids, shape: tuple[int, int, int], rarest: int) -> _Level:
    """Count the pairs of `heads` and `tails`, of which one stands at each place of the corpus.

    `shape` holds the number of different heads, tails and rows. A pair and its row make one number,
    so that sorting numbers brings equal ones together. In bands of heads, for the sake of memory.
    """
    from scipy.sparse import csc_matrix

    n_heads, n_tails, n = shape
    found: list[tuple[Ids, ...]] = [(np.empty(0, np.int64),) * 2 + (np.empty(0, np.uint8),) * 2]
    most_heads = 2**62 // max(1, n_tails * n)  # so that a number stays within 64 bits
    ends = np.concatenate([[0], np.cumsum(np.bincount(heads, minlength=n_heads))])
    for low, high in _cuts(ends, BAND, n_heads, most_heads):
        here = slice(None) if (low, high) == (0, n_heads) else (heads >= low) & (heads < high)
        keys = ((heads[here].astype(np.int64) - low) * n_tails + tails[here]) * n + rows[here]
        keys.sort()
        begin = np.flatnonzero(np.diff(keys, prepend=-1))
        times = np.diff(begin, append=len(keys))
        pairs, texts = np.divmod(keys[begin], n)
        del keys
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        frequency = np.diff(first, append=len(pairs))
        frequent = frequency >= rarest
        inside = np.repeat(frequent, frequency)
        found.append(
            (
                pairs[first[frequent]] + low * n_tails,
                frequency[frequent],
                texts[inside].astype(np.int32),
                _smallest(times[inside]),
            )
        )
    pairs, frequency, texts, times = (np.concatenate(each) for each in zip(*found, strict=True))
    ends = np.concatenate([[0], np.cumsum(frequency)])
    counts = csc_matrix((times, texts, ends), shape=(n, len(pairs)))
    kept_heads, kept_tails = np.divmod(pairs, max(1, n_tails))
    return _Level(kept_heads, kept_tails, counts)


def _numbered(runs: Ids, known: Ids) -> Ids:
    """Return the place of each run among the sorted `known` ones, -1 for one that is not there."""
    if len(known) == 0:
        return np.full(len(runs), -1, np.int32)
    places = np.minimum(np.searchsorted(known, runs), len(known) - 1).astype(np.int32)
    places[known[places] != runs] = -1
    return places


def _padded(names: list[Ids]) -> Ids:
    """Return runs of several lengths, given by the ranks of their words, as one array with -1 at the end."""
    longest = len(names)
    padded = [np.pad(each, ((0, 0), (0, longest - each.shape[1])), constant_values=-1) for each in names]
    return np.concatenate(padded)


def _from_a_to_z(runs: Ids) -> Ids:
    """Return the order of runs. A space comes before every character of a word: shorter ones are first."""
    return np.lexsort(runs.T[::-1])


def _smallest(counts: Ids) -> Ids:
    return counts.astype(np.min_scalar_type(counts.max(initial=0)))


def _cuts(ends: Ids, most: int, n: int, longest: int | None = None) -> Iterator[tuple[int, int]]:
    """Cut 0 to n into stretches of which none holds more than `most`, if it is not a single one.

    `ends` (n + 1,): what stands before each place. `longest`: the most places of a stretch.
    """
    start = 0
    while start < n:
        end = int(np.searchsorted(ends, ends[start] + most, side="right")) - 1
        end = min(max(end, start + 1), n, start + (longest or n))
        yield start, end
        start = end
