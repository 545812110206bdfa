"""Whether differences over a few seeds are more than chance: Student's t, exact sign flips, families."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

ALPHA = 0.05
"""How often a difference may be claimed, in one family of comparisons, where there is none."""
MOST_EXACT = 12
"""Seeds up to which all sign flips are tried: 4,096."""


class Paired(NamedTuple):
    """What differences say, each an array (...)."""

    mean: Numbers
    sd: Numbers
    low: Numbers
    high: Numbers
    """The deciding test's own 95 % interval; NaN where it has none."""
    p: Numbers
    """The deciding one of the next two."""
    p_t: Numbers
    p_permutation: Numbers
    exact: npt.NDArray[np.bool_]
    """Whether the permutation test decides."""


def exact_from(family: int = 1) -> int:
    """Return the seeds from which the sign-flip test can claim anything among `family` comparisons.

    Its smallest p of n seeds is 2 / 2^n, which the correction multiplies by the size of the family: 6 seeds
    for one comparison, 8 for six.
    """
    return math.ceil(math.log2(2 * family / ALPHA))


def paired(differences: npt.ArrayLike, family: int = 1, rounding: npt.ArrayLike = 0.0) -> Paired:
    """Test differences (..., n) over n >= 2 seeds for a mean of zero.

    The sign-flip test decides from `exact_from(family)` to `MOST_EXACT` seeds; with fewer it could not claim
    anything, with more the t test is as good. Which one depends on n alone, never on what was measured, with
    one exception: where all differences are equal the t test has nothing to go by, and sign flips decide.
    With few seeds, the t test claims too much if differences come in two clumps, and too little if their
    tails are heavy. Intervals are the tests turned round; for sign flips: Hartigan 1969, Using subsample
    values as typical values, JASA 64. rounding (...): what is as good as zero. Memory: 2^n numbers a test.
    ValueError for fewer than 2 seeds.
    """
    from scipy.special import stdtr, stdtrit

    d = np.asarray(differences, dtype=np.float64)
    n = d.shape[-1]
    if n < 2:
        raise ValueError(f"a test takes at least 2 seeds, not {n}")
    tiny = np.broadcast_to(np.asarray(rounding, dtype=np.float64), d.shape[:-1])
    mean, sd = d.mean(axis=-1), d.std(axis=-1, ddof=1)
    constant, zero = sd <= tiny, (np.abs(d) <= tiny[..., None]).all(axis=-1)
    error = np.where(constant, np.nan, sd / math.sqrt(n))
    p_t = np.where(zero, 1.0, 2 * stdtr(n - 1.0, -np.abs(mean / error)))
    margin = stdtrit(n - 1.0, 0.975) * error
    low, high = mean - margin, mean + margin

    if n <= MOST_EXACT:
        p_permutation, exact_low, exact_high = _sign_flips(d, n * tiny)
    else:
        p_permutation = np.where(constant, 2.0 ** (1 - n), np.nan)
        exact_low, exact_high = mean, mean
    p_permutation = np.where(zero, 1.0, p_permutation)
    exact = constant | (exact_from(family) <= n <= MOST_EXACT)
    return Paired(
        mean,
        np.where(constant, 0.0, sd),
        np.where(exact, exact_low, low),
        np.where(exact, exact_high, high),
        np.where(exact, p_permutation, p_t),
        p_t,
        p_permutation,
        exact,
    )


def _sign_flips(d: Numbers, tiny: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return p (...) and the ends of the interval (...) from differences (..., n).

    Flipping the signs of some differences gives a sum at least as large as it was just where those sum to
    zero or less. So the sums of all subsets give p, and their means the interval.
    """
    n = d.shape[-1]
    every = 2**n
    subsets = ((np.arange(1, every)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    sums = d @ subsets.T
    # The empty subset is the 1: no sign flipped.
    below = 1 + (sums <= tiny[..., None]).sum(axis=-1)
    above = 1 + (sums >= -tiny[..., None]).sum(axis=-1)
    p = np.minimum(1.0, 2 * np.minimum(below, above) / every)
    tail = math.floor(ALPHA / 2 * every)
    if tail == 0:
        return p, np.full(p.shape, np.nan), np.full(p.shape, np.nan)
    means = np.partition(sums / subsets.sum(axis=1), (tail - 1, every - 1 - tail), axis=-1)
    return p, means[..., tail - 1], means[..., every - 1 - tail]


def holm(p: npt.ArrayLike) -> Numbers:
    """Return p values (..., m) of one family, corrected so that their claims hold together.

    Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
    """
    raw = np.asarray(p, dtype=np.float64)
    order = np.argsort(raw, axis=-1)
    steps = np.take_along_axis(raw, order, axis=-1) * np.arange(raw.shape[-1], 0, -1)
    grown = np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0)
    found = np.empty_like(raw)
    np.put_along_axis(found, order, grown, axis=-1)
    return found
