"""Tables that leave the workbench."""

from __future__ import annotations

from typing import Any

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV whose text cells no spreadsheet takes for a formula."""
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [_harmless(value) for value in safe[column]]
    safe.columns = [_harmless(str(column)) for column in safe.columns]
    # With this ending a bare carriage return inside a cell is quoted, as it must be to come back.
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the columns that hold lists: a file of lines has no place for them."""
    nested = [name for name in frame if any(isinstance(each, list) for each in frame[name].tolist())]
    return frame.drop(columns=nested)
