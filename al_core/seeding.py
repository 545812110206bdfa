"""Every random choice comes from here: one generator per (run seed, purpose, numbers)."""

from __future__ import annotations

import hashlib

import numpy as np


def _entropy(seed: int, purpose: str, numbers: tuple[int, ...]) -> list[int]:
    word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "big")
    return [seed, word, *(number + 1 for number in numbers)]  # +1: the baseline is round -1


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Return the generator of one purpose ("split", "query", ...) in one round.

    The same arguments give the same stream on every machine; different ones give
    independent streams, so adding a random choice somewhere changes none elsewhere.
    """
    return np.random.default_rng(np.random.SeedSequence(_entropy(seed, purpose, numbers)))


def integer(seed: int, purpose: str, *numbers: int) -> int:
    """Return a 31-bit integer for libraries that want a seed instead of a generator."""
    return int(generator(seed, purpose, *numbers).integers(2**31))
