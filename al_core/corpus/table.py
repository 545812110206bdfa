"""A table the user imported: it is in the cache already, or nowhere."""

from __future__ import annotations

from al_core.corpus import cache
from al_core.corpus.base import Corpus, Progress
from al_core.errors import BadInput
from al_core.registry import Entry, Parameter


class ImportedTable:
    """A corpus that was made from the user's file and saved under its content hash."""

    heavy = False

    def __init__(self, table: str) -> None:
        self._key = table

    def key(self) -> str:
        """Return the key the import gave."""
        return self._key

    def read(self, progress: Progress) -> Corpus:
        """Return the imported table; raises `BadInput` if it is not there."""
        if not self._key:
            raise BadInput("Choose a table, or import one on the Data page.")
        if not cache.exists(self._key):
            raise BadInput(f"The table {self._key!r} is not here; import its file on the Data page.")
        progress("Opening the table", 0.0)
        return cache.load(self._key)


ENTRY = Entry(
    name="table",
    title="Your own table",
    help="Texts from your CSV, TSV, JSONL or Parquet file, with or without labels.",
    build=ImportedTable,
    parameters=(Parameter("table", "Table", "The key of an imported table.", default=""),),
)
