"""What the queries return: plain, frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from al_core.config import Component, RunConfig


@dataclass(frozen=True, slots=True)
class Process:
    """One process of one machine. The creation time tells it from a later one with its number."""

    host: str
    pid: int
    created: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as it stands."""

    id: str
    name: str
    config: dict[str, Any]
    config_key: str
    corpus_key: str
    code_version: str
    state: str
    wanted: str
    message: str
    """One sentence on how the run ended; empty while it goes on."""
    host: str | None
    slot: int | None
    pid: int | None
    pid_created: float | None
    heartbeat_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    archived_at: datetime | None
    device: dict[str, Any] | None
    progress: dict[str, Any] | None
    rounds_done: int
    labels: int
    test_accuracy: float | None
    validation_labels: int | None
    """Labels besides `labels`; None until a round is done."""
    strategy: str | None
    classifier: str | None
    seed: int | None
    note: str
    """What people wrote on it."""

    def run_config(self) -> RunConfig:
        """Return the config as the typed record."""
        # Runs from before there was calibration went without, and go on without.
        return RunConfig.model_validate({"calibration": {"name": "none"}} | self.config)


@dataclass(frozen=True, slots=True)
class RunPage:
    """One page of a list of runs, and how many there are on all pages."""

    runs: tuple[RunRecord, ...]
    total: int


@dataclass(frozen=True, slots=True)
class QueryPage:
    """One page of queried texts (columns round, rank, row, label, predicted, score), and the total."""

    frame: pd.DataFrame
    total: int


@dataclass(frozen=True, slots=True)
class CorpusRecord:
    """One corpus, as it stands; the numbers are there once it is ready."""

    key: str
    component: dict[str, Any]
    title: str
    state: str
    message: str
    progress: dict[str, Any] | None
    rows: int | None
    labelled: int | None
    classes: list[str] | None
    class_counts: list[int] | None
    synthetic: bool
    note: str
    host: str | None
    pid: int | None
    pid_created: float | None
    heartbeat_at: datetime | None
    created_at: datetime
    archived_at: datetime | None

    def source(self) -> Component:
        """Return what makes the corpus, as the typed record."""
        return Component.model_validate(self.component)
