"""How far annotators agree: per cent, Cohen, Fleiss, Krippendorff, and where they do not.

Every function takes labels (items, annotators): the class each annotator gave, NO_LABEL for none. All
raise ValueError if the array has another shape or type. A coefficient takes memory for a few arrays
(items, classes); its interval redraws items with the seed given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.seeding import generator

Labels = npt.NDArray[np.integer]
Counts = npt.NDArray[np.int64]
"""(items, classes): how many annotators gave each class."""
Numbers = npt.NDArray[np.float64]
Formula = Callable[[Numbers, int], Numbers]
"""From sums over items (draws, parts) and the number of items to coefficients (draws,); NaN for 0/0."""

NO_LABEL = -1
DRAWS = 2000
"""Bootstrap samples: the ends of a 95 % interval then rest on 50 samples each."""
LEAST_ITEMS = 10
"""With fewer items a bootstrap interval is far too narrow."""
MOST_UNDEFINED = 0.05
"""If more of the samples have no value, those that have one no longer stand for all."""
BLOCK = 2**20
"""Numbers drawn at a time: 8 MB."""
NO_PAIRS = "no item has two labels"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient, or why it has none."""

    value: float | None
    """None where it is not defined."""
    items: int
    """Items that count: those with at least two labels, less those left out."""
    left_out: int = 0
    """Items with at least two labels that the coefficient cannot use."""
    low: float | None = None
    """Lower end of the 95 % interval; None if there is none."""
    high: float | None = None
    why: str = ""
    """Why there is no value, or no interval; empty if there are both."""

    @property
    def defined(self) -> bool:
        """Tell whether there is a value."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item that got different labels."""

    item: int
    """Its row."""
    votes: tuple[tuple[int, int], ...]
    """Each class that was given and how often, the commonest first, of equal ones the lower class."""
    against: float
    """Share of the labels that are not the commonest."""


def per_cent_agreement(labels: Labels, seed: int = 0) -> Agreement:
    """Return the share of pairs of labels of one item that agree, averaged over the items: from 0 to 1.

    For two annotators that is the share of items on which they agree. It is 1 where everybody agrees,
    whatever the classes.
    """
    counts = _paired(_counts(labels))
    parts = np.column_stack([_pairs_that_agree(counts), counts])
    return _measured(parts, lambda sums, items: sums[:, 0] / items, seed)


def cohen_kappa(labels: Labels, seed: int = 0) -> Agreement:
    """Return Cohen's kappa of two annotators (items, 2): 1 if they agree, 0 if as often as chance would.

    Chance is each annotator's own shares of the classes. Items without both labels do not count. Not
    defined if both gave one and the same class only. Cohen 1960, A coefficient of agreement for nominal
    scales, Educational and Psychological Measurement 20(1).
    """
    codes, n_classes = _codes(labels)
    if codes.shape[1] != 2:
        raise ValueError(f"Cohen's kappa compares two annotators, not {codes.shape[1]}: pick two columns")
    codes = codes[(codes >= 0).all(axis=1)]
    one, other = np.eye(n_classes)[codes[:, 0]], np.eye(n_classes)[codes[:, 1]]
    parts = np.column_stack([codes[:, 0] == codes[:, 1], one, other])

    def kappa(sums: Numbers, items: int) -> Numbers:
        # In whole numbers: the square of the items times the share that agrees, observed and by chance.
        by_chance = (sums[:, 1 : 1 + n_classes] * sums[:, 1 + n_classes :]).sum(axis=1)
        return (items * sums[:, 0] - by_chance) / (items**2 - by_chance)

    return _measured(parts, kappa, seed, _unanimous(codes))


def fleiss_kappa(labels: Labels, seed: int = 0) -> Agreement:
    """Return Fleiss' kappa: 1 if all agree, 0 if as often as chance would, by the shares of the classes.

    Who gave a label does not matter, but each item needs as many as the others: those with the commonest
    number of labels, two or more, count (of equally common ones the larger), the others are left out. Where
    many are, alpha is the better measure (Zapf et al. 2016, see `_measured`). Not defined if all labels are
    one class. Fleiss 1971, Measuring nominal scale agreement among many raters, Psychological Bulletin 76(5).
    """
    counts = _paired(_counts(labels))
    sizes = counts.sum(axis=1)
    times = np.bincount(sizes)
    kept = counts
    if len(counts):
        # argmax takes the first of equals: from the end, the largest.
        kept = counts[sizes == len(times) - 1 - int(times[::-1].argmax())]
    parts = np.column_stack([_pairs_that_agree(kept), kept])

    def kappa(sums: Numbers, items: int) -> Numbers:
        shares = sums[:, 1:] / sums[:, 1:].sum(axis=1, keepdims=True)
        by_chance = (shares**2).sum(axis=1)
        return (sums[:, 0] / items - by_chance) / (1 - by_chance)

    return _measured(parts, kappa, seed, _one_class(kept), left_out=len(counts) - len(kept))


def krippendorff_alpha(labels: Labels, seed: int = 0) -> Agreement:
    """Return Krippendorff's nominal alpha: 1 if all agree, 0 if as often as chance would, never above 1.

    Any number of annotators and of missing labels; items with one label do not count. Not defined if all
    labels are one class. Krippendorff 2011, Computing Krippendorff's alpha-reliability.
    """
    counts = _paired(_counts(labels))
    coincidences = _pairs_that_agree(counts) * counts.sum(axis=1)
    parts = np.column_stack([coincidences, counts])

    def alpha(sums: Numbers, _: int) -> Numbers:
        totals = sums[:, 1:]
        n = totals.sum(axis=1)
        by_chance = (n**2 - (totals**2).sum(axis=1)) / (n - 1)
        return 1 - (n - sums[:, 0]) / by_chance

    return _measured(parts, alpha, seed, _one_class(counts))


def disputed(labels: Labels) -> list[Dispute]:
    """Return the items with different labels, the most disputed first.

    That is by the share of labels against the commonest, then by the number of labels, then by row.
    """
    counts = _counts(labels)
    classes = np.unique(labels[labels >= 0])
    found = []
    for item in np.flatnonzero((counts > 0).sum(axis=1) > 1):
        row = counts[item]
        order = np.argsort(-row, kind="stable")
        votes = tuple((int(classes[c]), int(row[c])) for c in order if row[c])
        found.append(Dispute(int(item), votes, float((row.sum() - row.max()) / row.sum())))
    return sorted(found, key=lambda each: (-each.against, -sum(n for _, n in each.votes), each.item))


def _codes(labels: Labels) -> tuple[Labels, int]:
    """Return the labels with the classes that occur numbered from 0 on, and how many there are."""
    if labels.ndim != 2 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be whole numbers (items, annotators), not {labels.dtype} of shape {labels.shape}"
        )
    if labels.size and labels.min() < NO_LABEL:
        raise ValueError(f"labels must be classes, or {NO_LABEL} for none, not {labels.min()}")
    classes = np.unique(labels[labels >= 0])
    return np.where(labels >= 0, np.searchsorted(classes, labels), NO_LABEL), len(classes)


def _counts(labels: Labels) -> Counts:
    """Return how many annotators gave each item each class that occurs."""
    codes, n_classes = _codes(labels)
    items, annotators = np.nonzero(codes >= 0)
    cells = items * n_classes + codes[items, annotators]
    return np.bincount(cells, minlength=len(labels) * n_classes).reshape(len(labels), n_classes)


def _paired(counts: Counts) -> Counts:
    """Return the items with at least two labels."""
    return counts[counts.sum(axis=1) >= 2]


def _pairs_that_agree(counts: Counts) -> Numbers:
    """Return the share (items,) of each item's pairs of labels that agree."""
    n = counts.sum(axis=1)
    return (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))


def _one_class(counts: Counts) -> bool:
    return int((counts > 0).any(axis=0).sum()) == 1


def _unanimous(codes: Labels) -> bool:
    return codes.size > 0 and bool((codes == codes[0, 0]).all())


def _measured(
    parts: npt.NDArray[Any], formula: Formula, seed: int, one_class: bool = False, left_out: int = 0
) -> Agreement:
    """Return the coefficient of items with `parts` (items, parts), and its interval.

    The interval holds the middle 95 % of the values of samples of the items, drawn with replacement. It
    covers the truth about as often as it should, where the usual formula for Fleiss' does not (Zapf,
    Castell, Morawietz & Karch 2016, Measuring inter-rater reliability for nominal data, BMC Medical Research
    Methodology 16). Equal items are drawn together, so it costs `DRAWS` times the number of different ones.
    """
    items = len(parts)
    if items == 0:
        return Agreement(None, 0, left_out, why=NO_PAIRS)
    if one_class:
        why = (
            "undefined because unanimous: every label is the same class, and chance alone would then agree "
            "as often"
        )
        return Agreement(None, items, left_out, why=why)
    patterns, times = np.unique(np.asarray(parts, dtype=np.float64), axis=0, return_counts=True)
    value = float(formula((times @ patterns)[None, :], items)[0])
    if items < LEAST_ITEMS:
        why = f"no interval: it takes {LEAST_ITEMS} items with two labels, and there are {items}"
        return Agreement(value, items, left_out, why=why)
    values = _drawn(patterns, times, formula, seed)
    there = values[~np.isnan(values)]
    if len(there) < (1 - MOST_UNDEFINED) * len(values):
        why = "no interval: other classes are so rare that samples of the items are often unanimous"
        return Agreement(value, items, left_out, why=why)
    # All alike, the samples would claim certainty.
    if np.ptp(there) < 1e-12:
        why = "no interval: all items agree alike, so samples of them do not differ"
        return Agreement(value, items, left_out, why=why)
    low, high = np.percentile(there, [2.5, 97.5])
    return Agreement(value, items, left_out, float(low), float(high))


def _drawn(patterns: Numbers, times: npt.NDArray[np.intp], formula: Formula, seed: int) -> Numbers:
    """Return the coefficients (DRAWS,) of samples of the items; NaN where one is undefined."""
    rng = generator(seed, "agreement")
    items = int(times.sum())
    step = max(1, BLOCK // len(times))
    found = []
    for start in range(0, DRAWS, step):
        drawn = rng.multinomial(items, times / items, size=min(step, DRAWS - start))
        with np.errstate(invalid="ignore"):
            found.append(formula(drawn @ patterns, items))
    return np.concatenate(found)
