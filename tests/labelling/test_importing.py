"""Labels from outside: matched without a trace, appended once, and never over what people said."""

from __future__ import annotations

import json
import threading
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import event, select

from al_core.corpus.files import read_table
from al_core.errors import BadInput
from al_core.labelling import answers, claims, consensus, events, exporting, importing, sessions
from al_core.labelling.importing import LeftOut, Matched, bring, match
from al_core.labelling.records import Answer
from al_core.labelling.settings import LabelSettings
from al_core.store import schema

TEXTS = ["good", "bad", "", "good", "fine", "poor"]
CLASSES = ("negative", "positive")
HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\ttab",
    "<script>alert(1)</script>",
    "two\nlines",
    "two\r\nlines",
    "\r\ngap",
    "bell\x07 and \x1b[31m",
    "שלום \u202e עולם",
    "\u2028 and \x85",
    'a "quoted", b; c',
    "'apostrophe",
    " spaces ",
    "😀" * 10,
    "x" * 100_000,
    "",
    "nan",
    "plain",
]


def csv(text: str) -> pa.Table:
    return read_table("labels.csv", text.encode())


def pairs(matched: Matched) -> list[tuple[int, int]]:
    return list(zip(matched.items.tolist(), matched.labels.tolist(), strict=True))


def given(*labels: tuple[int, int] | tuple[int, int, str]) -> Matched:
    whole = [(*each, "")[:3] for each in labels]
    items, classes = np.array([each[0] for each in whole]), np.array([each[1] for each in whole], np.int32)
    return Matched(len(whole), items, classes, tuple(str(each[2]) for each in whole))


def stands(store, session_id):
    return {(each.item, each.annotator): each.label for each in answers.current(store, session_id)}


def slots(store, session_id):
    table = schema.claims
    with store.read() as connection:
        found = connection.execute(select(table).where(table.c.session_id == session_id))
        return {(row.item, row.slot): (row.annotator, row.leased_until is None) for row in found}


# Matching


def test_every_row_is_accounted_for():
    table = csv(
        "text,label\ngood,positive\nbad,NEGATIVE\nunknown,positive\nfine,maybe\nfine,perhaps\npoor,\npoor,NaN\n"
        "fine,maybe\n"
    )
    matched = match(table, TEXTS, CLASSES, text="text", label="label")
    assert pairs(matched) == [(0, 1), (1, 0)] and matched.annotators == ("", "") and matched.rows == 8
    assert matched.unknown_text == LeftOut(1, ((3, "unknown"),))
    assert matched.unknown_class == LeftOut(3, ((4, "maybe"), (5, "perhaps")))
    assert matched.no_label == LeftOut(2, ((6, ""), (7, "NaN")))
    assert matched.conflicting == matched.bad_name == LeftOut()


def test_a_text_that_stands_twice_gets_its_label_once():
    matched = match(
        csv("text,label\ngood,positive\ngood,positive\n"), TEXTS, CLASSES, text="text", label="label"
    )
    assert pairs(matched) == [(0, 1)] and matched.repeated == 1


def test_conflicts_are_left_out_whole():
    table = csv("text,label,who\ngood,positive,Ann\ngood,negative,Ann\ngood,negative,Bob\nbad,negative,\n")
    matched = match(table, TEXTS, CLASSES, text="text", label="label", annotator="who")
    assert pairs(matched) == [(0, 0), (1, 0)] and matched.annotators == ("Bob", "")
    assert matched.conflicting == LeftOut(2, ((1, "good"),))
    alone = match(table, TEXTS, CLASSES, text="text", label="label")
    assert pairs(alone) == [(1, 0)] and alone.conflicting.count == 3


def test_names_that_cannot_be_one():
    table = csv(f"text,label,who\ngood,positive,{'x' * 101}\nbad,positive, Ann \n")
    matched = match(table, TEXTS, CLASSES, text="text", label="label", annotator="who")
    assert matched.annotators == ("Ann",) and matched.bad_name == LeftOut(1, ((1, "x" * 99 + "…"),))


def test_rows_by_number():
    table = csv(
        "n,label,text\n3,positive,good\n4.0,negative,fine\n6,positive,x\n-1,positive,x\n,positive,x\n"
    )
    matched = match(table, TEXTS, CLASSES, row="n", label="label")
    assert pairs(matched) == [(3, 1), (4, 0)]
    assert matched.unknown_text == LeftOut(3, ((3, "6"), (4, "-1"), (5, "")))
    other = csv("n,label,text\n3,positive,good\n4,negative,of another corpus\n")
    checked = match(other, TEXTS, CLASSES, row="n", text="text", label="label")
    assert pairs(checked) == [(3, 1)] and checked.unknown_text == LeftOut(1, ((2, "of another corpus"),))


@pytest.mark.parametrize(
    ("classes", "cell", "found"),
    [
        (("Yes", "yes"), "yes", 1),
        (("Yes", "yes"), "YES", None),
        (("no", "Straße"), "STRASSE", 1),
        (("0", "1"), "1.0", 1),
        (("0", "1"), " 1 ", 1),
        (("0", "-1"), "'-1", 1),
        (("no", " yes"), "yes", 1),
        (("no", "nan"), "nan", 1),
        (("no", "yes"), "1", None),
    ],
)
def test_classes_by_name(classes, cell, found):
    table = csv("text,label\n" + f"good,{cell}\n")
    matched = match(table, TEXTS, classes, text="text", label="label")
    assert pairs(matched) == ([] if found is None else [(0, found)])
    assert matched.unknown_class.count == (found is None)


def test_columns_of_numbers_and_truth_values():
    table = pa.table({"n": pa.array([0, None, 1]), "label": pa.array([1.0, 0.0, float("nan")])})
    matched = match(table, TEXTS, ("0", "1"), row="n", label="label")
    assert pairs(matched) == [(0, 1)] and matched.no_label.count == matched.unknown_text.count == 1
    table = pa.table({"text": ["good"], "label": pa.array([True])})
    assert pairs(match(table, TEXTS, ("false", "true"), text="text", label="label")) == [(0, 1)]


def test_an_apostrophe_of_the_corpus_is_none_of_the_spreadsheet():
    table = csv("text,label\n'=a,yes\n'=b,yes\n")
    assert pairs(match(table, ["'=a", "=b"], ("no", "yes"), text="text", label="label")) == [(0, 1), (1, 1)]
    both = match(table, ["=a", "'=a", "=b"], ("no", "yes"), text="text", label="label")
    assert pairs(both) == [(2, 1)] and both.unknown_text.count == 1, "either could be meant"
    exact = read_table("labels.jsonl", b'{"text": "\'=a", "label": "yes"}')
    assert pairs(match(exact, ["=a"], ("no", "yes"), text="text", label="label")) == []


def test_examples_are_few_and_short():
    rows = "".join(f"{'x' * 500}{number},yes\n" for number in range(20))
    left = match(csv(f"text,label\nshort,yes\n{rows}"), ["a"], ("no", "yes"), text="text", label="label")
    assert left.unknown_text.count == 21 and [len(cell) for _, cell in left.unknown_text.examples] == [5, 100]
    many = match(
        csv("text,label\n" + "".join(f"t{n},yes\n" for n in range(9))),
        ["a"],
        ("no", "yes"),
        text="text",
        label="label",
    )
    assert [number for number, _ in many.unknown_text.examples] == [1, 2, 3, 4, 5]


def test_columns_that_are_not_there():
    table = csv("text,label\ngood,positive\n")
    with pytest.raises(BadInput, match="no column 'class'; the columns are: text, label"):
        match(table, TEXTS, CLASSES, text="text", label="class")
    with pytest.raises(BadInput, match="Choose the column with the texts"):
        match(table, TEXTS, CLASSES, label="label")


def test_labels_of_the_corpus_itself():
    labels = np.array([1, -1, 0, 2, 0], np.int32)
    matched = importing.known(labels, ("pos", "NEG", "other"), ("neg", "pos"))
    assert pairs(matched) == [(0, 0), (2, 1), (4, 1)] and matched.rows == 5
    assert matched.unknown_class == LeftOut(1, ((4, "other"),)) and matched.no_label.count == 1
    nothing = importing.known(np.full(3, -1, np.int32), (), ("neg", "pos"))
    assert len(nothing) == 0 and nothing.no_label.count == 3


# Bringing


def test_a_label_with_its_origin(store, new_session):
    session_id = new_session()
    brought = bring(store, session_id, given((3, 1), (4, 0, "Ann")), " Imported from labels.csv ")
    assert brought == importing.Brought(added=2, already=0, answered=0, validation=0, outside=0)
    ann, imported = sorted(events.history(store, session_id), key=lambda each: each.annotator)
    assert (imported.annotator, imported.item, imported.kind, imported.label) == ("imported", 3, "label", 1)
    assert (imported.note, imported.strategy) == ("Imported from labels.csv", "import")
    assert (imported.previous, imported.ranking_id, imported.model_version) == (None, None, None)
    assert not imported.suggestion_shown and imported.milliseconds is None
    assert (ann.annotator, ann.item, ann.label) == ("Ann", 4, 0)
    assert slots(store, session_id) == {(3, 1): ("imported", True), (4, 1): ("Ann", True)}


def test_nobody_is_asked_again(store, new_session):
    session_id = new_session(rows=6)
    bring(store, session_id, given((0, 1), (2, 1), (4, 0)), "x")
    asked = set()
    while held := claims.take(store, session_id, "Ann"):
        events.append(store, Answer(str(uuid.uuid4()), session_id, held[0].item, "Ann", "label", 0))
        asked.add(held[0].item)
    assert asked == {1, 3, 5}


def test_the_same_file_twice_adds_nothing(store, new_session):
    session_id = new_session()
    first = given((1, 1), (2, 0, "Ann"))
    bring(store, session_id, first, "a.csv")
    before = events.history(store, session_id)
    again = bring(store, session_id, first, "a.csv")
    assert (again.added, again.already) == (0, 2)
    assert bring(store, session_id, first, "b.csv").added == 0, "another file that says the same"
    assert events.history(store, session_id) == before
    corrected = bring(store, session_id, given((1, 0), (2, 0, "Ann"), (3, 1)), "b.csv")
    assert (corrected.added, corrected.already) == (2, 1)
    assert stands(store, session_id) == {(1, "imported"): 0, (2, "Ann"): 0, (3, "imported"): 1}
    assert next(each for each in events.history(store, session_id) if each.item == 1).previous == 1
    assert bring(store, session_id, first, "a.csv").added == 0, "the older file does not come back"


def test_what_was_undone_stays_undone(store, new_session):
    session_id = new_session()
    bring(store, session_id, given((1, 1, "Ann")), "a.csv")
    events.undo(store, session_id, "Ann", str(uuid.uuid4()))
    assert bring(store, session_id, given((1, 1, "Ann")), "a.csv").added == 0
    assert stands(store, session_id) == {}


def test_a_persons_own_answer_stays(store, new_session, say):
    session_id = new_session(overlap=2)
    say(session_id, 1, "Ann", 0)
    say(session_id, 2, "Ann", kind="skip")
    say(session_id, 3, "Ann", 0)
    events.undo(store, session_id, "Ann", str(uuid.uuid4()))
    brought = bring(store, session_id, given((1, 1, "Ann"), (2, 1, "Ann"), (3, 1, "Ann"), (1, 1)), "a.csv")
    assert (brought.added, brought.answered) == (2, 2)
    assert stands(store, session_id) == {
        (1, "Ann"): 0, (2, "Ann"): None, (3, "Ann"): 1, (1, "imported"): 1
    }  # fmt: skip
    say(session_id, 3, "Ann", 0)
    assert bring(store, session_id, given((3, 1, "Ann")), "b.csv").answered == 1
    assert stands(store, session_id)[3, "Ann"] == 0


def test_the_random_sample_and_what_is_outside_are_left_out(store):
    settings = LabelSettings(classes=CLASSES, validation=3, overlap=1)
    session_id = sessions.create(store, "S", "demo-1", 20, settings, np.arange(10))
    measured = sessions.validation(store, sessions.session(store, session_id)).tolist()
    brought = bring(store, session_id, given(*((item, 1) for item in range(25))), "x")
    assert brought == importing.Brought(added=7, already=0, answered=0, validation=3, outside=15)
    assert {item for item, _ in stands(store, session_id)} == {*range(10)} - {*measured}


@pytest.mark.parametrize("skipped", ["others", "nobody"])
def test_slots_are_those_that_one_by_one_would_take(store, new_session, later, skipped):
    """Texts that are free, half taken, taken, leased by this person or another, and left behind."""
    names = ("Ann", "Bob", "Cy")

    def prepared() -> str:
        session_id = new_session(rows=12, overlap=2, skipped=skipped, lease_seconds=60)
        for item, who, kind in (
            (0, "Dan", "label"),
            (1, "Dan", "label"),
            (1, "Eve", "label"),
            (2, "Ann", "skip"),
        ):
            label = 0 if kind == "label" else None
            events.append(store, Answer(str(uuid.uuid4()), session_id, item, who, kind, label))
        claims.take(store, session_id, "Ann", ahead=2)
        claims.take(store, session_id, "Fay", ahead=2)
        return session_id

    one, many = prepared(), prepared()
    assert slots(store, one) == slots(store, many), "same seed, same claims"
    labels = [(item, 1, name) for item in range(8) for name in names]
    own = [each for each in labels if each[0] == 2 and each[2] == "Ann"]
    for seconds in (0, 120):
        later(seconds)
        part = [each for each in labels if each not in own and each[0] % 2 == bool(seconds)]
        # The way of the bulk: by person, then by text.
        for item, label, who in sorted(part, key=lambda each: (each[2], each[0])):
            events.append(store, Answer(str(uuid.uuid4()), one, item, who, "label", label))
        assert bring(store, many, given(*part), "x").added == len(part)
        taken = slots(store, many)
        assert taken == slots(store, one) and any(kept for _, kept in taken.values())
    assert stands(store, one) == stands(store, many)


def test_a_slot_that_somebody_takes_meanwhile(store, new_session, monkeypatch):
    session_id, insert = new_session(overlap=2), events._insert

    def late(connection, table, rows, *back):
        if table is schema.claims:
            insert(connection, table, [rows[0] | {"annotator": "Ann"}], *back)
        return insert(connection, table, rows, *back)

    monkeypatch.setattr(events, "_insert", late)
    bring(store, session_id, given((1, 1)), "x")
    assert slots(store, session_id) == {(1, 1): ("Ann", True), (1, 2): ("imported", True)}


def test_batches(store, new_session, monkeypatch):
    monkeypatch.setattr(importing, "PAUSE", 0)
    session_id = new_session(rows=2_000)
    matched = given(*((item, item % 2) for item in range(2_000)))
    sizes, commits, shares, append = [], [], [], events.append_labels
    monkeypatch.setattr(
        events, "append_labels", lambda *given: (sizes.append(len(given[2])), append(*given))[1]
    )
    event.listen(store.engine, "commit", commits.append)
    assert bring(store, session_id, matched, "x", progress=shares.append).added == 2_000
    assert sizes == [importing.BATCH] * 8 and len(commits) == 8 and importing.BATCH <= 1_000
    assert shares[-1] == 1.0 and shares == sorted(shares)


def test_killed_half_way_it_goes_on(store, new_session, monkeypatch):
    monkeypatch.setattr(importing, "PAUSE", 0)
    monkeypatch.setattr(importing, "BATCH", 10)
    session_id, matched = new_session(rows=50), given(*((item, 1) for item in range(45)))
    follow, calls = events._take_slots, []

    def dies(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        follow(*given)

    monkeypatch.setattr(events, "_take_slots", dies)
    with pytest.raises(KeyboardInterrupt):
        bring(store, session_id, matched, "x")
    assert len(stands(store, session_id)) == len(slots(store, session_id)) == 20, "whole batches"
    monkeypatch.setattr(events, "_take_slots", follow)
    brought = bring(store, session_id, matched, "x")
    assert (brought.added, brought.already) == (25, 20)
    assert len(events.history(store, session_id, limit=100)) == len(slots(store, session_id)) == 45


def test_a_person_labels_at_the_same_time(store, new_session):
    session_id = new_session(rows=1_200)
    done = threading.Event()
    labelled: list[int] = []

    def person() -> None:
        while not done.is_set():
            for held in claims.take(store, session_id, "Ann"):
                events.append(store, Answer(str(uuid.uuid4()), session_id, held.item, "Ann", "label", 0))
                labelled.append(held.item)

    thread = threading.Thread(target=person)
    thread.start()
    brought = bring(store, session_id, given(*((item, 1) for item in range(1_200))), "x")
    done.set()
    thread.join(30)
    assert labelled and brought.added == 1_200
    found = stands(store, session_id)
    assert all(found[item, "Ann"] == 0 for item in labelled)
    assert sum(who == "imported" for _, who in found) == 1_200
    holders = slots(store, session_id)
    assert len(holders) == 1_200 and {slot for _, slot in holders} == {1}


def test_what_cannot_be_brought_changes_nothing(store, new_session):
    session_id = new_session()
    for matched, origin, annotator in (
        (given((1, 2)), "x", "imported"),
        (given((1, 1)), " ", "imported"),
        (given((1, 1)), "x" * 10_001, "imported"),
        (given((1, 1)), "x", ""),
    ):
        with pytest.raises(BadInput):
            bring(store, session_id, matched, origin, annotator)
    with pytest.raises(BadInput, match="no labelling session nothing"):
        bring(store, "nothing", given((1, 1)), "x")
    assert events.history(store, session_id) == [] and slots(store, session_id) == {}
    assert bring(store, session_id, given(), "x").added == 0


# There and back


@pytest.mark.parametrize("file", ["labels.csv", "labels.jsonl", "labels.parquet"])
def test_round_trip(store, say, file):
    # `tables.to_csv` leaves a bare carriage return without quotes.
    texts = HOSTILE if file.endswith(".csv") else [*HOSTILE, "bare\rreturn", "\rfirst"]
    rows = len(texts)
    names = ("-no", "<b>yes</b>", "שלום")
    settings = LabelSettings(classes=names, validation=0)
    one = sessions.create(store, "One", "demo-1", rows, settings)
    for row in range(rows):
        say(one, row, "=Ann", row % 3)
    two_settings = LabelSettings(classes=names[::-1], validation=3)
    two = sessions.create(store, "Two", "demo-1", rows, two_settings)
    measured = set(sessions.validation(store, sessions.session(store, two)).tolist())

    ending = file.rpartition(".")[2]
    table = read_table(file, exporting.export(store, one, texts, "labels", ending))
    matched = match(table, texts, names[::-1], text="text", label="label")
    assert len(matched) == matched.rows == rows
    brought = bring(store, two, matched, f"Imported from {file}")
    assert (brought.added, brought.validation) == (rows - 3, 3)
    labels = consensus.labels(consensus.opinions(store, two))
    found = {item: names[::-1][label] for item, label in zip(labels.items, labels.labels, strict=True)}
    assert found == {row: names[row % 3] for row in range(rows) if row not in measured}

    answers_table = read_table(file, exporting.export(store, one, texts, "answers", ending))
    with_names = match(
        answers_table, texts, names, text="text", row="row", label="label", annotator="annotator"
    )
    assert pairs(with_names) == [(row, row % 3) for row in range(rows)]
    assert set(with_names.annotators) == {"=Ann"}


def test_an_exported_import_names_its_origin(store, new_session):
    session_id = new_session()
    bring(store, session_id, given((1, 1)), "Imported from =a.csv")
    texts = [str(row) for row in range(10)]
    (line,) = exporting.export(store, session_id, texts, "answers", "jsonl").splitlines()
    told = json.loads(line)
    assert (told["origin"], told["asked_by"], told["annotator"]) == ("Imported from =a.csv", "", "imported")
    assert isinstance(exporting.labels_frame(store, session_id, texts), pd.DataFrame)
