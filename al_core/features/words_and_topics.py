"""Words and topics side by side: exact where there are many labels, broad where there are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.features import tfidf, tfidf_svd
from al_core.features.reduction import reduced
from al_core.registry import Entry, Parameter

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class WordsAndTopics:
    """Rows (n, columns + components) csr float32 of length 1: TF-IDF, and an SVD of it.

    `share` is the topics' part of a row's squared length, the words have the rest.
    """

    gives: ClassVar = "vectors"

    def __init__(self, components: int, share: float, **settings: Any) -> None:
        self.components, self.share = components, share
        self._words = tfidf.Tfidf(**settings)
        self.vocabulary = self._words.vocabulary + components

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return initial and pool: every text that a person might be asked about."""
        return self._words.rows_to_fit(initial, pool)

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> csr_matrix:
        """Return the vectors of all texts; words and topics come from `texts[rows]`.

        Cost and memory: those of TF-IDF and of its SVD; the topics add `components` values a text.
        """
        from scipy.sparse import csr_matrix, hstack

        words = self._words.fit_transform(texts, rows)
        topics = csr_matrix(reduced(words, rows, tfidf_svd.SEED, self.components))
        scaled = [words * np.float32(np.sqrt(1 - self.share)), topics * np.float32(np.sqrt(self.share))]
        both: Any = hstack(scaled, format="csr", dtype=np.float32)
        both.sort_indices()
        return both


ENTRY = Entry(
    name="words_and_topics",
    title="Words and topics",
    help="TF-IDF and its topics side by side: broad while labels are few, exact when there are many.",
    build=WordsAndTopics,
    paper="After Deerwester et al. 1990, Indexing by latent semantic analysis",
    cost="TF-IDF and an SVD of it, the first time only",
    parameters=(
        Parameter("components", "Topics", "Numbers that stand for the topics of one text.", 200, 2, 2000),
        Parameter("share", "Weight of topics", "0 is words alone, 1 topics alone.", 0.5, 0.0, 1.0),
        *tfidf.PARAMETERS,
    ),
)
