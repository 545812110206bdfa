"""From a table to a corpus: which column is the text, which the label, and what the classes are."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from al_core.corpus.base import UNKNOWN, Corpus
from al_core.errors import BadInput

MAX_CLASSES = 1_000
_LABEL_CHARACTERS = 200
_SAMPLE = 1_000
_TEXT_NAMES = ("text", "texts", "review", "sentence", "content", "body", "message", "comment", "lyric")
_LABEL_NAMES = ("label", "labels", "class", "category", "target", "sentiment", "y")
_INTEGER = re.compile(r"[+-]?\d+(\.0+)?")


def guess_columns(table: pa.Table) -> tuple[str, str | None]:
    """Return the likely text column and the likely label column, None where none looks like one.

    A known name decides; else the text is the longest column, the label one of few short values.
    Raises `BadInput` if the table has no column.
    """
    if not table.num_columns:
        raise BadInput("The table has no columns; choose a file with a header.")
    sample = {name: _as_strings(table.slice(0, _SAMPLE).column(name)) for name in table.column_names}
    by_name = {name.strip().casefold(): name for name in reversed(table.column_names)}
    longest = max(sample, key=lambda name: sum(len(cell or "") for cell in sample[name]))
    text = next((by_name[name] for name in _TEXT_NAMES if name in by_name), longest)

    def few_values(name: str) -> bool:
        cells = [cell for cell in sample[name] if cell is not None and _is_label(cell)]
        few = max(len(cells) // 5, min(len(cells) // 2, 10))
        return 1 < len(set(cells)) <= few and max(map(len, cells)) <= _LABEL_CHARACTERS

    others = [name for name in table.column_names if name != text]
    named = [by_name[name] for name in _LABEL_NAMES if by_name.get(name, text) != text]
    return text, next(iter(named), next(filter(few_values, others), None))


def import_table(
    table: pa.Table, text_column: str, label_column: str | None, title: str, positive: str | None = None
) -> Corpus:
    """Return the corpus in two columns of a table; its key is a hash of its content.

    Empty and NaN labels are unknown; with no label column all are. Classes are sorted naturally,
    for two classes the `positive` one last. Raises `BadInput` and saves nothing.
    """
    texts = [cell or "" for cell in _column(table, text_column)]
    if not any(text.strip() for text in texts):
        raise BadInput(f"Column {text_column!r} holds no text; choose another text column.")
    if label_column == text_column:
        raise BadInput(f"Column {text_column!r} cannot be both text and label; choose two columns.")
    names = _labels(_column(table, label_column)) if label_column is not None else [None] * len(texts)
    classes = sorted({name for name in names if name is not None}, key=_natural)
    if len(classes) > MAX_CLASSES:
        raise BadInput(
            f"Column {label_column!r} has {len(classes):,} different values; is this really the label column?"
        )
    if long := next((name for name in classes if len(name) > _LABEL_CHARACTERS), None):
        row = next(row for row, name in enumerate(names, 1) if name == long)
        raise BadInput(
            f"Column {label_column!r} has a label of {len(long):,} characters in row {row:,}; "
            "is this really the label column?"
        )
    if positive is not None and positive not in classes:
        raise BadInput(
            f"There is no class {positive!r}; the classes are: {', '.join(classes[:10]) or 'none'}."
        )
    if positive is not None and len(classes) == 2:
        classes.sort(key=lambda name: name == positive)
    numbers: dict[str | None, int] = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers.get(name, UNKNOWN) for name in names], dtype=np.int32)
    return Corpus(
        key=f"table-{_digest(texts, labels, classes)}",
        title=title.strip() or "Imported table",
        texts=texts,
        labels=labels,
        classes=tuple(classes),
        note=f"Imported: texts from column {text_column!r}, "
        + ("without labels." if label_column is None else f"labels from column {label_column!r}."),
    )


def _column(table: pa.Table, name: str) -> list[str | None]:
    if name not in table.column_names:
        raise BadInput(f"There is no column {name!r}; the columns are: {', '.join(table.column_names)}.")
    return _as_strings(table.column(name))


def _as_strings(cells: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_dictionary(cells.type):
        cells = pc.cast(cells, cells.type.value_type)
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        return cells.to_pylist()
    return [None if value is None or value != value else str(value) for value in cells.to_pylist()]


def _is_label(cell: str) -> bool:
    return cell.strip().casefold() not in ("", "nan")


def _labels(cells: list[str | None]) -> list[str | None]:
    """Return stripped labels, None where unknown; a gap makes whole numbers float, which is undone."""
    names = [cell.strip() if cell is not None and _is_label(cell) else None for cell in cells]
    known = {name for name in names if name is not None}
    if all(map(_INTEGER.fullmatch, known)):
        return [name and name.split(".")[0] for name in names]
    return names


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sort key that puts "class 10" after "class 9", and numbers before words."""
    parts = re.findall(r"\d{1,18}|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts], name


def _digest(texts: list[str], labels: np.ndarray, classes: list[str]) -> str:
    digest = hashlib.sha256(repr(classes).encode())
    digest.update(labels.tobytes())
    for text in texts:
        raw = text.encode("utf-8", "replace")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:16]
