"""Matrices that are dense, sparse, or both side by side."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random

from al_core.matrix import SideBySide, is_finite, is_sparse

WORDS = csr_matrix(random(9, 40, 0.2, random_state=0, dtype=np.float32))
TOPICS = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
BOTH = SideBySide(WORDS, TOPICS)
DENSE = np.concatenate([WORDS.toarray(), TOPICS], axis=1)


def test_side_by_side_is_one_matrix():
    assert BOTH.shape == DENSE.shape and BOTH.dtype == np.float32 and is_sparse(BOTH)
    np.testing.assert_array_equal(BOTH.toarray(), DENSE)
    one = BOTH.tocsr()
    np.testing.assert_array_equal(one.toarray(), DENSE)
    assert one.format == "csr" and one.has_sorted_indices
    slopes = np.random.default_rng(1).normal(size=(43, 2))
    np.testing.assert_allclose(BOTH @ slopes, DENSE @ slopes, atol=1e-6)


@pytest.mark.parametrize("rows", [np.array([3, 1, 1]), slice(2, 5), np.arange(9) > 4, np.empty(0, int)])
def test_rows_of_side_by_side(rows):
    np.testing.assert_array_equal(BOTH[rows].toarray(), DENSE[rows])
    np.testing.assert_array_equal(BOTH[rows].tocsr().toarray(), DENSE[rows])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_found_wherever_it_stands(value):
    for place in range(4):
        x = np.arange(1.0, 5.0).reshape(2, 2)
        assert is_finite(x) and is_finite(csr_matrix(x))
        x.flat[place] = value
        assert not is_finite(x) and not is_finite(csr_matrix(x))
    assert is_finite(np.empty((0, 3))) and is_finite(csr_matrix((2, 3)))
