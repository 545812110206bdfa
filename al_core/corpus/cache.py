"""The cached table each corpus becomes: one Parquet file, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from al_core import corpus as corpora
from al_core import paths
from al_core.config import Component
from al_core.corpus.base import UNKNOWN, Corpus, Progress, Source
from al_core.errors import BadInput, Unavailable

_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,127}")
_ABOUT = b"corpus"
_FIELDS = ("title", "classes", "synthetic", "note")


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a cached corpus without holding its texts."""

    key: str
    title: str
    classes: tuple[str, ...]
    synthetic: bool
    note: str
    rows: int
    class_counts: tuple[int, ...]

    @property
    def labelled(self) -> int:
        """Return the number of rows with a label."""
        return sum(self.class_counts)


def make_key(prefix: str, *parts: object) -> str:
    """Return `prefix` and a hash of `parts`, safe as a file name."""
    digest = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
    readable = re.sub(r"[^a-z0-9_]+", "_", prefix.lower()).strip("_")[:60]
    return f"{readable}-{digest[:16]}"


def exists(key: str) -> bool:
    """Say whether the corpus has been read and saved."""
    return _path(key).is_file()


def save(corpus: Corpus) -> Path:
    """Write the corpus to its cached table, replacing an older one in one step; return its path."""
    target = _path(corpus.key)
    about = {name: getattr(corpus, name) for name in _FIELDS}
    schema = pa.schema(
        [("text", pa.large_string()), ("label", pa.int32())],
        metadata={_ABOUT: json.dumps(about).encode()},
    )
    table = pa.table([pa.array(corpus.texts, pa.large_string()), pa.array(corpus.labels)], schema=schema)
    handle, name = tempfile.mkstemp(prefix=f".{corpus.key}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return target


def load(key: str) -> Corpus:
    """Return a saved corpus; raises `BadInput` if there is none, `Unavailable` if it is damaged."""
    table, about = _read(key, ["text", "label"])
    labels = table.column("label").to_numpy().astype(np.int32)
    return Corpus(key=key, texts=table.column("text").to_pylist(), labels=labels, **about)


def summary(key: str) -> Summary:
    """Return what is known of a saved corpus; reads its labels only. Raises as `load` does."""
    table, about = _read(key, ["label"])
    labels = table.column("label").to_numpy()
    counts = np.bincount(labels[labels != UNKNOWN], minlength=len(about["classes"]))
    return Summary(key=key, rows=len(labels), class_counts=tuple(counts.tolist()), **about)


def open_corpus(source: Component | Source, progress: Progress) -> Corpus:
    """Return the corpus from its cached table; where there is none, read the source and save it.

    A damaged table is read anew from its source. Raises `BadInput` or `Unavailable`.
    """
    if isinstance(source, Component):
        source = corpora.REGISTRY[source.name].create(source.params)
    key = source.key()
    if exists(key):
        progress("Opening the corpus", 0.0)
        try:
            return load(key)
        except Unavailable:
            progress("Reading the corpus again, since its cached table is damaged", 0.0)
    corpus = source.read(progress)
    progress("Saving the corpus", 1.0)
    save(corpus)
    return corpus


def open_unchanged(component: Component, key: str, progress: Progress) -> Corpus:
    """Return the corpus of that key: from its cached table, else from its source if that still has its texts.

    Raises `BadInput` where the texts have changed or gone, and what `open_corpus` raises.
    """
    if exists(key):
        progress("Opening the corpus", 0.0)
        try:
            return load(key)
        except Unavailable:
            progress("Reading the corpus again, since its cached table is damaged", 0.0)
    check_unchanged(component, key)
    corpus = open_corpus(component, progress)
    if corpus.key != key:  # it has changed since the line before
        raise BadInput(_changed(component))
    return corpus


def check_unchanged(component: Component, key: str) -> None:
    """Raise `BadInput` if a component has another key by now: its texts have changed."""
    if corpora.REGISTRY[component.name].create(component.params).key() != key:
        raise BadInput(_changed(component))


def _changed(component: Component) -> str:
    entry = corpora.REGISTRY[component.name]
    names = [each for each in component.params.values() if isinstance(each, str) and each]
    return (
        f"The texts have changed or gone since this run was made ({': '.join([entry.title, *names[:1]])}); "
        "put back what was there, or run it again on what is there now."
    )


def _path(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise BadInput(f"{key!r} cannot name a corpus: use lower-case letters, digits, '_', '.' and '-'.")
    return paths.corpora() / f"{key}.parquet"


def _read(key: str, columns: Sequence[str]) -> tuple[pa.Table, dict[str, Any]]:
    path = _path(key)
    try:
        table = pq.read_table(path, columns=list(columns))
        about = json.loads(table.schema.metadata[_ABOUT])
        about["classes"] = tuple(about["classes"])
    except FileNotFoundError:
        raise BadInput(f"There is no corpus {key!r} in {path.parent}; import or read it first.") from None
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"The cached corpus {path.name} is damaged; import or read it again.") from error
    return table, {name: about[name] for name in _FIELDS}


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too, where the system lets a folder be opened (Windows does not)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
