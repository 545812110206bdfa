"""How long the rest of a sweep takes, from what its own runs took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

from al_core.store.states import ACTIVE
from al_core.store.sweeps import TimedRun

OPEN = ("queued", *ACTIVE, "interrupted")
"""States of runs that are still to be carried out. One that broke off is no less work than one that waits."""


def seconds_left(
    runs: Sequence[TimedRun], planned: Callable[[str], float | None], slots: int
) -> float | None:
    """Return about how long the open runs take on so many slots; None if none is, or before one is finished.

    planned: the seconds of a run by its id, for a classifier and corpus of which none is finished yet.
    """
    done = [run for run in runs if run.state == "finished" and run.seconds is not None]
    rest = [run for run in runs if run.state in OPEN]
    if not done or not rest:
        return None
    measured = _means(done)
    total = longest = 0.0
    for run in rest:
        # As the runs that differ by their seed, else as those of another strategy.
        whole = measured.get(run.kind, measured.get(run.kind[:2]))
        if whole is None:
            if (whole := planned(run.id)) is None:
                return None
            measured[run.kind] = whole
        seconds = whole * (1 - min(1.0, run.fraction))
        total, longest = total + seconds, max(longest, seconds)
    # No run is carried out on two slots at once.
    return max(longest, total / min(slots, len(rest)))


def _means(done: Sequence[TimedRun]) -> dict[tuple[str | None, ...], float]:
    seconds: dict[tuple[str | None, ...], list[float]] = {}
    for run in done:
        for kind in (run.kind, run.kind[:2]):
            seconds.setdefault(kind, []).append(run.seconds or 0.0)
    return {kind: fmean(each) for kind, each in seconds.items()}
