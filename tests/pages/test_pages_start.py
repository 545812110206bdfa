"""The start button: one view of it starts one run."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from al_core.errors import BadInput
from al_core.presets import PRESETS
from pages.parts import bench as bench_part
from pages.parts import start
from pages.parts.once import once, view_of


class Interrupt(Exception):
    """What Streamlit raises where a callback looks at the session state after another click."""


class SessionState(dict[str, Any]):
    """A session state that a second click interrupts at the next look."""

    clicked = False

    def _look(self) -> None:
        if self.clicked:
            self.clicked = False
            raise Interrupt

    def __getitem__(self, key: str) -> Any:
        self._look()
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._look()
        super().__setitem__(key, value)

    def setdefault(self, key: str, default: Any = None) -> Any:
        self._look()
        return super().setdefault(key, default)


def test_a_second_click_while_the_run_starts_leads_to_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    state, started = SessionState(), []

    class Bench:
        def start(self, config: object) -> str:
            started.append(config)
            state.clicked = True
            return f"run{len(started)}"

    monkeypatch.setattr(start, "bench", Bench)
    for part in (start, bench_part):
        monkeypatch.setattr(part.st, "session_state", state)
    start._start(PRESETS["demo"].config, "view")
    # Nobody need click again: a timer interrupts as well.
    assert state.clicked and started and dict.__getitem__(state, "way") == {"go": ("run", {"run": "run1"})}
    with pytest.raises(Interrupt):
        start._start(PRESETS["demo"].config, "view")
    start._start(PRESETS["demo"].config, "view")
    assert len(started) == 1
    assert state["way"] == {"go": ("run", {"run": "run1"})}


def test_a_second_click_at_the_same_time_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit carries out a click in a thread of its own, whatever the one before is still at."""
    state: dict[str, Any] = {}
    started, both = [], threading.Barrier(2)

    class Bench:
        def start(self, config: object) -> str:
            started.append(config)
            time.sleep(0.2)
            return f"run{len(started)}"

    def click() -> None:
        both.wait()
        start._start(PRESETS["demo"].config, "view")

    monkeypatch.setattr(start, "bench", Bench)
    monkeypatch.setattr(start.st, "session_state", state)
    once()  # the button was drawn
    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(started) == 1 and state["way"] == {"go": ("run", {"run": "run1"})}
    assert "view" in once()


def test_a_start_that_fails_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(start.st, "session_state", state)

    class Bench:
        def start(self, config: object) -> str:
            if "flash" not in state:
                raise BadInput("It cannot run.")
            return "run1"

    monkeypatch.setattr(start, "bench", Bench)
    view = view_of("key")
    start._start(PRESETS["demo"].config, view)
    assert (
        state["flash"] == "It cannot run." and view_of("key") == view and "way" in state and not state["way"]
    )
    start._start(PRESETS["demo"].config, view)
    assert state["way"] == {"go": ("run", {"run": "run1"})}
    assert view_of("key", clicked=True) == view != view_of("key")
