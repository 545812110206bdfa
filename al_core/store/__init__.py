"""Where everything is kept: one schema on SQLite or PostgreSQL, and small typed queries on it."""

from __future__ import annotations

from al_core.store.engine import Store, open_store

__all__ = ["Store", "open_store"]
