"""Where stories come from: the demo's own sweep in miniature, and comparisons of the store."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from al_core.config import Component, CycleSettings, SplitSettings
from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.store import sweeps
from al_core.story import making
from al_core.workbench import Workbench

TINY = making.DEMO.model_copy(
    update={
        "base": PRESETS["own-texts"].config.model_copy(
            update={
                "corpus": Component(name="demo", params={"rows": 200}),
                "split": SplitSettings(initial=10, validation=20, test=60),
                "features": Component(name="tfidf"),
                "starter": Component(name="split"),
                "cycle": CycleSettings(rounds=2, batch_size=10, carry="fresh", baseline=True),
            }
        ),
        "seeds": (0, 1),
    }
)


def test_the_same_settings_give_the_same_numbers_and_leave_no_trace(home, monkeypatch):
    monkeypatch.setenv("AL_STORE_URL", "sqlite:///not-to-be-touched.sqlite")
    said: list[str] = []
    story = making.make(TINY, said.append)
    assert os.environ["AL_STORE_URL"] == "sqlite:///not-to-be-touched.sqlite"
    assert os.environ["AL_HOME"] == str(home) and not home.exists()
    assert len(said) == 4 and said[-1].startswith("4 of 4: Story: Auto, seed 1")
    assert (story.corpus, story.synthetic, story.classes) == (
        "Synthetic reviews",
        True,
        ("negative", "positive"),
    )
    assert (story.texts, story.validation, story.seeds) == (120, 20, 2)
    assert [path.labels for path in story.asking.paths] == [(10, 20, 30)] * 2
    assert [path.labels for path in story.full] == [(120,)] * 2
    for path in (*story.random.paths, *story.asking.paths, *story.full):
        for right, fn, fp in zip(path.right, path.fn, path.fp, strict=True):
            assert right + fn + fp == path.test == 60
    # Both began with the same labels, and so with the same model.
    assert [p.right[0] for p in story.random.paths] == [p.right[0] for p in story.asking.paths]
    again = making.make(TINY)
    assert replace(again, made_at=story.made_at) == story


@pytest.fixture
def bench(home) -> Workbench:
    return Workbench()


def test_a_sweep_without_rounds_has_nothing_to_tell(bench):
    base = PRESETS["demo"].config
    configs = [base.model_copy(update={"strategy": Component(name=name)}) for name in ("random", "margin")]
    made = sweeps.create(bench.store, "Mine", {}, [(each, "c") for each in configs])
    with pytest.raises(BadInput, match="Mine has nothing to tell yet"):
        making.of_sweep(bench, made)
    with pytest.raises(BadInput, match="There is no sweep nope"):
        making.of_sweep(bench, "nope")
