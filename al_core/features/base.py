"""The contract of features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Kind = Literal["ids", "vectors", "subwords"]
"""Word numbers for networks, vectors, or the pieces of words of a pretrained encoder."""


class Features(Protocol):
    """Turns texts into one array row each."""

    gives: ClassVar[Kind]
    """A classifier says which kind it reads."""
    vocabulary: int
    """How many different ids there are, or how many columns."""

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return the corpus rows that the features are fitted on; validation and test never."""
        ...

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> Any:
        """Fit on `texts[rows]`, then return an array or csr matrix with one row per text of `texts`."""
        ...


class Counts(Protocol):
    """What is counted in the texts of a corpus, whatever its split. Its `repr` names it in the cache."""

    def of(self, texts: Sequence[str]) -> Any:
        """Return one csr row of counts per text."""
        ...

    def named(self, texts: Sequence[str]) -> tuple[Any, Callable[[npt.NDArray[np.integer]], list[str]]]:
        """Return what `of` does, and what gives the names of columns."""
        ...


@runtime_checkable
class FromCounts(Protocol):
    """Features that are found from counts, which are dear and the same for every split of a corpus.

    The cache keeps the counts for all runs; what is fitted on some rows is found from those rows
    alone. `fit_transform` gives the same without a cache.
    """

    def from_counts(self, counts: Callable[[Counts], Any], rows: npt.NDArray[np.int64]) -> Any:
        """Fit on the counts of `rows`, then return features as `fit_transform` does.

        `counts(wanted)` gives what `wanted.of(texts)` would, perhaps from the cache: read-only.
        """
        ...


@runtime_checkable
class FromFiles(Protocol):
    """Features that are made with files outside the corpus, such as a pretrained model."""

    def fingerprint(self) -> str:
        """Return what stands for the content of those files in the key of the cache."""
        ...
