"""A table file on this machine, named by its path: read anew when it changes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from al_core import paths
from al_core.corpus import files
from al_core.corpus.base import Corpus, Progress
from al_core.corpus.cache import make_key
from al_core.errors import BadInput
from al_core.registry import Entry, Parameter

LYRICS = "lyrics_pop_rap.csv"
"""The file of the preset `blog-lyrics`; `AL_LYRICS_CSV` names another place for it."""


class CsvFile:
    """Two columns of a file: texts and their labels."""

    heavy = False

    def __init__(self, path: str, text: str, label: str, positive: str) -> None:
        self.path, self.text, self.label, self.positive = path.strip(), text, label, positive

    def place(self) -> Path:
        """Return where the file is looked for; a relative path starts in the folder `data` of AL_HOME."""
        named = os.environ.get("AL_LYRICS_CSV", "") if self.path == LYRICS else ""
        return paths.home() / "data" / Path(named or self.path).expanduser()

    def key(self) -> str:
        """Return a hash of the settings and of the bytes, which are read once while the file stays."""
        place = self.place()
        try:
            found = place.stat()
            content = _digest(str(place), found.st_size, found.st_mtime_ns)
        except OSError:
            content = "missing"
        return make_key(f"csv_{place.stem}", content, self.text, self.label, self.positive)

    def read(self, progress: Progress) -> Corpus:
        """Read the file; raises `BadInput` that says where to put it. Memory: four times the file."""
        if not self.path:
            raise BadInput("Name the file: a path on this machine, such as texts.csv.")
        if "://" in self.path:
            raise BadInput(f"{self.path} is an address; save the file on this machine and name its path.")
        place = self.place()
        if not place.is_file():
            other = ", or let AL_LYRICS_CSV name its path" if self.path == LYRICS else ""
            raise BadInput(f"There is no file {place}; put it there{other}.")
        key = self.key()
        progress(f"Reading {place.name}", 0.0)
        table = files.read_path(place)
        text, label = files.guess_columns(table)
        corpus = files.import_table(
            table, self.text or text, self.label or label, place.name, self.positive or None
        )
        if self.key() != key:
            raise BadInput(f"{place} was changed while it was read; try again when it is complete.")
        return replace(corpus, key=key)


@lru_cache(maxsize=64)
def _digest(path: str, size: int, changed: int) -> str:
    del size, changed  # part of the key: another file under the same name
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


ENTRY = Entry(
    name="csv",
    title="File by path",
    help="A CSV, TSV, JSONL or Parquet file that lies on this machine, such as the blog's song lines.",
    build=CsvFile,
    parameters=(
        Parameter("path", "Path", "A relative one starts in the folder data of AL_HOME.", LYRICS),
        Parameter("text", "Text column", "Empty: the one that looks like it.", ""),
        Parameter("label", "Label column", "Empty: the one that looks like it.", ""),
        Parameter("positive", "Positive class", "Of two classes. Empty: the later one.", "", advanced=True),
    ),
    cost="A second for 50,000 lines, the first time only",
)
