"""The life of a run: its states, and every way from one to another."""

from __future__ import annotations

from typing import Final, Literal

RunState = Literal[
    "queued", "starting", "running", "paused", "interrupted", "cancelled", "failed", "finished"
]
Wanted = Literal["running", "paused", "cancelled"]

SOURCES: Final[dict[RunState, tuple[RunState, ...]]] = {
    "queued": ("paused", "interrupted", "cancelled", "failed"),
    "starting": ("queued",),
    "running": ("starting",),
    "paused": ("queued", "starting", "running"),
    "interrupted": ("starting", "running"),
    "cancelled": ("queued", "starting", "running", "paused", "interrupted"),
    "failed": ("starting", "running"),
    "finished": ("running",),
}
"""From which states each state can be entered; every change is checked against it in its UPDATE."""

ACTIVE: Final[tuple[RunState, ...]] = ("starting", "running")
"""States in which a process works on the run."""

RESUMABLE: Final = SOURCES["queued"]
"""States from which a run can go on."""

ENDED: Final[tuple[RunState, ...]] = ("paused", "interrupted", "cancelled", "failed", "finished")
"""States in which nothing happens until a person asks for it."""
