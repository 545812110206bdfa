"""Links to a session's pages; they carry the name of whoever is at the keys."""

from __future__ import annotations

from pages.parts.labelling.annotator import KEY, known


def query(session_id: str) -> dict[str, str]:
    """Return the query of such a link."""
    name = known()
    return {"session": session_id} | ({KEY: name} if name else {})
