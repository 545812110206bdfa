"""A labelling session played by an oracle: what the model is worth after so many labels, all counted.

    python -m benchmarks.session_simulation --seeds 5          # IMDB, 500 labels, 10,000 texts to test by

The very path of people: claims, events, the trainer's orders, the random validation set, all at the
defaults of a new session. Labels to measure by are labels too, and are among those counted. The true
accuracy is that of the published model version on texts that the session never holds. The estimate is
what the session's own page says. Prints a table and writes JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpora import component

TEST = 10_000
TARGET = 0.85


def played(name: str, seed: int, labels: int) -> list[dict[str, float]]:
    """Play one session; return one line a model."""
    from al_core.corpus import cache
    from al_core.labelling import consensus, models, sessions
    from al_core.labelling.curve import Curve
    from al_core.labelling.settings import LabelSettings
    from al_core.store import open_store
    from al_core.worker import prepare, simulate

    store = open_store()
    source = component(name)
    prepare.register(store, source, lambda *_: None)
    from al_core.workbench import Workbench

    corpus = cache.load(Workbench.corpus_key(source))
    order = np.random.default_rng(0).permutation(len(corpus))
    test, pool = order[: min(TEST, len(order) // 4)], np.sort(order[min(TEST, len(order) // 4) :])
    settings = LabelSettings(classes=corpus.classes, seed=seed)
    made = sessions.create(store, f"{name}, seed {seed}", corpus.key, len(corpus), settings, pool)
    lines, started = [], time.perf_counter()
    for model in simulate.simulate(store, made, labels):
        said = models.predictions(made, model.version)
        assert said is not None
        truth = float((said[test].argmax(axis=1) == corpus.labels[test]).mean())
        lines.append({"labels": model.spent, "truth": truth, "seconds": model.seconds})
    session = sessions.session(store, made)
    held_out = sessions.validation(store, session)
    drawn = consensus.labels(consensus.opinions(store, made)).among(held_out)
    frame = Curve(models.versions(store, made), held_out, drawn, len(corpus.classes)).frame()
    for line, (_, row) in zip(lines, frame.iterrows(), strict=True):
        line |= {"estimate": row["accuracy"], "low": row["accuracy_low"], "high": row["accuracy_high"]}
    print(f"seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
    return lines


def first(lines: list[dict[str, float]]) -> float:
    """Return the labels at which the target is reached, and kept by the mean of three models."""
    truths = [line["truth"] for line in lines]
    for place, truth in enumerate(truths):
        if truth >= TARGET and np.mean(truths[place : place + 3]) >= TARGET:
            return lines[place]["labels"]
    return float("inf")


def main() -> None:
    """Play the sessions and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", default="imdb")
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("session_simulation.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("AL_HOME", folder)
        found: dict[str, Any] = {
            str(seed): played(options.corpus, seed, options.labels) for seed in range(options.seeds)
        }
    print(f"{'seed':>5} {'labels':>7} {'truth':>7} {'estimate':>9} {'interval':>16} {f'to {TARGET:.0%}':>8}")
    for seed, lines in found.items():
        last = lines[-1]
        inside = f"{last['low']:.3f} to {last['high']:.3f}"
        print(
            f"{seed:>5} {last['labels']:>7,.0f} {last['truth']:>7.4f} {last['estimate']:>9.3f} {inside:>16} "
            f"{first(lines):>8,.0f}"
        )
    ends = [lines[-1]["truth"] for lines in found.values()]
    print(
        f"mean {np.mean(ends):.4f}; median fit, score and ask "
        f"{np.median([line['seconds'] for lines in found.values() for line in lines]):.2f} s"
    )
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
