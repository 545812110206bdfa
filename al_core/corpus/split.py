"""Cutting a corpus into validation, test, initial set and pool, in that order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from al_core.config import SplitSettings
from al_core.corpus.base import UNKNOWN
from al_core.corpus.profile import EMPTY
from al_core.errors import BadInput
from al_core.seeding import generator

Rows = npt.NDArray[np.int64]

PARTS = ("validation", "test", "initial", "pool")
_TITLES = {"validation": "validation set", "test": "test set", "initial": "initial set", "pool": "pool"}
_VALIDATION, _TEST, _INITIAL, _POOL = range(4)
_UNUSED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Row numbers of each part; no row is in two parts.

    Seeded parts are sorted. Parts in source order hold the highest class first, and inside a
    class the order of the corpus, as the published example needs it. Shuffled ones keep the order
    in which they were drawn, so that the first test texts are those of scikit-learn.
    """

    initial: Rows
    validation: Rows
    test: Rows
    pool: Rows
    dropped: Rows
    """Rows in no part: without a label, without text, or more than was asked for."""
    leaked_test: int
    """Test rows whose text also stands in the initial set or the pool."""
    notes: tuple[str, ...] = ()
    """One sentence each on what a reader of the results should know."""


def make_split(
    labels: npt.NDArray[np.integer],
    groups: Rows,
    settings: SplitSettings,
    seed: int,
    classes: Sequence[str] = (),
) -> Split:
    """Cut the labelled rows as the settings say; the same arguments give the same split.

    `labels` holds class numbers or `UNKNOWN`; `groups` is what `duplicate_groups` returns;
    `classes` names the classes in errors. Raises `BadInput` where it cannot be done. Memory: a
    few lists as long as the corpus.
    """
    labels, groups = np.asarray(labels, dtype=np.int64), np.asarray(groups, dtype=np.int64)
    usable = np.flatnonzero((labels != UNKNOWN) & (groups != EMPTY))
    counts = np.bincount(labels[usable], minlength=max(len(classes), 1))
    names = [repr(classes[each]) if each < len(classes) else str(each) for each in range(len(counts))]
    present = np.flatnonzero(counts)
    if len(present) < 2:
        only = f"only {names[present[0]]}" if len(present) else "none"
        raise BadInput(f"A split needs labelled rows of at least two classes; the corpus has {only}.")

    by_class = settings.stratified or settings.unit == "per_class"
    strata = np.searchsorted(present, labels[usable]) if by_class else np.zeros(len(usable), dtype=np.int64)
    if settings.unit == "per_class":
        wanted = _per_class(settings, counts[present], [names[each] for each in present])
    else:
        wanted = _shares(_sizes(settings, len(usable)), np.bincount(strata))

    seed = seed if settings.seed is None else settings.seed
    order = np.arange(len(usable))
    if settings.order == "seeded":
        order = generator(seed, "split").permutation(len(usable))
    elif settings.order == "shuffled":
        order = _shuffled(len(usable), int(wanted[_VALIDATION].sum()), int(wanted[_TEST].sum()), seed)
    kept_together = groups[usable] if settings.group_duplicates else np.arange(len(usable))
    place = _place(order, strata, kept_together, wanted, settings.pool is None)

    # In source order the highest class comes first; sorting is stable, so rows keep their order.
    shown = {"source": np.argsort(-strata, kind="stable"), "shuffled": order}.get(
        settings.order, np.arange(len(usable))
    )
    parts = {name: usable[shown[place[shown] == part]] for part, name in enumerate(PARTS)}
    train = np.concatenate([parts["initial"], parts["pool"]])
    in_a_part = np.concatenate(list(parts.values()))
    return Split(
        **parts,
        dropped=np.setdiff1d(np.arange(len(labels)), in_a_part),
        leaked_test=int(np.isin(groups[parts["test"]], groups[train]).sum()),
        notes=tuple(_notes(parts, wanted, labels, present, names, settings.pool is None)),
    )


def _shuffled(usable: int, validation: int, test: int, seed: int) -> Rows:
    """Return the order in which the test part is the one of scikit-learn's train_test_split.

    There the test part comes first in a permutation; here validation is placed first, so it is taken
    from what comes next, the training part. Published splits need NumPy's legacy generator.
    """
    drawn = np.random.RandomState(seed).permutation(usable)
    return np.concatenate([drawn[test : test + validation], drawn[:test], drawn[test + validation :]])


def _sizes(settings: SplitSettings, usable: int) -> list[int]:
    """Return the size of each part in rows, of the whole corpus; the pool may be all the rest."""
    asked = [settings.validation, settings.test, settings.initial]
    if settings.pool is not None:
        asked.append(settings.pool)
    if settings.unit == "percent":
        if sum(asked) > 100 + 1e-9:
            raise BadInput(f"The parts of the split add up to {sum(asked):g}%; make them 100% or less.")
        exact = np.array(asked) * usable / 100
        sizes = _rounded(exact, round(exact.sum())).tolist()
    else:
        sizes = [_whole(size, part) for size, part in zip(asked, PARTS, strict=False)]
    _check_not_empty(sizes)
    if sum(sizes) > usable:
        raise BadInput(
            f"The split asks for {sum(sizes):,} texts, but only {usable:,} have a label and a text; "
            "make its parts smaller."
        )
    if settings.pool is None:
        sizes.append(usable - sum(sizes))
    return sizes


def _shares(sizes: list[int], counts: Rows) -> Rows:
    """Return rows per part and stratum, each part shared out by the rows that are left.

    Sharing out what is left, not the whole, keeps every number within one of its share and never
    asks a stratum for more than it has.
    """
    left = counts.astype(np.int64)
    wanted = np.zeros((len(sizes), len(counts)), dtype=np.int64)
    for part, size in enumerate(sizes):
        if not size:
            continue
        wanted[part] = _rounded(size * left / left.sum(), size)
        left -= wanted[part]
    return wanted


def _rounded(exact: npt.NDArray[np.float64], total: int) -> Rows:
    """Return whole numbers with the given sum: all rounded down, but the largest remainders up."""
    whole = np.floor(exact + 1e-9).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]] += 1
    return whole


def _per_class(settings: SplitSettings, counts: Rows, names: Sequence[str]) -> Rows:
    asked = [settings.validation, settings.test, settings.initial]
    if settings.pool is not None:
        asked.append(settings.pool)
    sizes = [_whole(size, part) for size, part in zip(asked, PARTS, strict=False)]
    _check_not_empty(sizes)
    smallest = int(np.argmin(counts))
    if sum(sizes) > counts[smallest]:
        raise BadInput(
            f"Class {names[smallest]} has {counts[smallest]:,} usable texts, but the split asks for "
            f"{sum(sizes):,} of each class; make its parts smaller."
        )
    wanted = np.tile(np.array(sizes, dtype=np.int64)[:, None], len(counts))
    return wanted if settings.pool is not None else np.vstack([wanted, counts - sum(sizes)])


def _whole(size: float, part: str) -> int:
    if size != int(size):
        raise BadInput(f"The size of the {_TITLES[part]} is a whole number of texts, not {size:g}.")
    return int(size)


def _check_not_empty(sizes: Sequence[int]) -> None:
    for size, part in zip(sizes[:_POOL], PARTS, strict=False):
        if size < 1:
            raise BadInput(f"The {_TITLES[part]} would be empty; give it at least one text.")


def _place(order: Rows, strata: Rows, groups: Rows, wanted: Rows, pool_takes_rest: bool) -> Rows:
    """Return the part of each row, `_UNUSED` for none; rows of one group share theirs.

    Groups are taken in the order of their first row; each goes to the first part with room for
    all of it. Single texts fill what is left, so sizes come out exact unless nearly all texts
    are copies; then copies are left out to fill the parts that are measured or trained on.
    """
    members: dict[int, list[int]] = {}
    for row, group in zip(order.tolist(), groups[order].tolist(), strict=True):
        members.setdefault(group, []).append(row)
    room = wanted.tolist()
    stratum = strata.tolist()
    place = np.full(len(order), _UNUSED, dtype=np.int64)
    for rows in members.values():
        need = {stratum[rows[0]]: 1} if len(rows) == 1 else Counter(stratum[row] for row in rows)
        for part, free in enumerate(room):
            fits = all(free[each] >= count for each, count in need.items())
            if fits or (part == _POOL and pool_takes_rest):
                place[rows] = part
                for each, count in need.items():
                    free[each] -= count
                break
    _fill(place, room, stratum, members)
    return place


def _fill(place: Rows, room: list[list[int]], stratum: list[int], members: dict[int, list[int]]) -> None:
    """Fill parts that came out short from groups in the pool or unused, leaving out further copies."""
    for part in (_VALIDATION, _TEST, _INITIAL):
        free = room[part]
        if not any(free):
            continue
        for rows in members.values():
            if (place[rows] < _POOL).any():
                continue
            taken = []
            for row in rows:
                if free[stratum[row]] > 0:
                    free[stratum[row]] -= 1
                    taken.append(row)
            if taken:
                place[rows] = _UNUSED
                place[taken] = part
            if not any(free):
                break


def _notes(
    parts: dict[str, Rows],
    wanted: Rows,
    labels: npt.NDArray[np.int64],
    present: Rows,
    names: list[str],
    pool_takes_rest: bool,
) -> list[str]:
    found = []
    for part, name in enumerate(PARTS):
        size, asked = len(parts[name]), int(wanted[part].sum())
        if size != asked and not (part == _POOL and pool_takes_rest):
            found.append(
                f"The {_TITLES[name]} has {size:,} texts instead of {asked:,}, "
                "because copies of a text stay together."
            )
        seen = np.unique(labels[parts[name]])
        if name == "pool" or len(seen) == len(present):
            continue
        if len(seen) == 1:
            found.append(f"The {_TITLES[name]} holds only class {names[seen[0]]}.")
        else:
            missing = [names[each] for each in np.setdiff1d(present, seen)]
            rest = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            found.append(f"The {_TITLES[name]} holds no text of class {', '.join(missing[:3])}{rest}.")
    if not len(parts["pool"]):
        found.append("The pool is empty, so there is nothing to ask for.")
    return found
