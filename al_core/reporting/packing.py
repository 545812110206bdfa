"""Long tables into a ZIP, a part at a time, each as CSV and as Parquet."""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from re import escape

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from al_core.reporting.tables import Table
from al_core.tables import FORMULA

IN_MEMORY = 16_000_000
"""Bytes of a Parquet file beyond which it waits for its place in the ZIP on disk."""
_FORMULA = f"^([{''.join(map(escape, FORMULA))}])"


def pack(archive: zipfile.ZipFile, table: Table) -> None:
    """Write NAME.csv and NAME.parquet, read once.

    No spreadsheet takes a text in the CSV for a formula; Parquet has it as it is. Memory: one part.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        with (
            archive.open(f"{table.name}.csv", "w", force_zip64=True) as sink,
            pq.ParquetWriter(spool, table.schema, compression="zstd") as writer,
        ):
            for place, part in enumerate(table.parts()):
                pcsv.write_csv(harmless(part), sink, pcsv.WriteOptions(include_header=place == 0))
                writer.write_table(part)
        spool.seek(0)
        # Stored as it is: it is compressed already.
        entry = zipfile.ZipInfo(f"{table.name}.parquet", time.localtime()[:6])
        with archive.open(entry, "w", force_zip64=True) as sink:
            shutil.copyfileobj(spool, sink)


def harmless(table: pa.Table) -> pa.Table:
    """Return a table whose texts no spreadsheet takes for formulas, as `tables.to_csv` does it."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            options = pc.ReplaceSubstringOptions(_FORMULA, r"'\1")
            told = pc.call_function("replace_substring_regex", [table.column(place)], options)
            table = table.set_column(place, field, told)
    return table
