"""The corpora that benchmarks simulate on: the embedded one, IMDB, and a folder of CSV files."""

from __future__ import annotations

import os
from pathlib import Path

from al_core import catalogue
from al_core.config import Component
from al_core.workbench import Workbench

COLUMNS = {"lyrics_pop_rap": ("lyric", "class")}
"""Text and label column of a file; others have `text` and `label`."""


def corpora(folder: Path | None) -> dict[str, tuple[int, list[str]]]:
    """Import the files; return how many texts each corpus has, and the `--set` words that name it."""
    bench = Workbench()
    found = {"demo": (3000, ["corpus=demo"])}
    if os.environ.get("TFDS_DATA_DIR"):
        found["imdb"] = (50_000, ["corpus=tfds"])
    for file in sorted(folder.glob("*.csv")) if folder else ():
        text, label = COLUMNS.get(file.stem, ("text", "label"))
        draft = bench.draft(bench.read_upload(file.name, file.read_bytes()), text, label)
        key = bench.add(draft, file.stem)
        found[file.stem] = (draft.profile.labelled, ["corpus=table", f"corpus.table={key}"])
    return found


def component(name: str) -> Component:
    """Return a corpus that needs no file: the embedded one, or IMDB."""
    if name == "imdb":
        return catalogue.complete(
            Component(name="tfds", params={"dataset": "imdb_reviews", "split": "train+test"}),
            catalogue.REGISTRIES["corpora"],
        )
    return catalogue.complete(Component(name=name), catalogue.REGISTRIES["corpora"])
