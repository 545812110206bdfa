"""The command `labels`: write what people said in a labelling session to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from al_core.corpus import cache
from al_core.errors import BadInput
from al_core.labelling import exporting, sessions
from al_core.labelling.exporting import Format, KindOfExport
from al_core.store import open_store

FORMATS: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def labels(session_id: str, out: Path, kind: str, as_json: bool) -> int:
    """Write the file and say so in one line; return the exit status. Raises as `exporting` does."""
    if out.suffix.lower() not in FORMATS:
        raise BadInput(f"{out.name} ends in none of {', '.join(FORMATS)}; choose the format by the ending.")
    exporting.check_place(out)
    store = open_store()
    try:
        session = sessions.session(store, session_id)
        texts = cache.load(session.corpus_key).texts
        found = exporting.table(store, session_id, texts, cast(KindOfExport, kind))
    finally:
        store.close()
    exporting.save(out, exporting.written(found, FORMATS[out.suffix.lower()]))
    rows = found.num_rows
    if as_json:
        classes = list(session.label_settings().classes)
        told = {"session": session_id, "out": str(out), "kind": kind, "rows": rows, "classes": classes}
        print(json.dumps(told))
    else:
        print(f"{rows:,} {kind if rows != 1 else kind.removesuffix('s')} written to {out}")
    return 0
