"""Go on or stop? What the next labels may be expected to bring, and what stopping criteria say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core import seeding
from al_core.labelling.curve import Curve
from al_core.stopping import REGISTRY, Verdict

NEXT = 100
"""Labels whose gain is estimated."""
WINDOW = 8
"""Models that the estimate looks back on, at most."""
LEAST_MODELS = 4
LEAST_RANDOM = 30
"""Random labels below which no estimate of a gain means anything."""
DRAWS = 500
WORTH = 0.01
"""A gain in accuracy that is worth `NEXT` labels: one point. Told with the advice."""
CRITERIA = ("kappa", "classification_change", "plateau", "uncertainty")
"""Criteria plotted as evidence, at their own defaults."""

Call = Literal["too early", "go on", "soon", "stop"]


@dataclass(frozen=True, slots=True)
class Gain:
    """What the next `labels` labels are expected to add to accuracy, with a 95 % interval."""

    labels: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Advice:
    """One word, one sentence, and what it rests on."""

    call: Call
    words: str
    gain: Gain | None
    changed: float | None
    """Share of texts of the pool that changed their predicted class over the last `NEXT` labels: accuracy
    cannot have moved by more. None while there are fewer labels, or where no stop set was kept."""
    verdicts: tuple[Verdict, ...]


def advise(curve: Curve, seed: int = 0) -> Advice:
    """Return the advice after the newest model.

    Stop only where the expected gain is small and is surely below `WORTH`: by its interval, or because
    the model has hardly changed its mind on the pool, which bounds what accuracy can have gained
    (Bloodgood & Vijay-Shanker 2009 stop where predictions have settled, by kappa).
    """
    history = curve.observations()
    verdicts = tuple(REGISTRY[name].create({}).check(history) for name in CRITERIA) if history else ()
    moved = changed(curve)
    if len(curve.versions) < LEAST_MODELS or len(curve.drawn) < LEAST_RANDOM:
        return Advice("too early", _too_early(curve), None, moved, verdicts)
    found = gain(curve.right, np.array([each.spent for each in curve.versions], np.float64), seed)
    if found is None:
        words = "Too early to say: the last models learned from the same labels."
        return Advice("too early", words, None, moved, verdicts)
    words = f"The next {found.labels:,} labels may add {100 * found.value:+.1f} points of accuracy"
    words += f" (95%: {100 * found.low:+.1f} to {100 * found.high:+.1f})"
    if moved is not None:
        words += f"; the last {NEXT:,} changed the prediction of {moved:.1%} of the texts"
    if found.value >= WORTH:
        return Advice("go on", f"{words}.", found, moved, verdicts)
    if found.high < WORTH or (moved is not None and moved < WORTH):
        return Advice("stop", f"{words}. More labels hardly pay.", found, moved, verdicts)
    return Advice("soon", f"{words}. More may soon hardly pay.", found, moved, verdicts)


def changed(curve: Curve) -> float | None:
    """Return the share of the stop set that the newest model sees otherwise than `NEXT` labels ago."""
    if not curve.versions:
        return None
    newest = curve.versions[-1]
    before = [each for each in curve.versions if each.spent <= newest.spent - NEXT]
    if not before:
        return None
    one, other = (np.array(each.details["stop_set"]["predicted"], np.int32) for each in (before[-1], newest))
    return float((one != other).mean()) if len(one) else None


def gain(
    right: npt.NDArray[np.bool_], spent: npt.NDArray[np.float64], seed: int, labels: int = NEXT
) -> Gain | None:
    """Return the expected gain of the next `labels` labels; None where the curve has no width.

    right: (versions, n), which random texts each version has right; spent: (versions,). A
    least-squares line of accuracy on the logarithm of the labels over the last `WINDOW` models, and
    the middle 95 % of the lines of redrawn texts: all models are measured on the same ones, so what
    is easy or hard among them falls out.
    """
    right, spent = right[-WINDOW:], spent[-WINDOW:]
    x = np.log(spent)
    x = x - x.mean()
    if len(x) < 2 or float(x @ x) == 0.0 or not right.shape[1]:
        return None
    ahead = float(np.log1p(labels / spent[-1]))
    slopes = x @ right / float(x @ x)  # of each text; the curve's is their mean
    rng = seeding.generator(seed, "expected gain")
    n = right.shape[1]
    drawn = rng.multinomial(n, np.full(n, 1.0 / n), size=DRAWS) @ slopes / n
    low, high = np.percentile(drawn, [2.5, 97.5]) * ahead
    return Gain(labels, float(slopes.mean() * ahead), float(low), float(high))


def verdict_frame(curve: Curve) -> pd.DataFrame:
    """Return what each criterion said after each version, as `figures.stopping_criteria` reads it."""
    history, lines = curve.observations(), []
    # A label that people become divided on counts no more, but was spent.
    spent = np.maximum.accumulate([each.labels for each in history]).tolist() if history else []
    for place, name in enumerate(CRITERIA):
        entry = REGISTRY[name]
        criterion = entry.create({})
        for until in range(1, len(history) + 1):
            said, last = criterion.check(history[:until]), history[until - 1]
            told = (said.value, said.threshold, said.stop, said.reason)
            lines.append((last.round, spent[until - 1], place, name, entry.title, *told))
    columns = ["round", "labels", "place", "criterion", "title", "value", "threshold", "stop", "reason"]
    return pd.DataFrame(lines, columns=columns).astype({"value": "float64"})


def _too_early(curve: Curve) -> str:
    if len(curve.drawn) < LEAST_RANDOM:
        missing = LEAST_RANDOM - len(curve.drawn)
        return f"Too early to say: {missing:,} more labels of random texts are needed to measure by."
    return f"Too early to say: it takes {LEAST_MODELS} models, and there are {len(curve.versions)}."
