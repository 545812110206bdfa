"""Topics: TF-IDF in a few hundred dense numbers, learned from texts without labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.features import reduction, tfidf
from al_core.features.base import Counts
from al_core.features.reduction import Emphasis, Projection, emphasised, projected, reduced
from al_core.registry import Entry, Parameter

SEED = 0
"""Of the randomised SVD: the same for all runs, which share the result."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedTopics:
    """What topics are made with: all that a text outside the corpus needs for its vector."""

    words: tfidf.FittedWords
    projection: Projection | None
    """None where there are no more words than topics."""
    emphasis: Emphasis | None
    """None where there was nothing to learn from."""

    @classmethod
    def of(
        cls, words: tfidf.FittedWords, rows: npt.NDArray[np.int64], components: int, emphasis: float
    ) -> FittedTopics:
        """Find the topics of `words` once more. Cost and memory: those of `reduced` and `emphasised`."""
        topics, projection = projected(words.vectors, rows, SEED, components)
        return cls(words, projection, reduction.emphasis(topics, rows, emphasis))


class TfidfSvd:
    """Rows (n, components) float32 of length 1; a text without a known word is a row of zeros."""

    gives: ClassVar = "vectors"

    def __init__(self, components: int, emphasis: float, **settings: Any) -> None:
        self.vocabulary, self.emphasis = components, emphasis
        self._words = tfidf.Tfidf(**settings)

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return initial and pool: every text that a person might be asked about."""
        return self._words.rows_to_fit(initial, pool)

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the vectors of all texts; words, weights and topics come from `texts[rows]`.

        Cost and memory: those of counting, and of `from_counts`.
        """
        return self.from_counts(lambda wanted: wanted.of(texts), rows)

    def from_counts(
        self, counts: Callable[[Counts], Any], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Return the vectors of all texts; words, weights and topics come from the counts of `rows`.

        A corpus with fewer words than `components` gets a column for each word. Cost and memory:
        those of TF-IDF, of `reduced` and of `emphasised`.
        """
        topics = reduced(self._words.from_counts(counts, rows), rows, SEED, self.vocabulary)
        return emphasised(topics, rows, self.emphasis)

    def fitted(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> FittedTopics:
        """Return what `fit_transform` makes vectors with. Cost and memory: as `fit_transform`."""
        return FittedTopics.of(self._words.fitted(texts, rows), rows, self.vocabulary, self.emphasis)


PARAMETERS = (
    Parameter("components", "Topics", "Numbers that stand for the topics of one text.", 200, 2, 2000),
    Parameter(
        "emphasis",
        "Emphasis",
        "On common topics. 1 is plain latent semantic analysis; more leaves less to topics of few texts, "
        "which a few labels cannot teach.",
        2.0,
        1.0,
        4.0,
    ),
    *tfidf.PARAMETERS,
)


ENTRY = Entry(
    name="tfidf_svd",
    title="Topics (TF-IDF, reduced)",
    help="What words occur together, in a few hundred numbers a text. Often needs fewer labels.",
    build=TfidfSvd,
    paper="Deerwester et al. 1990, Indexing by latent semantic analysis; Chapelle, Weston & Schölkopf 2003, "
    "Cluster kernels for semi-supervised learning",
    link="https://doi.org/10.1002/(SICI)1097-4571(199009)41:6%3C391::AID-ASI1%3E3.0.CO;2-9",
    cost="TF-IDF and an SVD of it, the first time only",
    parameters=PARAMETERS,
)
