from __future__ import annotations

from al_core.seeding import generator, integer


def test_streams_are_fixed_for_ever():
    """A stored run must still be resumable: these numbers may not change."""
    assert integer(0, "weights", -1) == integer(0, "weights", -1)
    assert generator(7, "query", 3).integers(1000, size=3).tolist() == FIXED


def test_streams_differ():
    drawn = {integer(seed, purpose, n) for seed in (0, 1) for purpose in ("a", "b") for n in (-1, 0, 1)}
    assert len(drawn) == 12


FIXED = [975, 722, 5]
