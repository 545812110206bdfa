"""From a key to the next text, in a real browser, while the trainer learns behind it.

    python -m benchmarks.labelling                       # 200 texts of 40,000 IMDB reviews, then a held key
    python -m benchmarks.labelling --corpus demo

The app is started as a user starts it, with a store of its own. A person presses a key for each of 200
texts, one every 150 ms or so; the page itself measures from the key's event to the first frame after the
next text is painted. Meanwhile the trainer fits a model after every ten labels. Then a key is held down
over 60 texts of a session of 60: the browser repeats it every 30 ms, and the store must hold exactly 60
labels. Prints the distributions and writes JSON. Needs Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpora import component

ROOT = Path(__file__).parents[1]
POOL, TEXTS, HELD = 40_000, 200, 60
PACE, REPEAT = 0.15, 0.03


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Start the app on a free port; stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
    with (home / "app.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--server.port", str(port)], cwd=ROOT, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def session(corpus: str, name: str, pool: int) -> str:
    """Make a session on the first texts of a corpus; return its id."""
    from al_core.labelling import sessions
    from al_core.labelling.settings import LabelSettings
    from al_core.workbench import Workbench

    bench = Workbench()
    key = bench.prepare(component(corpus))
    until = time.monotonic() + 600
    while (record := bench.corpus(key)) is None or record.state == "preparing":
        bench.activity()
        time.sleep(0.5)
        assert time.monotonic() < until, "the corpus was not read"
    assert record.classes is not None and record.rows is not None, record.message
    settings = LabelSettings(classes=tuple(record.classes), validation=min(100, pool // 10))
    items = np.arange(min(pool, record.rows), dtype=np.int64)
    return sessions.create(bench.store, name, key, record.rows, settings, items)


def first_order(made: str) -> float:
    """Wait until the trainer has published its first order; return the seconds."""
    from al_core.workbench import Workbench

    bench, started = Workbench(), time.perf_counter()
    while bench.labelling.session(made).ranking_id is None:
        bench.activity()
        time.sleep(0.5)
        assert time.perf_counter() < started + 900, "no order was published"
    return time.perf_counter() - started


def pressed(page: Any, url: str, made: str) -> dict[str, Any]:
    """Label by key; return what the page has measured."""
    page.goto(f"{url}/desk?session={made}&as=Ann")
    page.get_by_role("article").wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    for place in range(TEXTS):
        page.keyboard.press("12"[place % 2])
        page.wait_for_timeout(1000 * PACE)
    page.wait_for_timeout(3000)
    return page.evaluate("window.__desk")


def held(page: Any, url: str, made: str) -> None:
    """Hold a key down until long after the last text is gone."""
    page.goto(f"{url}/desk?session={made}&as=Bob")
    page.get_by_role("article").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    until = time.monotonic() + 40
    while time.monotonic() < until and labels(made) < HELD:
        for _ in range(30):
            page.keyboard.down("1")
            page.wait_for_timeout(1000 * REPEAT)
    for _ in range(60):
        page.keyboard.down("1")
        page.wait_for_timeout(1000 * REPEAT)
    page.keyboard.up("1")
    page.wait_for_timeout(2000)


def labels(made: str) -> int:
    """Return how many label events a session has."""
    from al_core.labelling import events
    from al_core.workbench import Workbench

    return sum(each.kind == "label" for each in events.history(Workbench().store, made, limit=10_000))


def distribution(values: list[float]) -> dict[str, float]:
    """Return what is told of a measurement."""
    found = np.array(values, np.float64)
    told = {f"p{q}": float(np.percentile(found, q)) for q in (50, 90, 95, 99)}
    return {"n": len(found), **told, "max": float(found.max())}


def main() -> None:
    """Measure and report."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--corpus", default="imdb", choices=("imdb", "demo"))
    parser.add_argument("--out", type=Path, default=Path("labelling.json"))
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("AL_HOME", folder)
        home = Path(os.environ["AL_HOME"])
        many, few = session(options.corpus, "Many", POOL), session(options.corpus, "Few", HELD)
        print(f"first order after {first_order(many):.0f} s", flush=True)
        with served(home) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            found = pressed(browser.new_page(), url, many)
            held(browser.new_page(), url, few)
            browser.close()
        from al_core.labelling import models
        from al_core.workbench import Workbench

        fitted = models.versions(Workbench().store, many)
        report: dict[str, Any] = {
            "key to next text, ms": distribution(found["latencies"]),
            "key to saved and told, ms": distribution(found["roundtrips"]),
            "labels": labels(many),
            "labels of a held key over 60 texts": labels(few),
            "models fitted meanwhile": len(fitted),
            "load": os.getloadavg(),
        }
    for name, value in report.items():
        told = value
        if isinstance(value, dict):
            told = "  ".join(f"{key} {each:,.1f}" for key, each in value.items())
        print(f"{name:>36}: {told}")
    options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
