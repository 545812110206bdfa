"""TF-IDF of words and of words in a row, as sparse rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.errors import BadInput
from al_core.registry import Entry, Parameter

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Kana and Han characters: no spaces part their words, so each counts as a word of its own."""
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e"
"""Vowel signs and accents, which Python's own idea of a word leaves out."""
_PICTURES = "\u2600-\u27bf\U0001f300-\U0001faff"
_TOKEN = f"[{_UNSPACED}]|(?:[^\\W{_UNSPACED}]|[{_MARKS}]){{2,}}|[{_PICTURES}]"
"""Words of at least two characters, single characters where words are not spaced, and emoji."""

FLOAT32: Any = np.float32
"""Of the counts; scikit-learn's type hint knows integers only."""


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

        Cost: one pass over the words, on one core. Memory: every different word and pair of the
        texts while it counts (about 100 bytes each), then twice the stored values.
        """
        from scipy.sparse import csr_matrix, vstack
        from sklearn.feature_extraction.text import TfidfTransformer

        vectorizer, counts = self._counted([texts[int(row)] for row in rows])
        # Stable, so that words that are equally frequent are taken from a to z on every machine.
        most_frequent = np.argsort(-np.asarray(counts.sum(axis=0)).ravel(), kind="stable")
        columns = np.sort(most_frequent[: self.vocabulary])
        counts = counts[:, columns]
        weights = TfidfTransformer(sublinear_tf=True).fit(counts)
        rest = np.setdiff1d(np.arange(len(texts)), rows)
        if len(rest):
            others = vectorizer.transform([texts[int(row)] for row in rest])[:, columns]
            counts = csr_matrix(vstack([counts, others]))
        place = np.empty(len(texts), np.int64)
        place[np.concatenate([rows, rest])] = np.arange(len(texts))
        found = csr_matrix(weights.transform(counts[place], copy=False))
        found.sort_indices()
        return found

    def _counted(self, texts: list[str]) -> tuple[Any, Any]:
        """Count words; rare ones too if there are no others, as in a handful of texts."""
        for rarest in dict.fromkeys([min(self.rarest, len(texts)), 1]):
            vectorizer = self._counter(rarest)
            try:
                return vectorizer, vectorizer.fit_transform(texts)
            except ValueError:  # "empty vocabulary", or "no terms remain"
                continue
        raise BadInput(
            "The initial set and the pool hold no word of two letters or more, so TF-IDF has nothing to "
            "count; choose another corpus, or keep its stop words."
        )

    def _counter(self, rarest: int) -> Any:
        """Return what finds and counts the words of texts."""
        from sklearn.feature_extraction.text import CountVectorizer

        return CountVectorizer(
            preprocessor=prepared,
            token_pattern=_TOKEN,
            ngram_range=(1, self.longest),
            min_df=rarest,
            stop_words="english" if self.stop_words else None,
            dtype=FLOAT32,
        )


def prepared(text: str) -> str:
    """Return the text in lower case, an accented letter as one character however it was typed."""
    return unicodedata.normalize("NFC", text.lower())


PARAMETERS = (
    Parameter("longest", "Words in a row", "2 also counts pairs of words, 3 also triples.", 2, 1, 3),
    Parameter(
        "rarest", "Rarest word", "Texts that a word must stand in; rarer ones are left out.", 2, 1, 1_000_000
    ),
    Parameter(
        "vocabulary",
        "Vocabulary",
        "How many different words and pairs are known, the most frequent ones.",
        100_000,
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
