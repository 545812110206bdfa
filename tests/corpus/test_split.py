from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from al_core.config import SplitSettings
from al_core.corpus.base import UNKNOWN
from al_core.corpus.profile import EMPTY
from al_core.corpus.split import PARTS, Split, make_split
from al_core.errors import BadInput


def asked(**given: Any) -> SplitSettings:
    return SplitSettings(**({"initial": 10, "validation": 10, "test": 10} | given))


def sizes(split: Split) -> dict[str, int]:
    return {part: len(getattr(split, part)) for part in PARTS}


def cut(labels: list[int], given: SplitSettings, groups: list[int] | None = None, seed: int = 0) -> Split:
    numbers = np.arange(len(labels)) if groups is None else np.array(groups)
    return make_split(np.array(labels), numbers, given, seed, ("no", "yes"))


@st.composite
def corpora(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and groups with copies, gaps, empty texts and copies under another label."""
    rows = draw(st.integers(40, 120))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = random.integers(draw(st.integers(2, 4)), size=rows)
    labels[random.random(rows) < draw(st.sampled_from([0.0, 0.2]))] = UNKNOWN
    groups = np.where(
        random.random(rows) < draw(st.sampled_from([0.0, 0.3])),
        random.integers(8, size=rows),
        np.arange(rows) + 8,
    )
    groups[random.random(rows) < draw(st.sampled_from([0.0, 0.1]))] = EMPTY
    labels[:6], groups[:6] = [0, 1] * 3, np.arange(1_000, 1_006)
    return labels, groups


requests = st.builds(
    asked,
    unit=st.sampled_from(["total", "percent"]),
    initial=st.integers(1, 6),
    validation=st.integers(4, 6),
    test=st.integers(4, 6),
    pool=st.one_of(st.none(), st.integers(0, 6)),
    order=st.sampled_from(["seeded", "source", "shuffled"]),
    stratified=st.booleans(),
    group_duplicates=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(corpora(), requests, st.integers(0, 100))
def test_every_split_keeps_its_promises(
    corpus: tuple[np.ndarray, np.ndarray], request: SplitSettings, seed: int
):
    labels, groups = corpus
    usable = np.flatnonzero((labels != UNKNOWN) & (groups != EMPTY))
    try:
        split = make_split(labels, groups, request, seed)
    except BadInput as error:
        assert "would be empty" in str(error) and request.unit == "percent"
        return
    parts = {part: getattr(split, part) for part in PARTS}
    used = np.concatenate(list(parts.values()))
    assert len(set(used.tolist())) == len(used) and set(used.tolist()) <= set(usable.tolist())
    assert set(used.tolist()) | set(split.dropped.tolist()) == set(range(len(labels)))
    assert not np.intersect1d(used, split.dropped).size
    assert all(rows.dtype == np.int64 for rows in parts.values())

    for part in PARTS[:3]:
        wanted = getattr(request, part)
        size = wanted if request.unit == "total" else wanted * len(usable) / 100
        short = any(PARTS_TITLES[part] in note for note in split.notes if "instead of" in note)
        assert abs(len(parts[part]) - size) < 1 or short
    if request.pool is None and not request.group_duplicates:
        assert len(used) == len(usable)
    if request.group_duplicates:
        for one, other in combinations(PARTS, 2):
            assert not np.intersect1d(groups[parts[one]], groups[parts[other]]).size
        assert split.leaked_test == 0
    if request.order == "seeded":
        assert all((np.diff(rows) > 0).all() for rows in parts.values())

    again = make_split(labels, groups, request, seed)
    assert all(np.array_equal(parts[part], getattr(again, part)) for part in PARTS)


PARTS_TITLES = {"validation": "validation set", "test": "test set", "initial": "initial set"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(4, 60), min_size=2, max_size=5), st.integers(0, 50))
def test_strata_are_within_one_of_their_share(counts: list[int], seed: int):
    labels = np.repeat(np.arange(len(counts)), counts)
    rows = len(labels)
    split = make_split(labels, np.arange(rows), asked(validation=rows // 4, test=rows // 4, initial=2), seed)
    left = np.array(counts, dtype=float)
    for part in PARTS:
        found = np.bincount(labels[getattr(split, part)], minlength=len(counts))
        share = found.sum() * left / left.sum()
        assert (np.abs(found - share) < 1 + 1e-9).all()
        left -= found
        if not left.sum():
            break


def test_the_published_split_is_reproduced():
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1], 100))
    given_ = asked(
        unit="per_class", order="source", group_duplicates=False, initial=30, validation=10, test=10
    )
    split = make_split(labels, np.arange(200), given_, 0)
    positives, negatives = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    for part, start, end in (("validation", 0, 10), ("test", 10, 20), ("initial", 20, 50), ("pool", 50, 100)):
        expected = np.concatenate([positives[start:end], negatives[start:end]])
        assert np.array_equal(getattr(split, part), expected)


def test_source_order_without_strata_is_the_order_of_the_corpus():
    split = cut([0, 1] * 20, asked(order="source", stratified=False, pool=5))
    joined = np.concatenate([getattr(split, part) for part in PARTS])
    assert np.array_equal(joined, np.arange(35))
    assert split.dropped.tolist() == list(range(35, 40))


def test_seeds_and_purposes_differ():
    one, other = (cut([0, 1] * 50, asked(), seed=seed) for seed in (1, 2))
    assert not np.array_equal(one.initial, other.initial)


def test_copies_stay_on_one_side_and_sizes_are_exact():
    random = np.random.default_rng(3)
    groups = np.where(random.random(2_000) < 0.3, random.integers(200, size=2_000), np.arange(2_000) + 200)
    labels = random.integers(2, size=2_000)
    for order in ("seeded", "source"):
        split = make_split(labels, groups, asked(initial=333, validation=301, test=299, order=order), 0)
        assert sizes(split) == {"validation": 301, "test": 299, "initial": 333, "pool": 1_067}
        assert split.leaked_test == 0 and not split.notes and not len(split.dropped)


def test_sizes_are_exact_even_where_every_text_has_a_copy():
    labels, groups = [0, 1] * 40, [row // 4 * 2 + row % 2 for row in range(80)]
    split = cut(labels, asked(unit="per_class", initial=5, validation=5, test=5), groups)
    assert [len(split.validation), len(split.test), len(split.initial)] == [10, 10, 10]
    assert len(split.dropped) == 6  # the copies of the texts that fill the odd places


def test_leaked_texts_are_counted_when_copies_may_part():
    labels, groups = [0, 1] * 20, [0, 1] * 20
    split = cut(labels, asked(group_duplicates=False, initial=4, validation=4, test=8), groups)
    assert split.leaked_test == 8


def test_percent_of_usable_rows():
    split = cut(
        [0, 1] * 50 + [UNKNOWN] * 10, asked(unit="percent", validation=15, test=15, initial=10, pool=60)
    )
    assert sizes(split) == {"validation": 15, "test": 15, "initial": 10, "pool": 60}
    assert split.dropped.tolist() == list(range(100, 110))


def test_an_initial_set_of_one_class_is_allowed_and_noted():
    split = cut([1] * 30 + [0] * 30, asked(order="source", stratified=False, validation=5, test=5, initial=5))
    assert "The initial set holds only class 'yes'." in split.notes


@pytest.mark.parametrize(
    ("labels", "given_", "words"),
    [
        ([0, 1] * 10, {"initial": 0}, "initial set would be empty"),
        ([0, 1] * 10, {"test": 0, "initial": 1}, "test set would be empty"),
        ([0, 1] * 10, {"initial": 2.5}, "whole number of texts, not 2.5"),
        ([0, 1] * 10, {}, "asks for 30 texts, but only 20"),
        ([0, 1] * 10, {"initial": 1, "validation": 1, "test": 1, "pool": 18}, "asks for 21 texts"),
        (
            [0] * 90 + [1] * 29,
            {"unit": "per_class"},
            "Class 'yes' has 29 usable texts, but .* asks for 30 of each",
        ),
        ([0, 1] * 10, {"unit": "percent", "initial": 81}, "add up to 101%"),
        ([0, 1] * 10, {"unit": "percent", "initial": 1, "validation": 1}, "validation set would be empty"),
        ([1] * 90, {}, "only 'yes'"),
        ([UNKNOWN] * 90, {}, "has none"),
    ],
)
def test_what_cannot_be_cut_is_said_in_one_sentence(labels: list[int], given_: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words) as raised:
        cut(labels, asked(**given_))
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


def test_empty_texts_enter_no_part():
    groups = [EMPTY] * 10 + list(range(90))
    split = cut([0, 1] * 50, asked(), groups)
    assert split.dropped.tolist() == list(range(10))


def test_a_split_is_frozen():
    with pytest.raises(AttributeError):
        cut([0, 1] * 30, asked()).initial = np.arange(3)  # type: ignore[misc]


def test_shuffled_has_the_test_part_of_train_test_split_and_a_seed_of_its_own():
    labels = np.random.default_rng(0).integers(2, size=101)
    given = asked(test=31, order="shuffled", stratified=False, group_duplicates=False, seed=17)
    split = make_split(labels, np.arange(101), given, 0)
    rest, test = train_test_split(np.arange(101), test_size=0.3, random_state=17)
    np.testing.assert_array_equal(split.test, test)
    training = np.concatenate([split.validation, split.initial, split.pool])
    np.testing.assert_array_equal(np.sort(training), np.sort(rest))
    np.testing.assert_array_equal(split.validation, rest[:10])
    again = make_split(labels, np.arange(101), given, 5)
    np.testing.assert_array_equal(again.initial, split.initial)
    others = make_split(labels, np.arange(101), given.model_copy(update={"seed": None}), 5)
    assert not np.array_equal(others.test, split.test)
    seeded = [
        make_split(labels, np.arange(101), asked(seed=own), seed).pool for own, seed in ((3, 1), (None, 3))
    ]
    np.testing.assert_array_equal(*seeded)
