"""A store, a small corpus, and a run of a real but tiny network on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus import Corpus, cache
from al_core.store import Store, open_store, runs

WORDS = ("dull", "weak", "slow", "fine", "warm", "bright")
KEY = "table-for-tests"


def _tiny(**cycle) -> RunConfig:
    settings = {"rounds": 3, "batch_size": 20, "carry": "published", "baseline": True} | cycle
    network = {"embedding": 6, "units": 4, "dense": 4, "batch_size": 8, "learning_rate": 0.01}
    return RunConfig(
        name="Tiny",
        seed=5,
        corpus=Component(name="table", params={"table": KEY}),
        split=SplitSettings(initial=40, validation=60, test=60),
        features=Component(name="tokens", params={"vocabulary": 20, "length": 6}),
        classifier=Component(name="bilstm", params=network | {"epochs": 4, "patience": 2}),
        strategy=Component(name="least_confidence"),
        cycle=CycleSettings(**settings),
    )


@pytest.fixture
def tiny_config() -> Callable[..., RunConfig]:
    return _tiny


@pytest.fixture
def store(home, monkeypatch) -> Iterator[Store]:
    monkeypatch.setenv("AL_SLOTS", "2")
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def corpus(home) -> Corpus:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400).astype(np.int32)
    # Three words of six belong to each class; four in five words are the class's own.
    own = rng.random((400, 6)) < 0.8
    ids = rng.integers(0, 3, (400, 6)) + 3 * np.where(own, labels[:, None], 1 - labels[:, None])
    texts = [" ".join(WORDS[i] for i in row) + f" {n}" for n, row in enumerate(ids)]
    made = Corpus(KEY, "For tests", texts, labels, ("bad", "good"), synthetic=True)
    cache.save(made)
    return made


@pytest.fixture
def queue(store, corpus) -> Callable[..., str]:
    def make(config: RunConfig | None = None, **cycle) -> str:
        return runs.create_run(store, config or _tiny(**cycle), corpus.key)

    return make
