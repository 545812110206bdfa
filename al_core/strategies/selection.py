"""From scores to a choice: apart from scoring, and fair among ties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from al_core.strategies.base import Choice, Rows


def highest(scores: npt.NDArray[np.float64], rows: Rows, n: int, rng: np.random.Generator) -> Choice:
    """Choose the `n` rows with the highest scores, at random among equals.

    The luck of a row does not depend on where it stands in `rows`: another order of the pool
    gives the same set. Cost O(rows + n log n).
    """
    luck = np.empty(len(rows))
    luck[np.argsort(rows, kind="stable")] = rng.random(len(rows))
    if 0 < n < len(rows):
        # Only what reaches the n-th highest score can be chosen; the rest need not be sorted.
        bound = np.partition(scores, len(rows) - n)[len(rows) - n]
        near = np.flatnonzero(scores >= bound)
        order = near[np.lexsort((luck[near], -scores[near]))[:n]]
    else:
        order = np.lexsort((luck, -scores))[:n]
    return Choice(rows[order], scores[order])


def drawn(
    weights: npt.NDArray[np.float64], n: int, rng: np.random.Generator, power: float = 1.0
) -> npt.NDArray[np.intp]:
    """Return `n` different places, drawn one after the other in proportion to `weights` ** `power`.

    Places of weight 0 come last, at random among themselves; with power 0 all are alike. In
    logarithms, as a high power of a small weight would be 0. Efraimidis & Spirakis 2006, Weighted
    random sampling with a reservoir. Cost O(n log n).
    """
    exponential = rng.standard_exponential(len(weights))
    nothing = (weights <= 0) & (power > 0)
    with np.errstate(divide="ignore"):
        logs = np.where(weights > 0, np.log(np.where(weights > 0, weights, 1.0)), 0.0)
        keys = np.log(exponential) - power * logs
    return np.lexsort((keys, nothing))[:n]


def best(values: npt.NDArray[np.floating], luck: npt.NDArray[np.float64]) -> int:
    """Return the place of the largest value; of equal ones the place with the least luck value."""
    place = int(values.argmax())
    equal = np.flatnonzero(values == values[place])
    return place if len(equal) == 1 else int(equal[luck[equal].argmin()])


def filled(
    chosen: npt.NDArray[np.integer], size: int, n: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Return `chosen` places, made up to `n` of `size` with others drawn at random."""
    missing = n - len(chosen)
    if missing <= 0:
        return np.asarray(chosen[:n], np.intp)
    rest = np.setdiff1d(np.arange(size), chosen)
    return np.concatenate([chosen, rng.choice(rest, missing, replace=False)]).astype(np.intp)


def quotas(shares: Sequence[float], total: int, available: Sequence[int]) -> list[int]:
    """Cut `total` into whole numbers in proportion to `shares`, none above `available`.

    Largest remainder, so that the numbers add up to `total` exactly; what a class cannot give
    spills over to the others. Shares that are all 0 count as equal. Raises ValueError when
    `available` is too small altogether.
    """
    if sum(available) < total:
        raise ValueError(f"{total} asked for, {sum(available)} available")
    given = [0] * len(shares)
    while (rest := total - sum(given)) > 0:
        room = [limit - taken for limit, taken in zip(available, given, strict=True)]
        weights = [share if free else 0.0 for share, free in zip(shares, room, strict=True)]
        if not any(weights):
            weights = [1.0 if free else 0.0 for free in room]
        exact = [rest * weight / sum(weights) for weight in weights]
        parts = [int(value) for value in exact]
        by_remainder = sorted(range(len(parts)), key=lambda c: parts[c] - exact[c])
        for c in by_remainder[: rest - sum(parts)]:
            parts[c] += 1
        given = [taken + min(part, free) for taken, part, free in zip(given, parts, room, strict=True)]
    return given
