"""The preset `blog-lyrics` with the blog's four strategies over several seeds, beside its figures.

    AL_LYRICS_CSV=FILE python -m benchmarks.blog_lyrics --seeds 3       # goes on where it was stopped
    AL_LYRICS_CSV=FILE python -m benchmarks.blog_lyrics --strategies random least_confidence --together

All runs share the blog's test lines; a seed draws other initial labels and other random questions.
With --together copies of a line stay on one side of the split, so the test lines are others, and all
unseen. Prints a table of means and writes every round as JSON. Seconds are those of fitting and asking.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from pathlib import Path
from typing import Any

from al_core import configfile, presets
from al_core.config import RunConfig
from benchmarks.label_efficiency import Silent

STRATEGIES = ("random", "least_confidence", "entropy", "discriminative")
SHOWN = (200, 1_200, 3_200, 5_200, 10_200, 20_200, 30_200)
PUBLISHED = "about 0.75 for every strategy after 30,200 labels"
MEASURED = ("accuracy", "seen", "unseen", "fn", "fp")


def simulate(config: RunConfig) -> list[dict[str, Any]]:
    """Run one config in this process; return a line per round, the baseline first."""
    from al_core.experiment import build
    from al_core.loop import BASELINE as ALL
    from al_core.loop import Cycle

    experiment = build(config, lambda *_: None)
    lines, seconds = [], 0.0
    for each in Cycle(experiment, Silent()).rounds():
        found = {name: getattr(each.test, name) for name in MEASURED}
        seconds += 0.0 if each.number == ALL else sum(each.seconds.values())
        lines.append({"round": each.number, "labels": each.labels, **found, "seconds": seconds})
    return lines


def table(results: dict[str, list[dict[str, Any]]], strategies: list[str]) -> str:
    """Return the means over seeds as Markdown, and last the model on all labels.

    Results are named strategy|seed|rounds; those of one table share their split.
    """
    lines = [
        "| strategy | labels | accuracy | on seen lines | on unseen lines | FN | FP | s so far | seeds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for strategy in strategies:
        runs = [lines for key, lines in results.items() if key.split("|")[0] == strategy]
        for labels in SHOWN:
            found = [row for rows in runs for row in rows if row["labels"] == labels and row["round"] >= 0]
            if found:
                lines.append(_line(strategy, found))
    everything = [row for rows in results.values() for row in rows if row["round"] < 0]
    if everything:
        lines.append(_line("all labels", everything[:1]))
    return "\n".join([*lines, "", f"The blog: {PUBLISHED}."])


def _line(name: str, found: list[dict[str, Any]]) -> str:
    mean = {
        column: statistics.fmean(float("nan") if row[column] is None else row[column] for row in found)
        for column in (*MEASURED, "seconds")
    }
    accuracy = [row["accuracy"] for row in found]
    spread = f" +- {statistics.stdev(accuracy):.4f}" if len(found) > 1 else ""
    cells = [name, f"{found[0]['labels']:,}", f"{mean['accuracy']:.4f}{spread}"]
    cells += ["–" if math.isnan(mean[each]) else f"{mean[each]:.4f}" for each in ("seen", "unseen")]
    cells += [f"{mean['fn']:,.0f}", f"{mean['fp']:,.0f}"]
    return f"| {' | '.join(cells)} | {mean['seconds']:.0f} | {len(found)} |"


def main() -> None:
    """Run what is missing, seed by seed, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--together", action="store_true", help="keep copies of a line together")
    parser.add_argument("--json", type=Path, help="default: in benchmarks/out")
    options = parser.parse_args()
    usual = "blog_lyrics_together.json" if options.together else "blog_lyrics.json"
    options.json = options.json or Path("benchmarks/out") / usual
    options.json.parent.mkdir(parents=True, exist_ok=True)
    results: dict[str, list[dict[str, Any]]] = {}
    if options.json.exists():
        results = json.loads(options.json.read_text())
    for seed in range(options.seeds):
        for strategy in options.strategies:
            name = f"{strategy}|{seed}|{options.rounds}"
            if name in results:
                continue
            # Initial set and pool together, and so the model on all labels, do not depend on the seed.
            baseline = not any(row["round"] < 0 for rows in results.values() for row in rows)
            words = [f"seed={seed}", f"strategy={strategy}", f"cycle.rounds={options.rounds}"]
            words.append(f"cycle.baseline={json.dumps(baseline)}")
            words.append(f"split.group_duplicates={json.dumps(options.together)}")
            config = configfile.override(presets.preset("blog-lyrics").config, words)
            results[name] = simulate(config)
            options.json.write_text(json.dumps(results))
            print(f"{name}: {results[name][-1]}", file=sys.stderr, flush=True)
    print(table(results, options.strategies))


if __name__ == "__main__":
    main()
