"""From new labels to a new ranking: one round of the cycle, as runs go through it.

    python -m benchmarks.rounds                          # pools of 40,000 and of 1,000,000 texts
    python -m benchmarks.rounds --only 40,000

The default strategy (auto) and linear model, 20 labels a round, the default calibration. A round is
asking (predict, embed, choose), fitting, and measuring on 5,000 validation and 5,000 test texts.
Texts are made up: 30 or 230 words each (float32, sparse), and 200 topics (float32, dense), in files
that are memory-mapped as the cache of features does it. Every case runs in a process of its own,
whose peak memory counts the pages of those files that it has read. Prints a table and writes JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

MEASURED, VOCABULARY, TOPICS, BATCH, ROUNDS = 5000, 100_000, 200, 20, 12
CASES: dict[str, tuple[int, int, int]] = {
    "40,000 topics, 50 labels": (40_000, 0, 50),
    "40,000 topics, 2,000 labels": (40_000, 0, 2000),
    "40,000 words and topics, 50 labels": (40_000, 230, 50),
    "40,000 words and topics, 2,000 labels": (40_000, 230, 2000),
    "1,000,000 topics, 50 labels": (1_000_000, 0, 50),
    "1,000,000 words and topics, 50 labels": (1_000_000, 30, 50),
    "1,000,000 words and topics, 2,000 labels": (1_000_000, 30, 2000),
}
"""Texts in the pool, words of each (0: topics alone), and labels to begin with."""


def made(folder: Path, n: int, words: int) -> None:
    """Write the features of `n` texts, a part at a time, and their labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, n).astype(np.int32)
    np.save(folder / "labels.npy", labels)
    dense = np.lib.format.open_memmap(folder / "dense.npy", "w+", np.float32, (n, TOPICS))
    axis = rng.standard_normal(TOPICS, np.float32) * 0.06
    for start in range(0, n, 10_000):
        part = slice(start, start + 10_000)
        x = rng.standard_normal((len(labels[part]), TOPICS), np.float32)
        x += np.where(labels[part, None] == 1, axis, -axis)
        dense[part] = x / np.linalg.norm(x, axis=1, keepdims=True) * np.sqrt(0.5 if words else 1.0)
    if not words:
        return
    np.save(folder / "indptr.npy", np.arange(0, n * words + 1, words, dtype=np.int32))
    np.save(folder / "data.npy", np.full(n * words, np.sqrt(0.5 / words), np.float32))
    indices = np.lib.format.open_memmap(folder / "indices.npy", "w+", np.int32, (n, words))
    for start in range(0, n, 10_000):
        # One word out of each stretch of the vocabulary, the first of them the most often.
        luck = rng.random((len(labels[start : start + 10_000]), words)) ** 3
        indices[start : start + 10_000] = ((np.arange(words) + luck) * (VOCABULARY / words)).astype(np.int32)


def opened(folder: Path) -> Any:
    """Return the features, memory-mapped."""
    from scipy.sparse import csr_matrix

    from al_core.matrix import SideBySide

    dense = np.load(folder / "dense.npy", mmap_mode="r")
    if not (folder / "indptr.npy").exists():
        return dense
    data, indices, indptr = (
        np.load(folder / f"{x}.npy", mmap_mode="r") for x in ("data", "indices", "indptr")
    )
    words = csr_matrix((data, indices.reshape(-1), indptr), shape=(len(dense), VOCABULARY), copy=False)
    words.has_canonical_format = True
    return SideBySide(words, dense)


def measured(folder: Path, initial: int) -> dict[str, float]:
    """Go through some rounds; return medians of the seconds, and the peak memory in MB."""
    from al_core import catalogue
    from al_core.calibration.calibrated import calibrated
    from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
    from al_core.corpus.split import Split
    from al_core.loop import Cycle, Experiment
    from al_core.stopping import Stopping

    class Quiet:
        """A monitor that lets everything pass."""

        def phase(self, *_: object) -> None: ...

        batch = check = epoch = save = phase

    x, labels = opened(folder), np.load(folder / "labels.npy")
    config = RunConfig(
        name="Rounds",
        corpus=Component(name="demo"),
        split=SplitSettings(initial=initial, validation=MEASURED, test=MEASURED),
        features=Component(name="tfidf_svd" if isinstance(x, np.ndarray) else "words_and_topics"),
        classifier=Component(name="logistic"),
        strategy=Component(name="auto"),
        cycle=CycleSettings(rounds=ROUNDS, batch_size=BATCH, carry="fresh", baseline=False),
    )
    order = np.random.default_rng(1).permutation(len(labels))
    cuts = np.split(order, np.cumsum([MEASURED, MEASURED, initial]))
    validation, test, first, pool = (np.sort(each) for each in cuts)
    registries = catalogue.REGISTRIES
    experiment = Experiment(
        config=config,
        x=x,
        labels=labels,
        n_classes=2,
        vocabulary=x.shape[1],
        split=Split(first, validation, test, pool, dropped=np.empty(0, np.int64), leaked_test=0),
        classifier=calibrated(
            registries["classifiers"]["logistic"].create({}),
            registries["calibration"][config.calibration.name].create({}),
        ),
        strategy=catalogue.strategy(config),
        oracle=registries["oracles"]["perfect"].create({}),
        stopping=Stopping((), "any"),
    )
    rounds, whole, parts = Cycle(experiment, Quiet()).rounds(), [], []
    next(rounds)
    for _ in range(ROUNDS):
        started = time.perf_counter()
        done = next(rounds)
        whole.append(time.perf_counter() - started)
        parts.append(done.seconds)
    found = {name: statistics.median(each[name] for each in parts) for name in ("fit", "score", "select")}
    found |= {"round": statistics.median(whole), "slowest": max(whole), "accuracy": done.test.accuracy}
    return found | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}


def main() -> None:
    """Measure the cases, print the table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/out/rounds.json"))
    parser.add_argument("--measure", nargs=2, metavar=("FOLDER", "LABELS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(Path(options.measure[0]), int(options.measure[1]))))
        return
    results: dict[str, Any] = {}
    columns = ("round", "slowest", "score", "select", "fit", "megabytes", "load")
    print(f"| {'case':<41} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name, (pool, words, initial) in CASES.items():
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            made(Path(folder), pool + 2 * MEASURED + initial, words)
            command = [sys.executable, "-m", "benchmarks.rounds", "--measure", folder, str(initial)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1]) | {"load": os.getloadavg()[0]}
        results[name] = found
        seconds = " | ".join(f"{found[each]:.2f}" for each in columns[:-2])
        print(f"| {name:<41} | {seconds} | {found['megabytes']:.0f} | {found['load']:.1f} |", flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
