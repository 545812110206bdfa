from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.seeding import generator
from al_core.strategies.scores import least_confidence
from al_core.strategies.selection import highest, quotas


def test_least_confidence_by_hand():
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
    np.testing.assert_allclose(least_confidence(p), [0.1, 0.4, 0.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(0, 2**31))
def test_highest_takes_the_highest(scores, seed):
    values = np.array(scores)
    n = max(1, len(values) // 2)
    choice = highest(values, np.arange(len(values)) * 3, n, generator(seed, "query", 0))
    assert choice.scores is not None
    np.testing.assert_array_equal(choice.scores, np.sort(values)[::-1][:n])
    np.testing.assert_array_equal(values[choice.rows // 3], choice.scores)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_quotas_are_exact_and_within_what_there_is(classes, part):
    shares, available = [c[0] for c in classes], [c[1] for c in classes]
    total = int(part * sum(available))
    given_ = quotas(shares, total, available)
    assert sum(given_) == total
    assert all(0 <= taken <= limit for taken, limit in zip(given_, available, strict=True))


def test_quotas_by_largest_remainder():
    assert quotas([290, 538], 5000, [10_000, 10_000]) == [1751, 3249]
    assert quotas([1, 1, 1], 10, [9, 9, 9]) == [4, 3, 3]
    assert quotas([0, 0], 5, [1, 9]) == [1, 4]
    assert quotas([5, 1], 6, [2, 9]) == [2, 4]
    with pytest.raises(ValueError, match="available"):
        quotas([1], 2, [1])
