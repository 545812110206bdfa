"""The list of runs, in a real browser, on a store that many people have filled.

    python -m benchmarks.run_list                        # 10,000 runs, 1,000,000 epochs, SQLite

Makes the store first (a minute), then opens every page, and pages, sorts, searches and filters the list:
from the key or click to the list that is meant, measured in the page. Prints a table and writes JSON. Needs
Chromium.
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

import numpy as np
from sqlalchemy import insert

from benchmarks.labelling import served

PAGES = ("", "data", "label", "experiment", "sweeps", "runs", "compare")
STRATEGIES = ("random", "auto", "margin", "entropy", "least_confidence", "badge", "kmeans", "bald")
ROUNDS, EPOCHS, AT_ONCE = 10, 10, 500
"""Of each run: a hundred epochs make a million in ten thousand runs."""


def fill(runs: int) -> None:
    """Write finished runs with their rounds and epochs, in bulk."""
    from al_core.config import Component
    from al_core.evaluation.metrics import measure
    from al_core.presets import PRESETS
    from al_core.store.runs import new_run
    from al_core.store.schema import epochs, now, rounds, run_tags
    from al_core.store.schema import runs as table
    from al_core.workbench import Workbench

    bench, rng = Workbench(), np.random.default_rng(0)
    key = bench.prepare(Component(name="demo"))
    base, moment = PRESETS["demo"].config, now()
    metrics = measure(np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([0, 0])).to_dict()
    for start in range(0, runs, AT_ONCE):
        lines, of_rounds, of_epochs, tags = [], [], [], []
        for number in range(start, min(runs, start + AT_ONCE)):
            name = STRATEGIES[number % len(STRATEGIES)]
            config = base.model_copy(
                update={"name": f"{name}, number {number}", "strategy": Component(name=name), "seed": number}
            )
            done = moment - timedelta(minutes=runs - number)
            accuracy = float(rng.uniform(0.5, 0.95))
            row = new_run(config, key) | {"id": f"{number:012d}", "state": "finished", "created_at": done}
            row |= {"started_at": done, "finished_at": done, "message": "All rounds are done"}
            row |= {"rounds_done": ROUNDS, "labels": 700, "test_accuracy": accuracy, "validation_labels": 400}
            lines.append(row)
            tags += [{"run_id": row["id"], "tag": "paper"}] if number % 50 == 0 else []
            for each in range(ROUNDS):
                of_rounds.append(
                    {
                        "run_id": row["id"],
                        "number": each,
                        "labels": 100 + 60 * each,
                        "validation": metrics,
                        "test": metrics,
                        "queried_per_class": [30, 30],
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
            if tags:
                connection.execute(insert(run_tags), tags)


def until(page: Any, act: Callable[[], object], words: str) -> float:
    """Do something; return the milliseconds until these words are on the page, by the page's own clock."""
    page.evaluate(
        """words => {
            window.came = null;
            const began = performance.now();
            const look = () => {
                if (document.body.innerText.includes(words)) window.came = performance.now() - began;
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


def handled(page: Any, url: str, runs: int) -> dict[str, float]:
    """Page, sort, search and filter; return milliseconds of each."""
    opened(page, url, "runs")
    newest, found = runs - 1, {}
    for place in range(5):
        target = newest - 20 * (place + 1)
        button = page.get_by_test_id("stPaginationNext")
        found[f"page {place + 2}"] = until(page, button.click, f"number {target}")
    box = page.get_by_role("textbox", name="Search")
    box.fill(f"number {runs // 2}")
    found["search"] = until(page, lambda: box.press("Enter"), f"number {runs // 2}")
    return found


def main() -> None:
    """Measure and report."""
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
        with served(Path(folder)) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            opened(page, url, "")  # the first one imports
            seconds = {path or "home": min(opened(page, url, path) for _ in range(3)) for path in PAGES}
            run = f"run?run={options.runs - 1:012d}"
            seconds["run"] = min(opened(page, url, run) for _ in range(3))
            moves = handled(page, url, options.runs)
            browser.close()
    report = {"seconds to open": seconds, "milliseconds to the list": moves, "load": os.getloadavg()}
    for name, value in (*seconds.items(), *moves.items()):
        print(f"{name:>12}: {value:,.2f} s" if name in seconds else f"{name:>12}: {value:,.0f} ms")
    print(f"{'median':>12}: {statistics.median(moves.values()):,.0f} ms for the list")
    options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
