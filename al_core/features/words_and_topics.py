"""Words and topics side by side: exact where there are many labels, broad where there are few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.features import tfidf, tfidf_svd
from al_core.features.base import Counts
from al_core.features.reduction import emphasised, reduced
from al_core.matrix import SideBySide
from al_core.registry import Entry, Parameter


class WordsAndTopics:
    """Rows (n, columns + components) float32 of length 1: TF-IDF, and an SVD of it.

    `share` is the topics' part of a row's squared length, the words have the rest.
    """

    gives: ClassVar = "vectors"

    def __init__(self, components: int, share: float, emphasis: float, **settings: Any) -> None:
        self.components, self.share, self.emphasis = components, share, emphasis
        self._words = tfidf.Tfidf(**settings)
        self.vocabulary = self._words.vocabulary + components

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return initial and pool: every text that a person might be asked about."""
        return self._words.rows_to_fit(initial, pool)

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> SideBySide:
        """Return the vectors of all texts; words and topics come from `texts[rows]`.

        Cost and memory: those of counting, and of `from_counts`.
        """
        return self.from_counts(lambda wanted: wanted.of(texts), rows)

    def from_counts(self, counts: Callable[[Counts], Any], rows: npt.NDArray[np.int64]) -> SideBySide:
        """Return the vectors of all texts; words and topics come from the counts of `rows`.

        Cost and memory: those of TF-IDF and of `reduced`; the topics add `components` numbers a text.
        """
        words = self._words.from_counts(counts, rows)
        topics = emphasised(reduced(words, rows, tfidf_svd.SEED, self.components), rows, self.emphasis)
        words.data *= np.float32(np.sqrt(1 - self.share))
        return SideBySide(words, topics * np.float32(np.sqrt(self.share)))

    def fitted(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> tfidf_svd.FittedTopics:
        """Return what `fit_transform` makes vectors with. Cost and memory: as `fit_transform`."""
        words = self._words.fitted(texts, rows)
        return tfidf_svd.FittedTopics.of(words, rows, self.components, self.emphasis)


ENTRY = Entry(
    name="words_and_topics",
    title="Words and topics",
    help="TF-IDF and its topics side by side: broad while labels are few, exact when there are many.",
    build=WordsAndTopics,
    paper="After Deerwester et al. 1990, Indexing by latent semantic analysis; Chapelle, Weston & Schölkopf "
    "2003, Cluster kernels for semi-supervised learning",
    cost="TF-IDF and an SVD of it, the first time only",
    parameters=(
        Parameter("share", "Weight of topics", "0 is words alone, 1 topics alone.", 0.5, 0.0, 1.0),
        *tfidf_svd.PARAMETERS,
    ),
)
