"""What leaves a session: every answer with its provenance, in formats that others read back."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import event

import al_core
from al_core.corpus.files import read_table
from al_core.errors import BadInput, Unavailable
from al_core.labelling import claims, events, exporting, guidelines, importing, rankings, sessions

FORMATS = ("csv", "jsonl", "parquet")
KINDS = ("labels", "answers", "events")
TEXTS = [f"text {row}" for row in range(10)]


def records(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_each_answer_with_where_it_came_from(store, new_session, say):
    session_id = new_session(validation=1, random_share=0.5, overlap=3)
    session = sessions.session(store, session_id)
    (measured,) = sessions.validation(store, session).tolist()
    asked, alone, brought = [row for row in range(10) if row != measured][:3]
    rankings.publish(
        store, session_id, np.array([asked]), np.array([0.75]), strategy="margin", model_version="m1"
    )
    say(session_id, alone, "Bob", 0, note="hard")
    guidelines.write(store, session_id, "First", "Eve")
    guidelines.write(store, session_id, "Second", "Eve")
    held = {each.item: each for each in claims.take(store, session_id, "Ann", ahead=2)}
    seen = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
    told = say(session_id, asked, "Ann", 1, suggestion_shown=True, milliseconds=1234, client_at=seen)
    say(session_id, asked, "Bob", 0)
    say(session_id, asked, "Cy", kind="skip")
    say(session_id, asked, "Cy", kind="flag", note="odd")
    say(session_id, asked, "Dan", kind="flag")
    say(session_id, asked, "Eve", 1, kind="decide")
    say(session_id, measured, "Ann", 1)
    matched = importing.Matched(1, np.array([brought]), np.array([1], np.int32), ("",))
    importing.bring(store, session_id, matched, "Imported from labels.csv")

    assert asked in held
    rows = {
        (row["row"], row["annotator"]): row
        for row in records(exporting.answers_frame(store, session_id, TEXTS))
    }
    assert set(rows) == {
        *((asked, who) for who in ("Ann", "Bob", "Cy", "Eve")),
        (alone, "Bob"),
        (measured, "Ann"),
        (brought, "imported"),
    }
    ann = rows[asked, "Ann"]
    assert ann["saved_at"].to_pydatetime() == told.created_at and ann["client_at"].to_pydatetime() == seen
    assert {name: value for name, value in ann.items() if not name.endswith("_at")} == {
        "row": asked,
        "text": f"text {asked}",
        "label": "yes",
        "kind": "label",
        "annotator": "Ann",
        "counts": "yes",
        "agreed": False,
        "flags": "Cy: odd; Dan",
        "note": "",
        "origin": "",
        "asked_by": "margin",
        "model_version": "m1",
        "rank": 0,
        "score": 0.75,
        "suggestion_shown": True,
        "milliseconds": 1234,
        "guideline_version": 2,
        "validation": False,
        "sent_by": "",
        "uuid": told.uuid,
    }
    cy, eve = rows[asked, "Cy"], rows[asked, "Eve"]
    assert (cy["kind"], cy["label"], cy["counts"]) == ("skip", None, "yes")
    assert (eve["kind"], eve["label"], eve["asked_by"]) == ("decide", "yes", "")
    bob = rows[alone, "Bob"]
    assert (bob["counts"], bob["agreed"], bob["flags"], bob["note"]) == ("no", True, "", "hard")
    assert (bob["asked_by"], bob["rank"], bob["guideline_version"]) == ("", None, None)
    assert rows[measured, "Ann"]["validation"] is True
    other = rows[brought, "imported"]
    assert (other["origin"], other["note"], other["asked_by"]) == ("Imported from labels.csv", "", "")


def test_labels_that_count(store, new_session, say):
    session_id = new_session(overlap=3)
    for item, who, label in ((4, "Bob", 0), (4, "Ann", 1), (2, "Ann", 0), (3, "Ann", 1), (3, "Bob", 0)):
        say(session_id, item, who, label)
    say(session_id, 5, "Ann", kind="skip")
    alone = {"row": 2, "text": "text 2", "label": "no", "votes": "Ann: no", "decided_by": ""}
    assert records(exporting.labels_frame(store, session_id, TEXTS)) == [
        alone | {"validation": False, "sent_by": ""}
    ], "where people are divided, nothing counts"
    say(session_id, 4, "Cy", 0)
    say(session_id, 3, "Eve", 0, kind="decide")
    say(session_id, 3, "Dan", 1, kind="decide")
    frame = exporting.labels_frame(store, session_id, TEXTS)
    assert frame[["row", "label", "votes", "decided_by"]].values.tolist() == [
        [2, "no", "Ann: no", ""],
        [3, "yes", "Ann: yes; Bob: no", "Dan"],
        [4, "no", "Ann: yes; Bob: no; Cy: no", ""],
    ]
    agreed = exporting.answers_frame(store, session_id, TEXTS).set_index(["row", "annotator"]).agreed
    assert agreed.to_dict() == {
        (2, "Ann"): True, (3, "Ann"): False, (3, "Bob"): False, (3, "Dan"): False, (3, "Eve"): False,
        (4, "Ann"): False, (4, "Bob"): False, (4, "Cy"): False, (5, "Ann"): True,
    }  # fmt: skip


def test_an_adjudicator_may_differ_from_everybody(store, new_session, say):
    session_id = new_session(overlap=2)
    for item, who in ((7, "Ann"), (2, "Bob"), (2, "Ann")):
        say(session_id, item, who, 1)
    say(session_id, 2, "Abe", 0, kind="decide")
    frame = exporting.answers_frame(store, session_id, TEXTS)
    assert frame[["row", "annotator", "kind", "counts", "agreed"]].values.tolist() == [
        [2, "Ann", "label", "no", False],
        [2, "Bob", "label", "no", False],
        [2, "Abe", "decide", "no", False],
        [7, "Ann", "label", "yes", True],
    ]


def test_history_keeps_what_was_undone(store, new_session, say):
    session_id = new_session()
    first = say(session_id, 1, "Ann", 0)
    second = say(session_id, 1, "Ann", 1)
    undo = events.undo(store, session_id, "Ann", "6f0b5a0e-3a57-4c55-9a3e-0d6c1c6c7b1f")
    assert undo is not None
    frame = exporting.events_frame(store, session_id, TEXTS)
    columns = ["event", "kind", "label", "previous", "undone", "undoes"]
    assert [tuple(row[name] for name in columns) for row in records(frame)] == [
        (first.id, "label", "no", None, False, None),
        (second.id, "label", "yes", "no", True, None),
        (undo.id, "undo", None, "yes", False, second.id),
    ]
    answers = exporting.answers_frame(store, session_id, TEXTS)
    assert answers.label.tolist() == ["no"] and answers.uuid.tolist() == [first.uuid]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_session_has_the_columns(store, new_session, kind):
    session_id = new_session()
    table = exporting.table(store, session_id, TEXTS, kind)
    assert table.num_rows == 0 and {"row", "text", "label"} <= set(table.column_names)
    header = exporting.export(store, session_id, TEXTS, kind, "csv").decode()
    assert header.split() == [",".join(table.column_names)]
    assert exporting.export(store, session_id, TEXTS, kind, "jsonl") == b""
    empty = pq.read_table(io.BytesIO(exporting.export(store, session_id, TEXTS, kind, "parquet")))
    assert empty.schema.types == table.schema.types


def test_formats_hold_the_same(store, new_session, say):
    session_id = new_session(classes=("no", "=yes"))
    say(session_id, 1, "@Ann", 1, note="+1", client_at=datetime(2026, 1, 2, 3, 4, 5, 678, UTC))
    say(session_id, 2, "@Ann", kind="skip")
    files = {each: exporting.export(store, session_id, TEXTS, "answers", each) for each in FORMATS}
    csv = pd.read_csv(io.BytesIO(files["csv"]))
    assert csv[["label", "annotator", "note"]].iloc[0].tolist() == ["'=yes", "'@Ann", "'+1"]
    assert csv.client_at[0] == "2026-01-02T03:04:05.000678+00:00"
    lines = [json.loads(line) for line in files["jsonl"].decode().splitlines()]
    assert lines[0]["label"] == "=yes" and lines[0]["client_at"] == csv.client_at[0]
    assert lines[1]["label"] is None and lines[1]["milliseconds"] is None and lines[1]["agreed"] is True
    table = pq.read_table(io.BytesIO(files["parquet"]))
    assert table.column("client_at").type == pa.timestamp("us", tz="UTC")
    assert table.column("milliseconds").type == pa.int64() and table.column("score").type == pa.float64()
    assert list(lines[0]) == table.column_names == csv.columns.tolist()
    saved = [moment.isoformat() for moment in table.column("saved_at").to_pylist()]
    assert saved == [line["saved_at"] for line in lines] == csv.saved_at.tolist()
    about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    session = sessions.session(store, session_id)
    assert (about["session"], about["name"], about["corpus"]) == (session_id, "A session", "demo-1")
    assert json.loads(about["settings"]) == session.settings
    assert json.loads(about["classes"]) == ["no", "=yes"]
    assert datetime.fromisoformat(about["exported_at"]).tzinfo is not None


def test_a_score_that_json_does_not_know(store, new_session, say):
    session_id = new_session()
    order = (np.array([3]), np.array([np.inf]))
    rankings.publish(store, session_id, *order, strategy="margin", model_version="m1")
    claims.take(store, session_id, "Ann")
    say(session_id, 3, "Ann", 1)
    (line,) = exporting.export(store, session_id, TEXTS, "answers", "jsonl").splitlines()
    assert json.loads(line, parse_constant=pytest.fail)["score"] is None


def test_no_query_per_label(store, new_session):
    def statements(labels: int) -> int:
        session_id = new_session(rows=2_000)
        matched = importing.Matched(labels, np.arange(labels), np.zeros(labels, np.int32), ("",) * labels)
        assert importing.bring(store, session_id, matched, "x").added == labels
        count = 0

        def counted(*_):
            nonlocal count
            count += 1

        event.listen(store.engine, "before_cursor_execute", counted)
        for kind in KINDS:
            assert exporting.table(store, session_id, ["x"] * 2_000, kind).num_rows == labels
        event.remove(store.engine, "before_cursor_execute", counted)
        return count

    assert statements(3) == statements(1_500) < 40


def test_what_cannot_be_exported(store, new_session):
    session_id = new_session()
    with pytest.raises(BadInput, match="no labelling session nothing"):
        exporting.export(store, "nothing", TEXTS, "labels", "csv")
    with pytest.raises(BadInput, match="labels 10 texts, but the corpus given has 9"):
        exporting.export(store, session_id, TEXTS[:9], "labels", "csv")
    with pytest.raises(BadInput, match="csv, jsonl, parquet, not as 'xls'"):
        exporting.export(store, session_id, TEXTS, "labels", "xls")  # pyright: ignore[reportArgumentType]
    with pytest.raises(BadInput, match="not 'all'"):
        exporting.export(store, session_id, TEXTS, "all", "csv")  # pyright: ignore[reportArgumentType]


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch):
    path = tmp_path / "labels.csv"
    exporting.save(path, b"old")
    exporting.save(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(BadInput, match=r"There is no folder .*missing; make it first"):
        exporting.save(tmp_path / "missing" / "labels.csv", b"x")
    with pytest.raises(BadInput, match="is a folder"):
        exporting.save(tmp_path, b"x")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match=r"labels\.csv cannot be written \(No space left on device\)"):
        exporting.save(path, b"newer")
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["labels.csv"]
    assert path.read_bytes() == b"new"


def test_an_export_is_a_table_to_import(store, new_session, say):
    session_id = new_session()
    say(session_id, 1, "Ann", 1)
    for each in FORMATS:
        data = exporting.export(store, session_id, TEXTS, "labels", each)
        assert read_table(f"labels.{each}", data).column("label").to_pylist() == ["yes"]


def test_imports_nothing_heavy():
    heavy = ("keras", "tensorflow", "jax", "torch", "streamlit")
    code = (
        "import sys\nfrom al_core.labelling import exporting, importing\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    root = Path(al_core.__file__).parents[1]
    done = run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
