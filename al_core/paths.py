"""Where things are kept: `AL_HOME`, and the folders inside it."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """Return the data folder (`AL_HOME`, else `~/.al_workbench`), made if it is missing."""
    return _folder(Path(os.environ.get("AL_HOME") or Path.home() / ".al_workbench").expanduser())


def corpora() -> Path:
    """Return the folder of the cached corpora (one Parquet table each)."""
    return _folder(home() / "corpora")


def features() -> Path:
    """Return the folder of the cached feature arrays."""
    return _folder(home() / "features")


def run(run_id: str) -> Path:
    """Return the folder of one run: its log and its checkpoint."""
    return _folder(home() / "runs" / run_id)


def models_of(run_id: str) -> Path:
    """Return the folder of a run's models, one for each round."""
    return _folder(run(run_id) / "models")


def models(name: str, version: int) -> Path:
    """Return the folder of one version of a promoted model."""
    return _folder(home() / "models" / name / str(version))


def labelling(session_id: str) -> Path:
    """Return the folder of one labelling session: its trainer's log, its model and predictions."""
    return _folder(home() / "labelling" / session_id)


def store_url() -> str:
    """Return the URL of the store: `AL_STORE_URL`, else SQLite in the data folder."""
    return os.environ.get("AL_STORE_URL") or f"sqlite:///{home() / 'workbench.sqlite'}"


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
