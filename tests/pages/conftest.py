"""Pages without a browser: the shell under AppTest, on a store that the test fills."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from al_core.classifiers.base import Epoch
from al_core.config import Component, StopSettings
from al_core.evaluation.metrics import Bin, Metrics
from al_core.loop import Asked, Round
from al_core.oracles import ABSTAINED
from al_core.presets import PRESETS
from al_core.stopping import Verdict
from al_core.store import history, lifecycle
from al_core.workbench import Workbench
from al_core.worker import process, reaper

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"


class Shell:
    """Opens pages as an address would, and fails if one has no title or raises."""

    def __init__(self) -> None:
        self.at = AppTest.from_file(str(SHELL), default_timeout=60)

    def open(self, page: str, **query: str) -> AppTest:
        self.at.switch_page(str(SHELL.with_name(f"{page}.py")))
        self.at.query_params.clear()
        self.at.query_params.update(query)
        return self.run()

    def run(self) -> AppTest:
        self.at.run()
        assert not self.at.exception, self.at.exception
        assert self.at.title
        return self.at

    def click(self, key: str) -> AppTest:
        self.at.button(key=key).click()
        return self.run()

    def words(self) -> str:
        """Everything that stands on the page in words."""
        at = self.at
        parts = (at.title, at.markdown, at.caption, at.text, at.error, at.warning, at.info, at.subheader)
        return "\n".join(element.value.replace("\\", "") for part in parts for element in part)


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    st.cache_resource.clear()
    # The app's own process has no Keras. Where other tests have loaded it, Streamlit clears its session after
    # each run of a page, and that collects garbage for a second.
    if keras := sys.modules.get("keras"):
        monkeypatch.setattr(keras.backend, "clear_session", lambda: None)
    yield Shell()
    st.cache_resource.clear()


@pytest.fixture
def bench(shell: Shell) -> Workbench:
    return Workbench()


@pytest.fixture
def lyrics(home: Path) -> Path:
    """Put a file of as many song lines as the blog's split needs where its preset looks for one."""
    file = home / "data" / "lyrics_pop_rap.csv"
    file.parent.mkdir(parents=True)
    lines = "".join(f"word{i % 97} line {i},{i % 2}\n" for i in range(16_000))
    file.write_text("lyric,class\n" + lines)
    return file


@pytest.fixture
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave queued runs in the queue: what a page shows is tested without training."""
    monkeypatch.setattr(reaper, "tend", lambda store: None)


def _round(number: int, labels: int, rows: np.ndarray, stopping: bool) -> Round:
    bins = (Bin(200, 0.6, 0.55), Bin(400, 0.9, 0.95))
    metrics = Metrics(600, 0.5 + labels / 4000, 0.4, 30, 20, ((280, 20), (30, 270)), 0.2, bins)
    asked = Asked.nothing()
    if number > 0:
        answers = (rows % 2).astype(np.int32)
        if stopping:
            answers[0] = ABSTAINED
        asked = Asked(rows, answers, rows / 1000, np.zeros(len(rows), np.int32))
    epochs = tuple(Epoch(e, 0.6 / e, 0.7, 0.7 / e, 0.6, 0.5) for e in (1, 2, 3))
    seconds = {"fit": 1.5, "score": 0.1, "select": 0.1}
    verdicts = ()
    if stopping and number >= 0:
        verdicts = (
            Verdict("accuracy_at_least", False, metrics.accuracy, 0.9, "not yet"),
            Verdict("kappa", False, None, 0.99, "Too few rounds"),
        )
    cost = 0.5 * labels if stopping else 0.0
    return Round(
        number, labels, asked, metrics, metrics, epochs, seconds, verdicts, "", cost, uncalibrated=metrics
    )


@pytest.fixture
def run_in(bench: Workbench, no_workers: None) -> Callable[..., str]:
    """Return a maker of runs of the demo preset that stand in a given state, with two rounds done.

    With `stopping`, two criteria watch the run, its oracle abstained once and charges for answers.
    """

    def make(state: str, corpus: str = "", stopping: bool = False) -> str:
        config = PRESETS["demo"].config
        if stopping:
            criteria = (Component(name="accuracy_at_least"), Component(name="kappa"))
            config = config.model_copy(update={"stop": StopSettings(criteria=criteria)})
        if corpus:
            config = config.model_copy(update={"corpus": Component(name="table", params={"table": corpus})})
        else:
            bench.prepare(config.corpus)
        run_id, store, owner = bench.create(config), bench.store, process.this()
        if state == "queued":
            return run_id
        assert lifecycle.adopt(store, run_id, owner)
        assert lifecycle.take_slot(store, run_id, owner.host, 0)
        assert lifecycle.claim(store, run_id, owner)
        for number, labels in ((-1, 2000), (0, 100), (1, 200)):
            done = _round(number, labels, np.arange(40, dtype=np.int64), stopping)
            for epoch in done.epochs:
                history.add_epoch(store, run_id, number, epoch)
            assert history.commit_round(store, run_id, done)
        if state == "running":
            told = {"phase": "fit", "round": 2, "epoch": 3, "epochs": 12, "fraction": 0.4, "seconds_left": 50}
            lifecycle.heartbeat(store, run_id, owner, told)
        elif state == "deleted":
            assert lifecycle.end(store, run_id, owner, "finished", "All rounds are done")
            bench.delete(run_id)
        else:
            message = {
                "failed": "The corpus is *not* here; add it on the Data page.",
                "finished": "All rounds are done",
            }
            assert lifecycle.end(store, run_id, owner, state, message.get(state, state))
        return run_id

    return make
