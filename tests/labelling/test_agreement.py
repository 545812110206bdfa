"""Agreement: published worked examples, other implementations, and what must always hold."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from al_core.labelling import agreement
from al_core.labelling.agreement import (
    Dispute,
    cohen_kappa,
    disputed,
    fleiss_kappa,
    krippendorff_alpha,
    per_cent_agreement,
)

labelled = st.integers(-1, 3)
tables = arrays(np.int64, st.tuples(st.integers(0, 25), st.integers(1, 4)), elements=labelled)
pairs = arrays(np.int64, st.tuples(st.integers(1, 25), st.just(2)), elements=labelled)
ALL = [per_cent_agreement, fleiss_kappa, krippendorff_alpha]


def from_counts(rows):
    """Labels (items, annotators) of items that got each class so many times."""
    return np.array([np.repeat(np.arange(len(row)), row) for row in rows])


def from_crosstab(table):
    """Labels (items, 2) of two annotators, from how often they gave each pair of classes."""
    return np.array([(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)])


def from_rows(*annotators):
    """Labels (items, annotators), one word per annotator, a dot for no label."""
    return np.array([[-1 if each == "." else int(each, 36) for each in row] for row in annotators]).T


# Cohen 1960, A coefficient of agreement for nominal scales, table 2: two judges, 200 patients.
COHEN = from_crosstab([[88, 14, 18], [10, 40, 10], [2, 6, 12]])

# Fleiss 1971, Measuring nominal scale agreement among many raters, table 1: the diagnoses of 30 patients
# by six psychiatrists each.
DIAGNOSES = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
FLEISS = from_counts([int(n) for n in row] for row in DIAGNOSES.split())

# The example widely used for Fleiss' kappa (Wikipedia, statsmodels): ten patients, 14 psychiatrists.
FOURTEEN = from_counts(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)

# Krippendorff 2011, Computing Krippendorff's alpha-reliability, sections A, B and C.
MEG_AND_OWEN = from_rows("0100000010", "1110010000")
BEN_AND_GERRY = from_rows("aabbdcccedda", "babbbccceddd")
FOUR_OBSERVERS = from_rows("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def test_cohens_own_example():
    found = cohen_kappa(COHEN)
    assert found.value == pytest.approx(0.492, abs=5e-4)
    assert found.value == pytest.approx((0.70 - 0.41) / (1 - 0.41), abs=1e-12)
    assert per_cent_agreement(COHEN).value == pytest.approx(0.70)
    # 1.96 of his standard errors, sqrt(0.70 * 0.30 / 200) / (1 - 0.41) = 0.055.
    assert found.low == pytest.approx(0.384, abs=0.015)
    assert found.high == pytest.approx(0.600, abs=0.015)


def test_fleiss_own_example():
    found = fleiss_kappa(FLEISS)
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert found.value == pytest.approx(0.4302445, abs=5e-8), "as irr and statsmodels have it"
    assert per_cent_agreement(FLEISS).value == pytest.approx(0.556, abs=5e-4)
    assert (found.items, found.left_out) == (30, 0)


def test_ten_patients_and_fourteen_psychiatrists():
    assert fleiss_kappa(FOURTEEN).value == pytest.approx(0.210, abs=5e-4)
    assert per_cent_agreement(FOURTEEN).value == pytest.approx(0.378, abs=5e-4)


@pytest.mark.parametrize(
    ("labels", "published", "items"),
    [(MEG_AND_OWEN, 0.095, 10), (BEN_AND_GERRY, 0.692, 12), (FOUR_OBSERVERS, 0.743, 11)],
)
def test_krippendorffs_own_examples(labels, published, items):
    found = krippendorff_alpha(labels)
    assert found.value == pytest.approx(published, abs=5e-4)
    assert found.items == items, "a unit that one observer saw says nothing about agreement"


@pytest.mark.parametrize("measure", ALL)
def test_equal_items_drawn_together_give_the_interval_of_items_drawn_one_by_one(measure, monkeypatch):
    rng = np.random.default_rng(0)
    found = measure(FLEISS)
    monkeypatch.setattr(agreement, "DRAWS", 1)
    one_by_one = [measure(FLEISS[rng.integers(30, size=30)]).value for _ in range(1000)]
    assert [found.low, found.high] == pytest.approx(np.percentile(one_by_one, [2.5, 97.5]), abs=0.02)


def test_unanimous_on_one_class_is_agreement_but_leaves_nothing_to_tell_chance_from():
    labels = np.full((12, 2), 3)
    assert per_cent_agreement(labels).value == 1
    for measure in (cohen_kappa, fleiss_kappa, krippendorff_alpha):
        found = measure(labels)
        assert not found.defined and found.value is None and found.low is None
        assert found.items == 12
        assert found.why.startswith("undefined because unanimous")


def test_unanimous_on_two_classes_is_one():
    labels = np.repeat([[0, 0], [1, 1]], 10, axis=0)
    for measure in (per_cent_agreement, cohen_kappa, fleiss_kappa, krippendorff_alpha):
        found = measure(labels)
        assert found.defined and found.value == 1
        assert found.low is None and "all items agree alike" in found.why


def test_a_class_nobody_gave_on_shared_items_does_not_count():
    labels = np.array([[0, 0], [0, 0], [1, -1]])
    for measure in (cohen_kappa, fleiss_kappa, krippendorff_alpha):
        assert "unanimous" in measure(labels).why


def test_two_who_never_agree_are_not_unanimous():
    labels = np.tile([0, 1], (12, 1))
    assert per_cent_agreement(labels).value == 0
    assert cohen_kappa(labels).value == 0
    assert fleiss_kappa(labels).value == -1


@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (5, 2)])
def test_without_two_labels_on_an_item_nothing_is_defined(shape):
    labels = np.full(shape, -1)
    if shape[0]:
        labels[:, 0] = 1
    for measure in ALL if shape[1] != 2 else [*ALL, cohen_kappa]:
        found = measure(labels)
        assert not found.defined and found.items == 0
        assert found.why == "no item has two labels"
    assert disputed(labels) == []


def test_few_items_get_no_interval():
    found = krippendorff_alpha(MEG_AND_OWEN[:9])
    assert found.defined and found.low is None
    assert found.why == "no interval: it takes 10 items with two labels, and there are 9"
    assert krippendorff_alpha(MEG_AND_OWEN).low is not None


def test_rare_classes_get_no_interval():
    labels = np.zeros((20, 2), dtype=int)
    labels[0, 0] = 1
    found = krippendorff_alpha(labels)
    assert found.defined and found.low is None and "rare" in found.why
    assert per_cent_agreement(labels).low is not None


def test_the_same_seed_gives_the_same_interval():
    assert krippendorff_alpha(FLEISS, seed=1) == krippendorff_alpha(FLEISS, seed=1)
    assert krippendorff_alpha(FLEISS, seed=1).low != krippendorff_alpha(FLEISS, seed=2).low


def test_small_blocks_draw_the_same_samples(monkeypatch):
    whole = fleiss_kappa(FLEISS)
    monkeypatch.setattr(agreement, "BLOCK", 100)
    found = fleiss_kappa(FLEISS)
    assert (found.low, found.high) == pytest.approx((whole.low, whole.high), abs=1e-12)


def test_fleiss_leaves_out_items_with_another_number_of_labels():
    labels = np.array([[0, 0, 0], [0, 1, 1], [1, 1, 1], [0, 1, -1], [1, -1, -1]])
    found = fleiss_kappa(labels)
    assert (found.items, found.left_out) == (3, 1)
    assert found.value == fleiss_kappa(labels[:3]).value
    tie = fleiss_kappa(labels[[0, 2, 3, 3]])
    assert (tie.items, tie.left_out, tie.value) == (2, 2, 1)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (np.array([0, 1]), r"\(items, annotators\)"),
        (np.array([[0.0, 1.0]]), "whole numbers"),
        (np.array([[0, -2]]), "-1 for none, not -2"),
    ],
)
def test_what_is_no_table_of_labels_is_refused(labels, told):
    for measure in [*ALL, cohen_kappa, disputed]:
        with pytest.raises(ValueError, match=told):
            measure(labels)


def test_cohen_compares_two():
    with pytest.raises(ValueError, match="two annotators, not 4"):
        cohen_kappa(FOUR_OBSERVERS)


def test_the_most_disputed_come_first():
    labels = np.array(
        [
            [5, 5, 5, 5],
            [5, 5, 5, 7],
            [5, 7, -1, -1],
            [7, 5, 7, 5],
            [5, 7, 9, -1],
            [7, 7, -1, -1],
            [9, -1, -1, -1],
            [7, 5, -1, -1],
        ]
    )
    found = disputed(labels)
    assert [each.item for each in found] == [4, 3, 2, 7, 1]
    assert found[1] == Dispute(3, ((5, 2), (7, 2)), 0.5)
    assert found[-1] == Dispute(1, ((5, 3), (7, 1)), 0.25)


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_annotators_and_items_changes_nothing(labels, random):
    items, annotators = list(range(len(labels))), list(range(labels.shape[1]))
    random.shuffle(items)
    random.shuffle(annotators)
    mixed = labels[items][:, annotators]
    for measure in ALL:
        assert measure(mixed) == measure(labels), "not even the interval"
    back = [Dispute(items[each.item], each.votes, each.against) for each in disputed(mixed)]
    assert {each.item: each for each in back} == {each.item: each for each in disputed(labels)}


@settings(deadline=None)
@given(tables, st.permutations([0, 1, 2, 3]))
def test_other_names_for_the_classes_change_nothing(labels, names):
    renamed = np.append(np.array(names) * 1000, -1)[labels]
    for measure in [*ALL, cohen_kappa] if labels.shape[1] == 2 else ALL:
        before, after = measure(labels), measure(renamed)
        assert after.defined == before.defined and after.items == before.items
        if before.defined:
            assert after.value == pytest.approx(before.value, abs=1e-12)
    assert {each.item: each.against for each in disputed(renamed)} == {
        each.item: each.against for each in disputed(labels)
    }


@settings(deadline=None)
@given(tables)
def test_no_coefficient_is_out_of_bounds(labels):
    share = per_cent_agreement(labels)
    for measure in ALL:
        found = measure(labels)
        assert found.items + found.left_out == share.items
        assert found.defined or found.why
        assert found.value is None or found.value <= 1
        if found.low is not None and found.high is not None:
            assert found.low <= found.high <= 1 and not found.why
    if share.value is not None:
        assert 0 <= share.value <= 1
        assert (share.value == 1) == (not disputed(labels))


@settings(deadline=None)
@given(tables)
def test_alpha_is_that_of_every_pair_counted_by_hand(labels):
    units = [[int(each) for each in row if each >= 0] for row in labels]
    units = [unit for unit in units if len(unit) >= 2]
    values = [each for unit in units for each in unit]
    apart = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    by_chance = sum(a != b for a, b in permutations(values, 2))
    found = krippendorff_alpha(labels)
    if by_chance == 0:
        assert not found.defined
    else:
        n = len(values)
        assert found.value == pytest.approx(1 - (apart / n) / (by_chance / (n * (n - 1))), abs=1e-12)


@settings(deadline=None)
@given(pairs)
def test_cohen_is_scikit_learns(labels):
    from sklearn.metrics import cohen_kappa_score

    found = cohen_kappa(labels)
    assert cohen_kappa(labels[:, ::-1]).value == pytest.approx(found.value)
    if found.defined:
        both = labels[(labels >= 0).all(axis=1)]
        assert found.value == pytest.approx(cohen_kappa_score(*both.T), abs=1e-12)


def test_nothing_heavy_is_imported():
    script = (
        "import sys, al_core.labelling.agreement;"
        "print([m for m in ('scipy', 'sklearn', 'pandas', 'keras', 'tensorflow', 'streamlit')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
