"""The user's CSV, TSV, JSON, JSONL or Parquet file as a table. Nothing in it is ever run."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from al_core.corpus.columns import guess_columns, import_table
from al_core.corpus.decoding import decode
from al_core.errors import BadInput

__all__ = ["guess_columns", "import_table", "read_path", "read_table"]

MAX_BYTES = 500_000_000
MAX_ROWS = 2_000_000
MAX_COLUMNS = 1_000
MAX_CHARACTERS = 100_000
"""In one cell; twenty times the longest film review."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_SAMPLE = 262_144
_BATCH = 1_024


def read_table(name: str, data: bytes, encoding: str | None = None) -> pa.Table:
    """Return the table in a file's bytes; `name` is the file's, its ending tells the format.

    Columns of text formats are strings (JSON's null is null); Parquet keeps its types. Schema
    metadata says what was detected: "encoding", "delimiter", "left_out" (nested or binary
    columns, as a JSON list). Raises `BadInput` in one sentence. Memory: up to four times the file.
    """
    name = PurePath(name).name or "the file"
    if len(data) > MAX_BYTES:
        raise BadInput(f"{name} has {len(data) / 1e6:,.0f} MB; the limit is {MAX_BYTES / 1e6:,.0f} MB.")
    if not data.strip():
        raise BadInput(f"{name} is empty; choose a file with a header and at least one row.")
    match PurePath(name).suffix.lower():
        case ".csv" | ".tsv" | ".tab" | ".txt" as suffix:
            table = _read_csv(name, *decode(name, data, encoding), tabs=suffix in (".tsv", ".tab"))
        case ".jsonl" | ".ndjson" | ".json":
            table = _read_json(name, *decode(name, data, encoding))
        case ".parquet" | ".pq":
            table = _read_parquet(name, data)
        case _:
            raise BadInput(f"{name} is none of .csv, .tsv, .jsonl, .json and .parquet; convert it first.")
    if not table.num_rows:
        raise BadInput(f"{name} has a header but no rows; choose a file with at least one row.")
    _check_cells(name, table)
    return table


def read_path(path: Path) -> pa.Table:
    """Return the table in a file on this machine; raises `BadInput` as `read_table` does."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path.name} is larger than {MAX_BYTES / 1e6:,.0f} MB, the limit.")
        return read_table(path.name, path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}).") from error


def _read_csv(name: str, text: str, encoding: str, tabs: bool) -> pa.Table:
    text = text.lstrip("\r\n")
    delimiter = _delimiter(text[:_SAMPLE], tabs)
    header = _cells(text[:_SAMPLE], delimiter)
    # pandas writes its index as a first column without a name.
    columns = [cell.strip() or f"column {place}" for place, cell in enumerate(next(header, []), 1)]
    _check_columns(name, columns)
    data = text.encode("utf-8", "replace")
    bad: list[Any] = []

    def note(row: Any) -> str:
        bad.append(row)
        return "error"

    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            # One block, one thread: cells may hold line breaks, and a bad row is known by its number.
            read_options=pacsv.ReadOptions(
                block_size=len(data) + 1, use_threads=False, column_names=columns, skip_rows=0
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        if not bad:
            raise BadInput(f"{name} cannot be read as a table ({_first_line(error)}).") from error
        # The header counts as row 1 to the reader, and as none to people.
        number, has = bad[0].number - 1, bad[0].actual_columns
        raise BadInput(
            f"Row {number:,} of {name} has {has:,} {'cell' if has == 1 else 'cells'}, but the header has "
            f"{len(columns):,}; put cells with a {_DELIMITERS[delimiter]} or a line break in double quotes."
        ) from error
    table = table.slice(1)
    if table.num_rows > MAX_ROWS:
        raise _too_many(name, table.num_rows)
    return table.replace_schema_metadata({"encoding": encoding, "delimiter": delimiter, "left_out": "[]"})


def _delimiter(sample: str, tabs: bool) -> str:
    """Return the delimiter under which most rows have as many cells as the header."""
    if tabs:
        return "\t"
    scores = {}
    for delimiter in _DELIMITERS:
        widths = [len(row) for _, row in zip(range(100), _cells(sample, delimiter), strict=False) if row]
        even = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
        scores[delimiter] = (even, widths[0]) if widths and widths[0] > 1 else (0.0, 0)
    return max(scores, key=lambda delimiter: scores[delimiter])


def _cells(sample: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except (StopIteration, csv.Error):  # an overlong cell: reading it whole will name its row
            return


def _check_columns(name: str, columns: list[str]) -> None:
    if len(columns) > MAX_COLUMNS:
        raise BadInput(f"{name} has {len(columns):,} columns; the limit is {MAX_COLUMNS:,}.")
    if not columns:
        raise BadInput(f"The first row of {name} names no columns; give it a header such as text,label.")
    for column, count in Counter(columns).items():
        if count > 1:
            raise BadInput(f"{name} has {count} columns named {column!r}; give each a name of its own.")


def _read_json(name: str, text: str, encoding: str) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for place, record in _records(name, text):
        if not isinstance(record, dict):
            raise BadInput(
                f'{place} of {name} is not an object; write one like {{"text": ..., "label": ...}}.'
            )
        rows.append(record)
        if len(rows) > MAX_ROWS:
            raise _too_many(name, len(rows))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    _check_columns(name, columns)
    nested = {column for row in rows for column, cell in row.items() if isinstance(cell, dict | list)}
    kept = [column for column in columns if column not in nested]
    if not kept:
        raise BadInput(f"{name} has only nested columns ({', '.join(columns)}); give texts as plain strings.")
    arrays = [_strings([_cell(row.get(column)) for row in rows]) for column in kept]
    table = pa.table(arrays, names=kept)
    return table.replace_schema_metadata({"encoding": encoding, "left_out": json.dumps(sorted(nested))})


def _records(name: str, text: str) -> Iterator[tuple[str, Any]]:
    """Yield each record with its place; the whole file may be one JSON array."""
    try:
        if text.lstrip().startswith("["):
            yield from ((f"Entry {number:,}", entry) for number, entry in enumerate(json.loads(text), 1))
            return
    except (ValueError, RecursionError) as error:
        line = f" at line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"{name} is broken{line}; it should be a JSON array of objects.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"Line {number:,} of {name} is not JSON; each line should be one object."
            ) from error
        yield f"Line {number:,}", record


def _cell(value: object) -> str | None:
    if value is None or value != value:  # NaN, which JSON as Python reads it may hold
        return None
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _strings(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.large_string())
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell and UTF-8 cannot
        return pa.array(
            [
                value and value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
                for value in values
            ],
            pa.large_string(),
        )


def _read_parquet(name: str, data: bytes) -> pa.Table:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        schema = file.schema_arrow
        if file.metadata.num_rows > MAX_ROWS:
            raise _too_many(name, file.metadata.num_rows)
        kept = [field.name for field in schema if _plain(field.type)]
        left_out = [field.name for field in schema if not _plain(field.type)]
        if not kept:
            raise BadInput(f"{name} has only nested or binary columns; give texts as a column of strings.")
        _check_columns(name, kept)
        batches, size = [], 0
        # In small batches, since a few bytes on disk may stand for a very long column.
        for batch in file.iter_batches(_BATCH, columns=kept):
            size += batch.nbytes
            if size > 2 * MAX_BYTES:
                raise BadInput(f"{name} holds more than {2 * MAX_BYTES / 1e6:,.0f} MB of data; split it.")
            batches.append(batch)
        table = pa.Table.from_batches(batches, file.schema_arrow.empty_table().select(kept).schema)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{name} is not a readable Parquet file ({_first_line(error)}).") from error
    table = table.select([column for column in kept if not column.startswith("__index_level_")])
    return table.replace_schema_metadata({"left_out": json.dumps(left_out)})


def _plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return not (pa.types.is_nested(kind) or binary or isinstance(kind, pa.BaseExtensionType))


def _check_cells(name: str, table: pa.Table) -> None:
    for column in table.column_names:
        cells = table.column(column)
        if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
            continue
        lengths = pc.call_function("utf8_length", [cells])
        if (longest := pc.call_function("max", [lengths]).as_py() or 0) > MAX_CHARACTERS:
            row = pc.index(lengths, longest).as_py() + 1
            raise BadInput(
                f"Row {row:,} of {name} has {longest:,} characters in column {column!r}; the limit is "
                f"{MAX_CHARACTERS:,}, so shorten it or look for a double quote that is never closed."
            )
        found = pc.call_function("match_substring", [cells], pc.MatchSubstringOptions("\0"))
        with_nul = pc.index(found, True).as_py()
        if with_nul >= 0:
            raise BadInput(
                f"Row {with_nul + 1:,} of {name} has a NUL character in column {column!r}; "
                "remove it, or save the table again as UTF-8."
            )


def _too_many(name: str, rows: int) -> BadInput:
    return BadInput(f"{name} has {rows:,} rows or more; the limit is {MAX_ROWS:,}, so take a sample.")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:160]
