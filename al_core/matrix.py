"""Matrices that may be dense or sparse rows: the few things that both must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from typing_extensions import TypeIs


class Sparse(Protocol):
    """What is used here of scipy's csr matrices, which pages need not import for it."""

    shape: tuple[int, int]
    data: npt.NDArray[Any]
    indices: npt.NDArray[Any]
    indptr: npt.NDArray[Any]
    T: Any

    def tocsr(self) -> Any:
        """Return rows in compressed form."""
        ...

    def toarray(self) -> npt.NDArray[Any]:
        """Return a dense copy."""
        ...

    def multiply(self, other: Any) -> Any:
        """Return products, value by value."""
        ...

    def sum_duplicates(self) -> None:
        """Bring the rows into their one canonical form, in place."""
        ...

    def mean(self, axis: int) -> Any:
        """Return the mean along an axis."""
        ...

    def __getitem__(self, places: Any) -> Any: ...

    def __matmul__(self, other: Any) -> Any: ...


Dense: TypeAlias = npt.NDArray[np.floating[Any]]
Matrix: TypeAlias = Dense | Sparse
"""One row per text: a dense array, or scipy's csr."""


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Sparse columns, and dense ones to their right: what is dense takes 4 bytes a value, not 8.

    Does what classifiers and the cycle ask of a csr matrix; `tocsr` makes one, for whatever asks more.
    """

    words: Any
    """csr (n, w)."""
    dense: Dense
    """(n, d)."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, and columns of both parts."""
        return self.words.shape[0], self.words.shape[1] + self.dense.shape[1]

    @property
    def dtype(self) -> Any:
        """Type of the values of both parts."""
        return self.dense.dtype

    def tocsr(self) -> Any:
        """Return one csr matrix, in which each dense value is stored with its column."""
        from scipy.sparse import csr_matrix, hstack

        both: Any = [self.words, csr_matrix(self.dense)]
        return hstack(both, format="csr", dtype=self.dtype)

    def toarray(self) -> npt.NDArray[Any]:
        """Return a dense copy."""
        return np.concatenate([self.words.toarray(), self.dense], axis=1)

    def __getitem__(self, rows: Any) -> SideBySide:
        return SideBySide(self.words[rows], self.dense[rows])

    def __matmul__(self, other: Dense) -> Dense:
        width = self.words.shape[1]
        return np.asarray(self.words @ other[:width] + self.dense @ other[width:])


BLOCK_BYTES = 64 * 2**20
"""Memory that one block of distances may take."""


def is_sparse(x: Matrix) -> TypeIs[Sparse]:
    """Tell a sparse matrix from an array, without importing scipy."""
    return hasattr(x, "tocsr")


def is_finite(x: Matrix) -> bool:
    """Tell whether every stored value is a number."""
    values = x.data if is_sparse(x) else x
    return values.size == 0 or bool(np.isfinite(values.min()) and np.isfinite(values.max()))


def stack(one: Matrix, other: Matrix) -> Matrix:
    """Return the rows of both, one matrix below the other."""
    if is_sparse(one):
        from scipy.sparse import vstack

        both: Any = [one, other]
        stacked: Any = vstack(both, format="csr")
        return stacked
    return np.concatenate([one, np.asarray(other)])


def squared_norms(x: Matrix) -> npt.NDArray[np.float64]:
    """Return the squared Euclidean length of each row; (n, d) -> (n,). Memory O(n + nnz)."""
    if is_sparse(x):
        return np.asarray(x.multiply(x).sum(axis=1), dtype=np.float64).ravel()
    return np.einsum("ij,ij->i", x, x, dtype=np.float64)


def unit_rows(x: Matrix) -> Matrix:
    """Return the rows at length 1 (rows of zeros stay), in a new matrix."""
    lengths = np.sqrt(squared_norms(x))
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    if is_sparse(x):
        from scipy.sparse import diags

        return diags(scale) @ x
    return np.asarray(x * scale[:, None].astype(x.dtype, copy=False))


def row(x: Matrix, place: int) -> npt.NDArray[np.float64]:
    """Return one row as a dense vector (d,)."""
    return np.asarray(x[place].toarray()).ravel() if is_sparse(x) else np.asarray(x[place])


def products(x: Matrix, y: Matrix) -> Dense:
    """Return all inner products of the rows of `x` with those of `y`, dense (n, m)."""
    found = x @ y.T
    return np.asarray(found.toarray() if is_sparse(found) else found)


def blocks(rows: int, columns: int) -> list[slice]:
    """Cut `rows` so that a float64 block of (part, columns) stays within `BLOCK_BYTES`."""
    size = max(1, BLOCK_BYTES // (8 * max(1, columns)))
    return [slice(start, min(rows, start + size)) for start in range(0, rows, size)]


def squared_distances(x: Matrix, y: Matrix) -> npt.NDArray[np.float64]:
    """Return squared Euclidean distances (n, m), none below 0. The caller keeps n x m small.

    Through inner products, whose rounding counts as 0: rows that are equal are 0 apart.
    """
    both = squared_norms(x)[:, None] + squared_norms(y)[None, :]
    found = both - 2.0 * products(x, y)
    found[found <= rounding(x) * both] = 0.0
    return found


def rounding(x: Matrix) -> float:
    """Return the share of two squared lengths below which their squared distance is rounding."""
    return 8.0 * float(np.finfo(x.data.dtype if is_sparse(x) else x.dtype).eps)
