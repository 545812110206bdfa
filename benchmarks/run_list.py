"""Every page, and the list of runs, in a real browser, on a store that many people have filled.

    python -m benchmarks.run_list                        # 10,000 runs, 1,000,000 epochs, SQLite

Makes the store first (a minute), with a sweep of 60 of the runs, one of 504, a labelling session and a
promoted model. Then opens every page three times, each tab of a comparison too, and pages, sorts, searches
and filters the list: from the key or click to the list that is meant, measured in the page. Prints a table,
writes JSON, and ends with status 1 where a page takes 2 s or a step in the list 300 ms. Needs Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psutil
from sqlalchemy import insert, update

from benchmarks.labelling import served, session

SECONDS, MILLISECONDS = 2.0, 300.0
"""Bounds, for a page and for a step in the list."""
PAGES = ("", "story", "data", "label", "experiment", "sweeps", "runs", "compare", "models", "try_it")
TABS = ("Learning", "Errors", "What was asked", "Settings", "Map of the pool")
STRATEGIES = ("random", "auto", "margin", "entropy", "least_confidence", "badge", "kmeans", "bald")
ROUNDS, EPOCHS, AT_ONCE = 10, 10, 500
"""Of each run: a hundred epochs make a million in ten thousand runs."""
BATCH, POOL = 60, 1_900
SWEEPS = {"Sixty runs": (6, 10), "Five hundred runs": (8, 63)}
"""Strategies and seeds of each, the newest runs of the store."""
COMPARED = 50
"""Runs that are chosen by hand."""


def fill(runs: int) -> None:
    """Write finished runs with their rounds and epochs, in bulk; of the sweeps' runs also what they asked."""
    from al_core import catalogue
    from al_core.config import Component
    from al_core.evaluation.metrics import Bin, Metrics
    from al_core.presets import PRESETS
    from al_core.store.runs import new_run
    from al_core.store.schema import epochs, now, queries, rounds, run_tags
    from al_core.store.schema import runs as table
    from al_core.workbench import Workbench

    bench, rng = Workbench(), np.random.default_rng(0)
    key = bench.prepare(Component(name="demo"))
    base, moment = catalogue.validated(PRESETS["demo"].config.with_baseline(False)), now()
    registry = catalogue.REGISTRIES["strategies"]
    strategies = {name: catalogue.complete(Component(name=name), registry) for name in STRATEGIES}
    asking = runs - len(STRATEGIES) * max(seeds for _, seeds in SWEEPS.values())

    def measured(accuracy: float) -> dict[str, Any]:
        wrong = round(600 * (1 - accuracy))
        fn = int(rng.integers(wrong // 3, 1 + 2 * wrong // 3))
        matrix = ((300 - wrong + fn, wrong - fn), (fn, 300 - fn))
        bins = (Bin(200, 0.6, 0.55), Bin(400, 0.9, 0.95))
        return Metrics(600, 1 - wrong / 600, 0.4, fn, wrong - fn, matrix, 0.1, bins).to_dict()

    for start in range(0, runs, AT_ONCE):
        lines, of_rounds, of_epochs, of_queries, tags = [], [], [], [], []
        for number in range(start, min(runs, start + AT_ONCE)):
            name = STRATEGIES[number % len(STRATEGIES)]
            # Seeds from the newest down, so that sweeps begin with seed 0.
            seed = (runs - 1 - number) // len(STRATEGIES)
            mine = {"name": f"{name}, number {number}", "strategy": strategies[name], "seed": seed}
            config = base.model_copy(update=mine)
            done = moment - timedelta(minutes=runs - number)
            best = float(rng.uniform(0.7, 0.95))
            row = new_run(config, key) | {"id": f"{number:012d}", "state": "finished", "created_at": done}
            row |= {"started_at": done, "finished_at": done, "message": "All rounds are done"}
            row |= {"rounds_done": ROUNDS - 1, "labels": 640, "test_accuracy": best, "validation_labels": 400}
            lines.append(row)
            tags += [{"run_id": row["id"], "tag": "paper"}] if number % 50 == 0 else []
            asked = rng.permutation(POOL)[: BATCH * (ROUNDS - 1)].tolist() if number >= asking else []
            of_queries += [
                {
                    "run_id": row["id"],
                    "round": 1 + place // BATCH,
                    "rank": place % BATCH,
                    "row": each,
                    "label": each % 2,
                }
                for place, each in enumerate(asked)
            ]
            for each in range(ROUNDS):
                metrics = measured(0.5 + (best - 0.5) * (each + 1) / ROUNDS)
                of_rounds.append(
                    {
                        "run_id": row["id"],
                        "number": each,
                        "labels": 100 + BATCH * each,
                        "validation": metrics,
                        "test": metrics,
                        "queried_per_class": [BATCH // 2, BATCH // 2],
                        "verdicts": [],
                        "seconds": {"fit": 1.0},
                        "ended": "",
                        "created_at": done,
                        "cost": 0.0,
                    }
                )
                of_epochs += [
                    {
                        "run_id": row["id"],
                        "round": each,
                        "epoch": epoch,
                        "loss": 0.5,
                        "accuracy": 0.7,
                        "val_loss": 0.5,
                        "val_accuracy": 0.7,
                        "seconds": 0.1,
                    }
                    for epoch in range(1, EPOCHS + 1)
                ]
        with bench.store.write() as connection:
            connection.execute(insert(table), lines)
            connection.execute(insert(rounds), of_rounds)
            connection.execute(insert(epochs), of_epochs)
            for rows, whole in ((run_tags, tags), (queries, of_queries)):
                if whole:
                    connection.execute(insert(rows), whole)


def swept(name: str, strategies: int, seeds: int) -> str:
    """Make a sweep of runs that are there, and return its id."""
    from al_core.presets import PRESETS
    from al_core.sweeps.settings import validated
    from al_core.workbench import Workbench

    settings = {
        "name": name,
        "base": PRESETS["demo"].config.with_baseline(False),
        "asking": [{"strategy": {"name": each}} for each in STRATEGIES[:strategies]],
        "seeds": tuple(range(seeds)),
        "baseline": False,
    }
    bench, wanted = Workbench(), validated(settings)
    outlook = bench.sweeps.outlook(wanted)
    assert outlook.reused == outlook.runs == strategies * seeds, outlook
    return bench.sweeps.create(wanted)


def promoted() -> str:
    """Carry out a small run, promote its model, and return the name; the run is older than all others."""
    from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
    from al_core.deploy.face import Promotion
    from al_core.store.models import Origin
    from al_core.store.schema import now
    from al_core.store.schema import runs as table
    from al_core.workbench import Workbench
    from al_core.worker.run import run

    config = RunConfig(
        name="Small",
        corpus=Component(name="demo", params={"rows": 600}),
        split=SplitSettings(initial=40, validation=100, test=120),
        features=Component(name="tfidf"),
        classifier=Component(name="logistic"),
        strategy=Component(name="margin"),
        cycle=CycleSettings(rounds=2, batch_size=20, carry="fresh", baseline=False),
    )
    bench = Workbench()
    run_id = bench.create(config)
    assert run(bench.store, run_id) == "finished"
    with bench.store.write() as connection:
        old = update(table).where(table.c.id == run_id)
        connection.execute(old.values(created_at=now() - timedelta(days=365)))
    version = bench.models.promote(Origin(run_id=run_id, round=2), Promotion("small", by="Ann"))
    until = time.monotonic() + 120
    while (model := bench.models.model("small", version)).state == "preparing":
        time.sleep(0.5)
        assert time.monotonic() < until, "the model was not prepared"
    assert model.state == "ready", model.message
    return "small"


def ended(labelled: str) -> None:
    """End the trainer of the session, which would wait ten minutes more for labels."""
    from al_core.labelling import trainers
    from al_core.workbench import Workbench

    known = trainers.trainer(Workbench().store, labelled)
    if known and known.alive and known.pid and psutil.pid_exists(known.pid):
        process = psutil.Process(known.pid)
        if known.pid_created and abs(process.create_time() - known.pid_created) < 1:
            process.terminate()
            process.wait(30)


def until(page: Any, act: Callable[[], object], words: str) -> float:
    """Do something; return the milliseconds from its click or key until these words are on the page.

    By the page's own clock: what the driver does before it clicks is no person's wait.
    """
    page.evaluate(
        """words => {
            let began = null;
            window.came = null;
            const begin = event => { began ??= event.timeStamp; };
            for (const kind of ["pointerdown", "keydown"])
                addEventListener(kind, begin, {capture: true, once: true});
            const look = () => {
                if (began !== null && document.body.innerText.includes(words))
                    window.came = performance.now() - began;
                else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
        }""",
        words,
    )
    act()
    page.wait_for_function("window.came !== null", timeout=30_000)
    return float(page.evaluate("window.came"))


def opened(page: Any, url: str, path: str) -> float:
    """Open a page anew; return the seconds until its script has come to its end."""
    began = time.perf_counter()
    page.goto(f"{url}/{path}")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"] h1', timeout=60_000)
    return time.perf_counter() - began


def addresses(runs: int, sweeps: dict[str, str], labelled: str, model: str) -> dict[str, str]:
    """Return the address of each page by what it shows."""
    found = {path or "home": path for path in PAGES}
    sixty, many = sweeps.values()
    found["run"] = f"run?run={runs - 1:012d}"
    found |= {"sweep of 60": f"sweep?sweep={sixty}", "sweep of 504": f"sweep?sweep={many}"}
    found["story of a sweep"] = f"story?sweep={sixty}"
    for tab in TABS:
        found[f"compare 60, {tab.lower()}"] = f"compare?sweep={sixty}&view={quote(tab)}"
    chosen = ",".join(f"{runs - 1 - number:012d}" for number in range(COMPARED))
    found[f"compare {COMPARED} by hand"] = f"compare?runs={chosen}"
    found |= {"session": f"session?session={labelled}", "desk": f"desk?session={labelled}&as=Ann"}
    return found | {"a model": f"models?model={model}", "try a model": f"try_it?model={model}"}


def handled(page: Any, url: str, runs: int) -> dict[str, float]:
    """Page, sort, search and filter; return milliseconds of each."""
    newest, found = runs - 1, {}
    opened(page, url, "runs")
    for place in range(5):
        target = newest - 20 * (place + 1)
        button = page.get_by_test_id("stPaginationNext")
        found[f"page {place + 2}"] = until(page, button.click, f"number {target}")
    opened(page, url, "runs")
    for order, words in (("Oldest first", "number 1"), ("By query strategy", f"auto, number {newest - 6}")):
        page.get_by_role("combobox", name="Order").click()
        option = page.get_by_role("option", name=order)
        option.wait_for()
        found[f"sort: {order.lower()}"] = until(page, option.click, words)
    opened(page, url, "runs")
    box = page.get_by_role("textbox", name="Search")
    box.fill(f"number {runs // 2}")
    found["search"] = until(page, lambda: box.press("Enter"), f"number {runs // 2}")
    opened(page, url, "runs")
    page.get_by_text("Filter", exact=True).click()
    page.wait_for_timeout(1_000)  # while it unfolds, a list that opens closes again
    for label, value, words in (
        ("Query strategy", "Margin", f"number {newest - 5 - 19 * len(STRATEGIES)}"),
        ("Tags", "paper", f"number {_tagged(newest)}"),
    ):
        page.get_by_role("combobox", name=label).click()
        page.keyboard.type(value)  # a long list shows its first options only
        option = page.get_by_role("option", name=value, exact=True)
        option.wait_for()
        found[f"filter: {label.lower()}"] = until(page, option.click, words)
        page.keyboard.press("Escape")
    return found


def _tagged(newest: int) -> int:
    """Return the last on the first page of the runs by margin with the tag."""
    mine = [n for n in range(newest, -1, -1) if n % 50 == 0 and STRATEGIES[n % len(STRATEGIES)] == "margin"]
    return mine[:20][-1]


def main() -> int:
    """Measure and report; return 1 where a bound was not held."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path("run_list.json"))
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        os.environ["AL_HOME"] = folder
        began = time.perf_counter()
        fill(options.runs)
        print(f"{options.runs:,} runs written in {time.perf_counter() - began:.0f} s", flush=True)
        sweeps = {name: swept(name, *size) for name, size in SWEEPS.items()}
        labelled = session("demo", "Many", 2_000)
        there = addresses(options.runs, sweeps, labelled, promoted())
        try:
            with served(Path(folder)) as url, sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page()
                opened(page, url, "")  # the first one imports
                seconds = {name: [opened(page, url, path) for _ in range(3)] for name, path in there.items()}
                moves = handled(page, url, options.runs)
                browser.close()
        finally:
            ended(labelled)
    report = {"seconds to open": seconds, "milliseconds to the list": moves, "load": os.getloadavg()}
    for name, times in seconds.items():
        print(f"{name:>26}: {statistics.median(times):,.2f} s, the first time {times[0]:,.2f} s")
    for name, value in moves.items():
        print(f"{name:>26}: {value:,.0f} ms")
    print(f"{'median':>26}: {statistics.median(moves.values()):,.0f} ms for the list")
    options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    slow = [name for name, times in seconds.items() if statistics.median(times) >= SECONDS]
    slow += [name for name, value in moves.items() if value >= MILLISECONDS]
    print(f"Too slow: {', '.join(slow)}" if slow else "All within their bounds.")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
