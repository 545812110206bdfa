"""The start button: one view of it starts one run."""

from __future__ import annotations

from typing import Any

import pytest

from al_core.presets import PRESETS
from pages.parts import bench as bench_part
from pages.parts import start


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
