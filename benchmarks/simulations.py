"""Every query strategy through a whole simulation, on every corpus there is, over several seeds.

    python -m benchmarks.simulations --data FOLDER --seeds 3       # goes on where it was stopped
    python -m benchmarks.simulations --strategies margin random --corpora demo

Each simulation is one `python -m al_core run`: TF-IDF and logistic regression, 50 initial labels
that the split draws, 10 rounds of 50. A large corpus gives a pool of 10,000. FOLDER holds CSV files
(text, label), and TFDS_DATA_DIR says where IMDB lies. Prints a table for each corpus.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from al_core.strategies import REGISTRY
from al_core.strategies.wrappers import REGISTRY as WRAPPERS
from benchmarks.corpora import corpora

ROUNDS, BATCH, INITIAL, POOL = 10, 50, 50, 10_000
MEMBERS = {"bald": 5, "power_bald": 5, "committee": 5}
"""Fewer than the defaults: some of these runs fit a model per member and round."""


def settings(rows: int, corpus: list[str], strategy: str, seed: int) -> list[str]:
    """Return the words after `--set`."""
    test = min(2000, rows // 4)
    pool = min(POOL, rows - test - 200 - INITIAL)
    words = [*corpus, f"seed={seed}", f"split.initial={INITIAL}", "split.validation=200"]
    words += [f"split.test={test}", f"split.pool={pool}", "features=tfidf", "classifier=logistic"]
    words += [f"cycle.rounds={ROUNDS}", f"cycle.batch_size={BATCH}", "cycle.baseline=true"]
    if strategy in WRAPPERS:
        words += ["strategy=margin", "wrappers=" + json.dumps([{"name": strategy}])]
    else:
        words.append(f"strategy={strategy}")
    if strategy in MEMBERS:
        words.append(f"strategy.members={MEMBERS[strategy]}")
    return words


def simulate(words: list[str]) -> dict[str, Any]:
    """Run one simulation through the command line; return what is kept of it."""
    command = [sys.executable, "-m", "al_core", "run", "--preset", "demo", "--json", "--set", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    outcome = json.loads(done.stdout.splitlines()[-1])
    return {
        "labels": [row["labels"] for row in outcome["rounds"]],
        "accuracy": [row["test"]["accuracy"] for row in outcome["rounds"]],
        "asking": sum(row["seconds"]["score"] + row["seconds"]["select"] for row in outcome["rounds"]),
        "seconds": outcome["seconds"],
        "full": outcome["baseline_full"]["test"]["accuracy"],
    }


def area(found: dict[str, Any]) -> float:
    """Return the mean accuracy over the rounds: the area under the learning curve, scaled to 1."""
    return statistics.fmean(found["accuracy"])


def table(corpus: str, results: dict[str, dict[str, Any]]) -> str:
    """Return the lines of one corpus as Markdown, the largest area first."""
    by_strategy: dict[str, list[dict[str, Any]]] = {}
    for key, found in results.items():
        where, strategy, _ = key.split("|")
        if where == corpus:
            by_strategy.setdefault(strategy, []).append(found)
    if not by_strategy:
        return ""
    full = statistics.fmean(found["full"] for each in by_strategy.values() for found in each)
    lines = [
        f"### {corpus} (all labels: {full:.3f})",
        "",
        "| strategy | 150 labels | 300 | 550 | mean over rounds | +- | asking, s | seeds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for strategy, each in sorted(by_strategy.items(), key=lambda item: -statistics.fmean(map(area, item[1]))):
        at = [statistics.fmean(accuracy_at(found, labels) for found in each) for labels in (150, 300, 550)]
        spread = statistics.stdev(map(area, each)) / len(each) ** 0.5 if len(each) > 1 else float("nan")
        numbers = " | ".join(f"{value:.3f}" for value in (*at, statistics.fmean(map(area, each)), spread))
        asking = statistics.fmean(found["asking"] for found in each)
        lines.append(f"| {strategy} | {numbers} | {asking:.1f} | {len(each)} |")
    return "\n".join(lines)


def accuracy_at(found: dict[str, Any], labels: int) -> float:
    """Return the accuracy with at most so many labels: streams and the published rule spend fewer."""
    reached = [a for n, a in zip(found["labels"], found["accuracy"], strict=True) if n <= labels]
    return reached[-1]


def main() -> None:
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with CSV files")
    parser.add_argument("--corpora", nargs="+", help="only these")
    parser.add_argument("--strategies", nargs="+", default=[*REGISTRY, *WRAPPERS])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--json", type=Path, default=Path("benchmarks/out/simulations.json"))
    options = parser.parse_args()
    os.environ["AL_SLOTS"] = str(options.jobs)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = json.loads(options.json.read_text()) if options.json.exists() else {}

    known = corpora(options.data)
    chosen = options.corpora or list(known)
    missing = [
        (corpus, strategy, seed)
        for seed in range(options.seeds)
        for corpus in chosen
        for strategy in options.strategies
        if f"{corpus}|{strategy}|{seed}" not in results
    ]

    def one(job: tuple[str, str, int]) -> None:
        corpus, strategy, seed = job
        words = settings(*known[corpus], strategy, seed)
        try:
            results["|".join(map(str, job))] = simulate(words)
        except RuntimeError as error:
            print(f"{corpus} {strategy} {seed}: {error}", file=sys.stderr)
            return
        options.json.write_text(json.dumps(results))
        print(f"{len(results)} done: {corpus} {strategy} {seed}", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, missing))
    print("\n\n".join(filter(None, (table(corpus, results) for corpus in chosen))))


if __name__ == "__main__":
    main()
