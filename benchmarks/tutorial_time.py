"""The workbench's `tutorial-imdb` against the published script, on this machine, one after the other.

    python -m benchmarks.tutorial_time                     # both in full, about 25 minutes on 2 cores
    python -m benchmarks.tutorial_time --epochs 6          # both with exactly 6 epochs a fit

Early stopping ends each side's fits by its own luck, so the seconds of a full run also compare
luck; with --epochs both make the same number of gradient steps.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def timed(command: list[str], **environment: str) -> tuple[float, dict[str, Any]]:
    """Run a command and return its wall time and the JSON object on its last line."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return time.perf_counter() - started, json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Print a table and write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, help="make exactly so many epochs in every fit")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/out/tutorial_time.json"))
    options = parser.parse_args()
    published, ours = (
        ["benchmarks.published_script"],
        ["al_core", "run", "--preset", "tutorial-imdb", "--json"],
    )
    if options.epochs:
        published += ["--epochs", str(options.epochs), "--patience", str(options.epochs)]
        ours += ["--set", f"classifier.epochs={options.epochs}", f"classifier.patience={options.epochs}"]

    with tempfile.TemporaryDirectory() as home:  # nothing cached: corpus and features are part of the time
        our_seconds, our_result = timed(ours, AL_HOME=home, AL_STORE_URL="")
    published_seconds, published_result = timed(published)

    rows = [
        ("published script", published_seconds, published_result["full"], published_result["active"]),
        ("workbench", our_seconds, our_result["baseline_full"]["test"], our_result["rounds"][-1]["test"]),
    ]
    print(f"{'':<18}{'seconds':>9}{'full: accuracy':>16}{'active: accuracy':>18}")
    for name, seconds, full, active in rows:
        print(f"{name:<18}{seconds:>9.0f}{full['accuracy']:>16.4f}{active['accuracy']:>18.4f}")
    print(f"ratio {our_seconds / published_seconds:.2f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "epochs": options.epochs,
        "ratio": our_seconds / published_seconds,
        "published": {"seconds": published_seconds, "result": published_result},
        "workbench": {"seconds": our_seconds, "result": our_result},
    }
    options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
