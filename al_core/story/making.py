"""Where stories come from: a comparison with random, and the one of the demo corpus that is shipped."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path as File
from typing import Any

import numpy as np
import pandas as pd

from al_core.comparing import Comparison, Group
from al_core.config import Component, CycleSettings
from al_core.errors import BadInput, Unavailable
from al_core.evaluation.comparison import BASELINE_ROUND
from al_core.presets import PRESETS
from al_core.story.record import Path, Side, Story
from al_core.sweeps.cells import cells
from al_core.sweeps.settings import Asking, SweepSettings, validated
from al_core.workbench import Workbench

SHIPPED = File(__file__).with_name("demo.json")
DEMO = SweepSettings(
    name="Story",
    # What the workbench offers for texts of one's own, on the demo corpus, with first labels at random.
    base=PRESETS["own-texts"].config.model_copy(
        update={
            "starter": Component(name="split"),
            "cycle": CycleSettings(rounds=60, batch_size=20, carry="fresh", baseline=True),
        }
    ),
    asking=(Asking(strategy=Component(name="auto")),),
    seeds=tuple(range(10)),
)
Say = Callable[[str], None]


def shipped() -> Story:
    """Return the demo's story, which is there without a run; raises `BadInput` if its file is damaged."""
    return _read(SHIPPED.stat().st_mtime_ns if SHIPPED.exists() else 0)


@lru_cache(maxsize=1)
def _read(changed: int) -> Story:
    del changed
    try:
        return Story.from_json(SHIPPED.read_bytes(), "The demo's story")
    except OSError as error:
        raise BadInput(
            f"The demo's story cannot be read ({error.strerror}); make it: python -m al_core story --make."
        ) from error


def tellable(found: Comparison) -> tuple[Group, ...]:
    """Return the groups that a story can be told of: those with rounds, and with a random one beside them."""
    there = set(found.rounds.loc[found.rounds["round"] > BASELINE_ROUND, "group"])
    return tuple(each for each in found.groups if each.control in there and each.title in there)


def from_comparison(
    found: Comparison,
    group: Group,
    classes: tuple[str, ...],
    corpus: str,
    synthetic: bool,
    settings: dict[str, Any] | None = None,
) -> Story:
    """Return the story of one group against its random control, from what has been measured so far.

    Runs that are far behind are left out, where their group has others.
    Raises `BadInput` where there is nothing to tell: no control, or no round of one of the two.
    """
    if group not in tellable(found):
        raise BadInput(
            "A story needs finished rounds of asking and of random; run a sweep, which adds random."
        )
    control = next(each for each in found.groups if each.title == group.control)
    rounds, task = found.rounds, [each.title for each in found.groups if each.task == group.task]
    full = rounds.loc[(rounds["round"] == BASELINE_ROUND) & rounds["group"].isin(task)]
    # Several groups may have fitted the same baseline, which counts once.
    full = full.drop_duplicates("seed").sort_values("seed")
    paths = _paths(full)
    level = found.level_rounds(rounds)
    mine = level.loc[level["group"].isin([group.title, control.title])]
    spent = [*full["labels"].tolist(), *mine["labels"].tolist()]
    names = classes or tuple(str(place) for place in range(len(mine["test_confusion"].iloc[0])))
    return Story(
        corpus=corpus,
        synthetic=synthetic,
        classes=names,
        texts=int(max(spent)),
        validation=int(mine["validation_n"].max()),
        floor=found.floors()[group.task],
        full=paths,
        random=_side(control, level),
        asking=_side(group, level),
        made_at=max((run.finished_at or run.created_at) for run in (*control.runs, *group.runs)),
        version=", ".join(sorted({run.code_version for run in (*control.runs, *group.runs)})),
        settings=settings or {},
    )


def of_sweep(bench: Workbench, sweep_id: str, title: str | None = None) -> Story:
    """Return the story of a sweep: of the group of that title, else of the first that asks.

    Raises `BadInput` if there is no such sweep, or nothing to tell.
    """
    sweep = bench.sweeps.sweep(sweep_id)
    runs = [run for run, _ in bench.sweeps.runs(sweep_id)]
    found = bench.comparison([run.id for run in runs])
    groups = tellable(found)
    group = next((each for each in groups if title in (None, each.title)), None)
    if group is None:
        raise BadInput(
            f"The sweep {sweep.name} has nothing to tell yet: a story needs finished rounds of asking and of "
            "random."
        )
    first = group.runs[0]
    return from_comparison(
        found,
        group,
        tuple(bench.classes(first)),
        bench.corpus_title(first),
        bench.is_synthetic(first),
        sweep.settings,
    )


def make(settings: SweepSettings = DEMO, say: Say | None = None) -> Story:
    """Run a sweep of one strategy against random in a store of its own, and return its story.

    The same settings give the same numbers. Sets AL_HOME and AL_STORE_URL of this process meanwhile: for a
    process that does nothing else. Raises `Unavailable` if a run does not finish. Cost of DEMO: a minute.
    """
    from al_core.worker import process
    from al_core.worker.run import run

    settings = validated(settings)
    planned = cells(settings)
    with _home_of_its_own():
        bench = Workbench()
        try:
            ids = []
            for place, cell in enumerate(planned, start=1):
                run_id = bench.create(cell.config, owner=process.this())
                if run(bench.store, run_id) != "finished":
                    raise Unavailable(f"{cell.config.name} did not finish: {bench.run(run_id).message}")
                ids.append(run_id)
                if say:
                    say(f"{place:,} of {len(planned):,}: {cell.config.name}")
            found = bench.comparison(ids)
            group = tellable(found)[0]
            record = bench.corpus(group.runs[0].corpus_key)
            if record is None:
                raise Unavailable("The corpus of the runs is gone.")
            story = from_comparison(
                found,
                group,
                tuple(record.classes or ()),
                record.title,
                record.synthetic,
                settings.model_dump(mode="json"),
            )
        finally:
            bench.store.close()
    return story


def _side(group: Group, rounds: pd.DataFrame) -> Side:
    return Side(group.title, group.strategy, _paths(rounds.loc[rounds["group"] == group.title]))


def _paths(rounds: pd.DataFrame) -> tuple[Path, ...]:
    return tuple(_path(int(str(seed)), part) for seed, part in rounds.groupby("seed"))


def _path(seed: int, rounds: pd.DataFrame) -> Path:
    """Return the counts of one run; of several rounds with as many labels, the last."""
    rounds = rounds.sort_values(["labels", "round"]).drop_duplicates("labels", keep="last")
    right = (rounds["test_accuracy"] * rounds["test_n"]).round()
    table = rounds.assign(right=right)[["labels", "right", "test_fn", "test_fp"]].to_numpy(dtype=np.int64)
    labels, rights, fn, fp = (tuple(column) for column in table.T.tolist())
    return Path(seed, int(rounds["test_n"].to_numpy().max()), labels, rights, fn, fp)


@contextmanager
def _home_of_its_own() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ("AL_HOME", "AL_STORE_URL")}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["AL_HOME"] = folder
        os.environ.pop("AL_STORE_URL", None)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def age(story: Story, now: datetime | None = None) -> str:
    """Return how long ago a story was made, in days."""
    days = ((now or datetime.now(UTC)) - story.made_at).days
    if days < 1:
        return "today"
    return f"{days:,} day{'' if days == 1 else 's'} ago"
