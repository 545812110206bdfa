"""Alembic migrations: run by `al_core.store.migrate`, each written once and never changed."""
