"""TF-IDF of words and of words in a row, as sparse rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.errors import BadInput
from al_core.features.base import Counts
from al_core.features.counting import Words
from al_core.registry import Entry, Parameter

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True, slots=True, eq=False)
class FittedWords:
    """What TF-IDF has found."""

    names: list[str]
    """Of the columns."""
    weights: npt.NDArray[np.float32]
    """The logarithm of how few texts have a word, for each column."""
    vectors: csr_matrix
    """The rows of all texts."""


class Tfidf:
    """Rows (n, columns) csr float32 of length 1; a text without a known word is a row of zeros.

    Salton & Buckley 1988, Term-weighting approaches in automatic text retrieval: 1 + log of the
    count in the text, times the log of how few texts have the word.
    """

    gives: ClassVar = "vectors"

    def __init__(self, longest: int, rarest: int, vocabulary: int, stop_words: bool) -> None:
        self.longest, self.rarest = longest, rarest
        self.vocabulary, self.stop_words = vocabulary, stop_words

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return initial and pool: every text that a person might be asked about."""
        return np.union1d(initial, pool)

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> csr_matrix:
        """Return the vectors of all texts; words and their weights come from `texts[rows]`.

        Cost and memory: those of counting, and of `from_counts`.
        """
        return self.from_counts(lambda wanted: wanted.of(texts), rows)

    def from_counts(self, counts: Callable[[Counts], Any], rows: npt.NDArray[np.int64]) -> csr_matrix:
        """Return the vectors of all texts; words and their weights come from the counts of `rows`.

        Raises `BadInput` where there is nothing to count. Cost: a few passes over the counts; 2 s for
        50,000 reviews. Memory: the result (8 bytes a value), and as much again while it is made.
        """
        every, columns = self._known(counts, rows)
        return _weighted(every, columns, rows)[0]

    def fitted(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> FittedWords:
        """Return what `fit_transform` does, and what a text outside the corpus needs for its vector.

        Raises `BadInput` where there is nothing to count. Cost and memory: those of counting, of
        `from_counts`, and of a string for each column.
        """
        names: Any = None

        def counts(wanted: Counts) -> Any:
            nonlocal names
            found, names = wanted.named(texts)
            return found

        every, columns = self._known(counts, rows)
        vectors, weights = _weighted(every, columns, rows)
        return FittedWords(names(columns), weights, vectors)

    def _known(self, counts: Callable[[Counts], Any], rows: npt.NDArray[np.int64]) -> tuple[Any, Any]:
        """Return counts, and the columns that are frequent in `rows`.

        A word stands in no fewer texts of the corpus than of `rows`, so the counts of the corpus have
        all that are not too rare. Rare ones count if there are no others, as in a handful of texts.
        """
        for rarest in dict.fromkeys([min(self.rarest, len(rows)), 1]):
            every = counts(self._counting(rarest))
            fitted = every[rows]
            frequent = np.flatnonzero(np.bincount(fitted.indices, minlength=every.shape[1]) >= rarest)
            if len(frequent):
                times = np.bincount(fitted.indices, fitted.data, minlength=every.shape[1])[frequent]
                # Stable, so that words that are equally frequent are taken from a to z on every machine.
                return every, np.sort(frequent[np.argsort(-times, kind="stable")[: self.vocabulary]])
        raise BadInput(
            "The initial set and the pool hold no word of two letters or more, so TF-IDF has nothing to "
            "count; choose another corpus, or keep its stop words."
        )

    def _counting(self, rarest: int) -> Counts:
        """Return what is counted in texts."""
        return Words(self.longest, rarest, self.stop_words)


def _weighted(
    every: Any, columns: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> tuple[csr_matrix, npt.NDArray[np.float32]]:
    """Return vectors from the counts in `columns`, and the weight of each column in the texts of `rows`."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfTransformer

    every = csr_matrix((every.data.astype(np.float32), every.indices, every.indptr), shape=every.shape)
    known = every[:, columns]
    weights: Any = TfidfTransformer(sublinear_tf=True).fit(known[rows])
    found = csr_matrix(weights.transform(known, copy=False))
    found.sort_indices()
    return found, weights.idf_


PARAMETERS = (
    Parameter("longest", "Words in a row", "2 also counts pairs of words, 3 also triples.", 2, 1, 3),
    Parameter(
        "rarest", "Rarest word", "Texts that a word must stand in; rarer ones are left out.", 2, 1, 1_000_000
    ),
    Parameter(
        "vocabulary",
        "Vocabulary",
        "How many different words and pairs are known, the most frequent ones.",
        300_000,
        1,
        10_000_000,
        advanced=True,
    ),
    Parameter(
        "stop_words",
        "Leave out English stop words",
        "The, of, and, not, ... Some of them matter: not good is not good.",
        False,
        advanced=True,
    ),
)

ENTRY = Entry(
    name="tfidf",
    title="Words and pairs (TF-IDF)",
    help="Which words and pairs of words a text has, the telling ones weighted more. Fitted without labels.",
    build=Tfidf,
    paper="Salton & Buckley 1988, Term-weighting approaches in automatic text retrieval",
    link="https://doi.org/10.1016/0306-4573(88)90021-0",
    cost="One pass over the words of all texts, the first time only",
    parameters=PARAMETERS,
)
