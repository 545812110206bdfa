"""What corpora are called where one is chosen: no two alike, or Streamlit takes them for one choice."""

from __future__ import annotations

from collections.abc import Iterable

from al_core.store.records import CorpusRecord
from pages.parts.apart import apart, moment
from pages.parts.bench import bench


def corpus_titles(records: Iterable[CorpusRecord]) -> dict[str, str]:
    """Return a title for each corpus by its key: with its size, and what more tells it from the others."""
    known = {record.key: record for record in records}
    return apart(
        {key: _title(record) for key, record in known.items()},
        {key: moment(record.created_at) for key, record in known.items()},
        {key: key[-8:] for key in known},
    )


def _title(record: CorpusRecord) -> str:
    if record.state != "ready":
        return bench().source_title(record.source())
    synthetic = " (synthetic)" if record.synthetic and "synthetic" not in record.title.lower() else ""
    return f"{record.title}{synthetic}, {record.rows or 0:,} texts"
