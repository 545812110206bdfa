from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from al_core.corpus import files
from al_core.corpus.files import read_path, read_table
from al_core.errors import BadInput


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("a.csv", "text,label\na,1\nb,0\n", [["a", "1"], ["b", "0"]]),
        ("a.csv", "text;label\n1,5 stars;1\nb;0\n", [["1,5 stars", "1"], ["b", "0"]]),
        ("a.csv", "text\tlabel\na, b\t1\n", [["a, b", "1"]]),
        ("a.tsv", 'text\tlabel\na "q" b\t1\n', [['a "q" b', "1"]]),
        ("a.csv", 'text,label\r\n"a\r\nb ""c"", d",1\r\n', [['a\r\nb "c", d', "1"]]),
        ("a.csv", "text,label\ra,1\r", [["a", "1"]]),
        ("a.csv", "\n\ntext,label\na,1\n\n\nb,0", [["a", "1"], ["b", "0"]]),
        ("a.csv", "text,label\n=1+1,\n007,nan\n", [["=1+1", ""], ["007", "nan"]]),
        ("a.jsonl", '{"text": "a", "label": 1}\n\n{"label": 0.5, "text": "b"}\n', [["a", "1"], ["b", "0.5"]]),
        ("a.jsonl", '{"text": "a", "label": true}\n{"text": null}\n', [["a", "true"], [None, None]]),
        ("a.jsonl", '{"text": "\\ud800", "label": NaN}\n', [["\N{REPLACEMENT CHARACTER}", None]]),
        ("a.json", '[{"text": "a", "label": "x"}]', [["a", "x"]]),
    ],
)
def test_tables_are_read(name: str, text: str, rows: list[list[str | None]]):
    table = read_table(name, text.encode())
    assert table.column_names == ["text", "label"]
    assert [list(row.values()) for row in table.to_pylist()] == rows


def test_what_was_detected_is_told():
    table = read_table("a.csv", "text;label\nschön;1\nfür Gäste;0\n".encode("cp1252"))
    assert table.schema.metadata[b"encoding"] == b"cp1252" and table.schema.metadata[b"delimiter"] == b";"


def test_a_column_without_a_name_gets_one():
    assert read_table("a.csv", b",text\n0,a\n").column_names == ["column 1", "text"]


def test_one_column_is_a_table_too():
    assert read_table("a.csv", b"text\nhello you\n\nhi\n").to_pydict() == {"text": ["hello you", "hi"]}


def test_parquet_keeps_its_types_and_leaves_out_what_is_nested():
    table = pa.table({"text": ["a", "b"], "label": [1.0, None], "tags": [[1], [2]], "raw": [b"\xff", b""]})
    read = read_table("a.parquet", parquet(table))
    assert read.to_pydict() == {"text": ["a", "b"], "label": [1.0, None]}
    assert json.loads(read.schema.metadata[b"left_out"]) == ["tags", "raw"]


def test_parquet_written_by_pandas_has_no_index_column():
    frame = pa.table({"text": ["a"], "__index_level_0__": [3]})
    assert read_table("a.parquet", parquet(frame)).column_names == ["text"]


BAD = {
    "empty": ("a.csv", b"", "is empty"),
    "white space": ("a.jsonl", b" \n\n", "is empty"),
    "only a header": ("a.csv", b"text,label\n", "a header but no rows"),
    "only a header, no line end": ("a.csv", b"text,label", "a header but no rows"),
    "binary": ("a.csv", bytes(range(256)) * 20, "not readable as text"),
    "spreadsheet": ("a.csv", b"PK\x03\x04", "save it as CSV"),
    "unknown ending": ("a.xlsx", b"x", "convert it first"),
    "no ending": ("data", b"x", "convert it first"),
    "too long a row": (
        "a.csv",
        b"text,label\na,1\nb, c,1\n",
        "Row 2 of a.csv has 3 cells, but the header has 2",
    ),
    "too short a row": ("a.csv", b"text,label\na,1\nb\n", "Row 2 of a.csv has 1 cell, but"),
    "open quote": ("a.csv", b'text,label\n"open,1\nb,0\n', "double quotes"),
    "same name twice": ("a.csv", b"text,text\na,b\n", "2 columns named 'text'"),
    "NUL": ("a.csv", b"text,label\na,1\nb\x00c,0\n", "Row 2 of a.csv has a NUL character in column 'text'"),
    "NUL in JSON": ("a.jsonl", b'{"text": "a\\u0000"}', "Row 1 of a.jsonl has a NUL"),
    "huge cell": (
        "a.csv",
        b"text,label\na,1\n" + b"x" * 10_000_000 + b",0\n",
        "Row 2 of a.csv has 10,000,000 characters in column 'text'",
    ),
    "huge quoted cell": (
        "a.csv",
        b'text,label\n"' + b"x, " * 3_000_000 + b'",0\n',
        "Row 1 of a.csv has 9,000,000",
    ),
    "huge JSON cell": (
        "a.jsonl",
        b'{"text": "' + b"x" * 10_000_000 + b'"}',
        "Row 1 of a.jsonl has 10,000,000",
    ),
    "broken line": ("a.jsonl", b'{"text": "a"}\n{"text":\n', "Line 2 of a.jsonl is not JSON"),
    "not an object": ("a.jsonl", b'{"text": "a"}\n[1]\n', "Line 2 of a.jsonl is not an object"),
    "array of numbers": ("a.json", b"[1, 2]", "Entry 1 of a.json is not an object"),
    "broken array": ("a.json", b'[{"text": "a"},', "a.json is broken at line 1"),
    "deep array": ("a.json", b"[" * 200_000, "a.json is broken"),
    "deep object": ("a.jsonl", b'{"a":' * 200_000, "Line 1 of a.jsonl is not JSON"),
    "objects without keys": ("a.jsonl", b"{}\n{}\n", "names no columns"),
    "nested only": ("a.jsonl", b'{"text": ["a"]}\n', "only nested columns"),
    "cut Parquet": (
        "a.parquet",
        parquet(pa.table({"text": ["a"] * 99}))[:200],
        "not a readable Parquet file",
    ),
    "no Parquet": ("a.parquet", b"text,label\na,1\n", "not a readable Parquet file"),
    "nested Parquet": ("a.parquet", parquet(pa.table({"tags": [[1]]})), "only nested or binary columns"),
    "Parquet without rows": ("a.parquet", parquet(pa.table({"text": pa.array([], pa.string())})), "no rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_give_one_clear_sentence(case: str):
    name, data, words = BAD[case]
    with pytest.raises(BadInput) as raised:
        read_table(name, data)
    message = str(raised.value)
    assert words in message
    assert message.endswith(".") and "\n" not in message and len(message) < 300


def test_limits_on_rows_columns_and_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MAX_ROWS", 2)
    for name, data in (
        ("a.csv", b"text\na\nb\nc\n"),
        ("a.jsonl", b'{"text": "a"}\n' * 3),
        ("a.parquet", parquet(pa.table({"text": ["a"] * 3}))),
    ):
        with pytest.raises(BadInput, match="the limit is 2"):
            read_table(name, data)
    with pytest.raises(BadInput, match="the limit is 1,000"):
        read_table("a.csv", ",".join(f"c{each}" for each in range(1_001)).encode() + b"\n")
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    with pytest.raises(BadInput, match="the limit is"):
        read_table("a.csv", b"text,label\na,1\n")


def test_a_parquet_file_that_swells_is_stopped(monkeypatch: pytest.MonkeyPatch):
    data = parquet(pa.table({"text": ["x" * 1_000] * 20_000}))
    assert len(data) < 1_000_000
    monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
    with pytest.raises(BadInput, match="split it"):
        read_table("a.parquet", data)


def test_a_path_is_read_and_a_missing_one_is_said(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_text("text\nhello\n")
    assert read_path(path).num_rows == 1
    with pytest.raises(BadInput, match="cannot be read"):
        read_path(tmp_path / "gone.csv")
