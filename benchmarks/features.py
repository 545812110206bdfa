"""From texts to features: the first time, for another seed, and from the cache.

    TFDS_DATA_DIR=... python -m benchmarks.features      # the 50,000 reviews of IMDB
    python -m benchmarks.features --texts 1000000        # made-up texts of 30 words instead

Each kind of features begins with an empty cache, in a process of its own: once for a split of seed
0, which counts words, then for seed 1, which uses the same counts, then again from the cache. Peak
memory is that process's, texts included, with those it started. Prints a table and writes JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("tfidf", "tfidf_svd", "words_and_topics", "characters")
VALIDATION = TEST = 5000


def corpus(n: int) -> Any:
    """Return IMDB, or `n` made-up texts of 30 words."""
    from al_core.config import Component
    from al_core.corpus import Corpus
    from al_core.corpus.cache import open_corpus

    if not n:
        imdb = Component(name="tfds", params={"dataset": "imdb_reviews", "split": "train+test"})
        return open_corpus(imdb, lambda *_: None)
    rng = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(200_000)])
    texts: list[str] = []
    for _ in range(0, n, 10_000):
        ids = np.minimum(rng.zipf(1.2, (10_000, 30)), len(words)) - 1
        texts += [" ".join(row) for row in words[ids]]
    return Corpus(f"made-up-{n}", "Made up", texts[:n], np.zeros(n, np.int32), ("a", "b"))


def measured(name: str, n: int) -> dict[str, Any]:
    """Return seconds, the load that the machine had, peak memory and what lies on disk, in MB."""
    from al_core import catalogue, paths
    from al_core.config import Component
    from al_core.features import REGISTRY
    from al_core.features.cache import cached

    texts = corpus(n)
    component = catalogue.complete(Component(name=name), REGISTRY)
    features = REGISTRY[name].create(component.params)
    found: dict[str, Any] = {}
    for what, seed in (("first", 0), ("other seed", 1), ("cache", 1)):
        order = np.random.default_rng(seed).permutation(len(texts))
        started = time.perf_counter()
        x = cached(features, component, texts, np.sort(order[VALIDATION + TEST :]))
        found[what] = time.perf_counter() - started
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    disk = [
        sum(file.stat().st_size for file in place.iterdir()) / 1e6 for place in paths.features().iterdir()
    ]
    return found | {"columns": x.shape[1], "megabytes": max(peaks) / 1e3, "disk": sorted(disk)}


def main() -> None:
    """Measure each kind, print the table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=0, help="so many made-up texts instead of IMDB")
    parser.add_argument("--kinds", nargs="+", default=KINDS)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/out/features.json"))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(options.measure, options.texts)))
        return
    results: dict[str, Any] = {}
    if not options.texts:
        corpus(0)  # reads and saves the corpus where that has not been done
    print("| features | first, s | other seed, s | cache, s | peak, MB | disk, MB | load |\n|" + "---|" * 7)
    for name in options.kinds:
        with tempfile.TemporaryDirectory() as home:
            if not options.texts:
                (Path(home) / "corpora").symlink_to(_corpora())
            command = [sys.executable, "-m", "benchmarks.features", "--measure", name]
            command += ["--texts", str(options.texts)]
            done = subprocess.run(
                command, env=os.environ | {"AL_HOME": home}, stdout=subprocess.PIPE, text=True, check=True
            )
        found = json.loads(done.stdout.splitlines()[-1]) | {"load": os.getloadavg()[0]}
        results[name] = found
        seconds = " | ".join(f"{found[each]:.2f}" for each in ("first", "other seed", "cache"))
        disk = ", ".join(f"{size:.0f}" for size in found["disk"])
        print(f"| {name} | {seconds} | {found['megabytes']:.0f} | {disk} | {found['load']:.1f} |", flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1))


def _corpora() -> Path:
    from al_core import paths

    return paths.corpora().resolve()


if __name__ == "__main__":
    main()
