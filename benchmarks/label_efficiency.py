"""How many labels each strategy needs: data sets x strategies x classifiers x seeds.

    python -m benchmarks.label_efficiency --data FOLDER               # goes on where it was stopped
    python -m benchmarks.label_efficiency --corpora demo --strategies auto random --seeds 3 --budget 300
    python -m benchmarks.label_efficiency --models tfidf:linear_svm tokens:text_cnn

FOLDER holds CSV files (text, label), and TFDS_DATA_DIR says where IMDB lies. Every strategy of a seed
has the same split, the same initial texts, drawn at random, and the same model, fitted afresh on every
round's labels. Targets are shares of the way from the majority class to the same model on all labels.
Writes one line of JSON per simulation as it ends, then a table, a JSON of all figures and one page.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from al_core import configfile, presets
from al_core.config import RunConfig
from al_core.evaluation.efficiency import Interval, area, at, interval, labels_to, saved, target
from al_core.figures.style import BASELINE, TEMPLATE, strategy_style
from benchmarks.corpora import corpora

TARGETS = (0.5, 0.8, 0.9, 0.95)
CONTROL, FULL = "random", "all labels"
FIRST = 100
"""Labels from which on a strategy must not be behind the control."""


@dataclass(frozen=True, slots=True)
class Job:
    """One simulation."""

    corpus: str
    model: str
    """features:classifier"""
    strategy: str
    seed: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """What all simulations of one benchmark share."""

    initial: int
    batch: int
    budget: int
    validation: int


def config(job: Job, sizes: Sizes, rows: int, words: list[str]) -> RunConfig:
    """Return the config of a simulation, of a corpus of so many rows."""
    features, classifier = job.model.split(":")
    test = min(5000, rows // 4)
    most = rows - test - sizes.validation - sizes.initial
    rounds = 0 if job.strategy == FULL else -(-min(sizes.budget - sizes.initial, most) // sizes.batch)
    chosen = [
        *words,
        f"seed={job.seed}",
        "split=" + json.dumps({"initial": sizes.initial, "validation": sizes.validation, "test": test}),
        f"features={features}",
        f"classifier={classifier}",
        f"strategy={CONTROL if job.strategy == FULL else job.strategy}",
        "starter=random",
        f"cycle.rounds={rounds}",
        f"cycle.batch_size={sizes.batch}",
        f"cycle.baseline={json.dumps(job.strategy == FULL)}",
    ]
    return configfile.override(presets.preset("few-labels").config, chosen)


class Silent:
    """A monitor that nobody watches."""

    def phase(self, round_number: int, phase: str, texts: int) -> None:
        """A phase begins."""

    def batch(self, texts: int) -> None:
        """A batch was trained on."""

    def check(self) -> None:
        """Work goes on."""

    def epoch(self, round_number: int, epoch: object) -> None:
        """An epoch has ended."""

    def save(self, checkpoint: object) -> None:
        """Here the run could go on."""


def simulate(chosen: RunConfig) -> dict[str, Any]:
    """Run one simulation in this process and return its curve."""
    from al_core.experiment import build
    from al_core.loop import BASELINE as ALL
    from al_core.loop import Cycle

    experiment = build(chosen, lambda *_: None)
    started = time.perf_counter()
    rounds = list(Cycle(experiment, Silent()).rounds())
    seconds = time.perf_counter() - started
    curve = [each for each in rounds if each.number != ALL]
    full = next((each.test for each in rounds if each.number == ALL), None)
    found: dict[str, Any] = {
        "labels": [each.labels for each in curve],
        "accuracy": [each.test.accuracy for each in curve],
        "validation": curve[-1].validation.n,
        "seconds": seconds,
        "round": statistics.median(sum(each.seconds.values()) for each in curve),
    }
    if full is not None:
        found |= {"full": full.accuracy, "majority": max(map(sum, full.confusion)) / full.n}
    return found


def simulations(jobs: dict[Job, RunConfig], workers: int, log: Path) -> dict[Job, dict[str, Any]]:
    """Run what `log` does not hold yet, line by line into it, and return everything that was asked for."""
    log.parent.mkdir(parents=True, exist_ok=True)
    done: dict[tuple[str, str], dict[str, Any]] = {}
    for line in log.read_text().splitlines() if log.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:  # cut off by a kill
            continue
        done[entry["job"]["strategy"], entry["config"]] = entry["found"]

    def key(job: Job) -> tuple[str, str]:
        return job.strategy, jobs[job].key()

    missing = [job for job in jobs if key(job) not in done]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(simulate, jobs[job]): job for job in missing}
        for number, future in enumerate(as_completed(waiting), start=1):
            job = waiting[future]
            try:
                found = future.result()
            except Exception as error:  # noqa: BLE001  (one that fails must not take the others with it)
                print(f"{job}: {error}", file=sys.stderr, flush=True)
                continue
            done[key(job)] = found
            entry = {"job": asdict(job), "config": jobs[job].key(), "found": found}
            with log.open("a") as file:
                file.write(json.dumps(entry) + "\n")
            print(f"{number} of {len(missing)}: {job}, {found['seconds']:.0f} s", file=sys.stderr, flush=True)
    return {job: done[key(job)] for job in jobs if key(job) in done}


def compare(results: dict[Job, dict[str, Any]], corpus: str, model: str, budget: int) -> list[dict[str, Any]]:
    """Return one record per strategy of a corpus and a model, the largest area first."""
    mine = {job: found for job, found in results.items() if (job.corpus, job.model) == (corpus, model)}
    bars = {job.seed: found for job, found in mine.items() if job.strategy == FULL}
    controls = {job.seed: found for job, found in mine.items() if job.strategy == CONTROL}
    records = []
    for strategy in dict.fromkeys(job.strategy for job in mine if job.strategy != FULL):
        seeds = {job.seed: found for job, found in mine.items() if job.strategy == strategy}
        record: dict[str, Any] = {
            "corpus": corpus,
            "model": model,
            "strategy": strategy,
            "seeds": len(seeds),
            "validation": max(found["validation"] for found in seeds.values()),
            "full": statistics.fmean(found["full"] for found in bars.values()) if bars else None,
            "area": _told(interval([area(found["labels"], found["accuracy"]) for found in seeds.values()])),
            "seconds": statistics.fmean(found["seconds"] for found in seeds.values()),
            "round": statistics.fmean(found["round"] for found in seeds.values()),
            "targets": {},
            "curve": _curve(seeds),
            "worst": None,
        }
        for share in TARGETS:
            reached = {
                seed: _labels_to(found, bars[seed], share) for seed, found in seeds.items() if seed in bars
            }
            bar = {
                seed: _labels_to(controls[seed], bars[seed], share) for seed in reached if seed in controls
            }
            savings = [saved(reached[seed], bar[seed], budget) for seed in bar]
            finite = [n for n in reached.values() if n != float("inf")]
            sure = [each for each in savings if abs(each) != float("inf") and each == each]
            record["targets"][str(share)] = {
                "labels": _told(interval(finite)) if finite else None,
                "reached": len(finite),
                "saved": _told(interval(sure)) if sure and strategy != CONTROL else None,
                "compared": len(sure),
                "exact": all(n != float("inf") for n in bar.values()),
            }
        if strategy != CONTROL:
            record["worst"] = _worst(seeds, controls)
        records.append(record)
    return sorted(records, key=lambda record: -record["area"]["mean"])


def _labels_to(found: dict[str, Any], bar: dict[str, Any], share: float) -> float:
    return labels_to(found["labels"], found["accuracy"], target(bar["majority"], bar["full"], share))


def _curve(seeds: dict[int, dict[str, Any]]) -> dict[str, list[float]]:
    budgets = max((found["labels"] for found in seeds.values()), key=len)
    points = [interval([at(each["labels"], each["accuracy"], n) for each in seeds.values()]) for n in budgets]
    return {
        "labels": budgets,
        "mean": [point.mean for point in points],
        "margin": [point.margin for point in points],
    }


def _worst(seeds: dict[int, dict[str, Any]], controls: dict[int, dict[str, Any]]) -> dict[str, Any] | None:
    """Return the budget at which the strategy stands worst against the control, seed by seed."""
    both = sorted(set(seeds) & set(controls))
    if not both:
        return None
    found = []
    for budget in (n for n in controls[both[0]]["labels"] if n >= FIRST):
        gains = [
            at(seeds[seed]["labels"], seeds[seed]["accuracy"], budget)
            - at(controls[seed]["labels"], controls[seed]["accuracy"], budget)
            for seed in both
        ]
        found.append({"labels": budget, **_told(interval(gains))})
    return min(found, key=lambda each: each["mean"]) if found else None


def _told(found: Interval) -> dict[str, float]:
    return {"mean": found.mean, "margin": found.margin}


def table(records: list[dict[str, Any]], budget: int) -> str:
    """Return the records of one corpus and model as Markdown."""
    first = records[0]
    full = f"{first['full']:.3f}" if first["full"] else "not run"
    heads = [f"{share:.0%}" for share in TARGETS]
    lines = [
        f"### {first['corpus']}, {first['model']} (all labels: {full}; {first['validation']:,} validation "
        "labels besides)",
        "",
        "| strategy | mean score | labels to "
        + " | ".join(heads)
        + " | saved at 90% | worst against random | s a run | s a round | seeds |",
        "|---|---|" + "---|" * len(heads) + "---|---|---|---|---|",
    ]
    for record in records:
        cells = [_labels(record["targets"][str(share)], record["seeds"], budget) for share in TARGETS]
        gain, worst = record["targets"]["0.9"]["saved"], record["worst"]
        least = "" if record["targets"]["0.9"]["exact"] else "at least "
        cells.append(f"{least}{gain['mean']:.0%} +- {gain['margin']:.0%}" if gain else "")
        cells.append(f"{worst['mean']:+.3f} +- {worst['margin']:.3f} at {worst['labels']:,}" if worst else "")
        score = f"{record['area']['mean']:.3f} +- {record['area']['margin']:.3f}"
        tail = f"{record['seconds']:.0f} | {record['round']:.2f} | {record['seeds']}"
        lines.append(f"| {record['strategy']} | {score} | {' | '.join(cells)} | {tail} |")
    return "\n".join(lines)


def _labels(found: dict[str, Any], seeds: int, budget: int) -> str:
    if found["labels"] is None:
        return f"over {budget:,}"
    words = f"{found['labels']['mean']:,.0f}"
    if found["reached"] > 1:
        words += f" +- {found['labels']['margin']:,.0f}"
    return words if found["reached"] == seeds else f"{words} ({found['reached']} of {seeds})"


def chart(records: list[dict[str, Any]]) -> go.Figure:
    """Draw the learning curves of one corpus and model, with their 95 % intervals."""
    figure = go.Figure()
    for record in records:
        style, curve = strategy_style(record["strategy"]), record["curve"]
        low = [mean - margin for mean, margin in zip(curve["mean"], curve["margin"], strict=True)]
        high = [mean + margin for mean, margin in zip(curve["mean"], curve["margin"], strict=True)]
        shared = {"legendgroup": record["strategy"], "line": {"color": style["color"]}}
        if all(edge == edge for edge in low):
            figure.add_scatter(
                x=[*curve["labels"], *reversed(curve["labels"])],
                y=[*high, *reversed(low)],
                fill="toself",
                opacity=0.15,
                mode="none",
                fillcolor=style["color"],
                hoverinfo="skip",
                showlegend=False,
                legendgroup=record["strategy"],
            )
        figure.add_scatter(
            x=curve["labels"], y=curve["mean"], name=record["strategy"], mode="lines", **shared
        )
    first = records[0]
    if first["full"]:
        figure.add_hline(first["full"], line={"color": BASELINE, "dash": "dash"}, annotation_text=FULL)
    figure.update_layout(
        template=TEMPLATE,
        title=f"{first['corpus']}, {first['model']}",
        height=420,
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis_title=f"Labels spent, and {first['validation']:,} validation labels besides",
        yaxis_title="Test accuracy, mean and 95 % interval",
    )
    return figure


def page(groups: list[list[dict[str, Any]]]) -> str:
    """Return one HTML page, complete in itself, with a chart for each corpus and model."""
    parts = [
        chart(records).to_html(full_html=False, include_plotlyjs=number == 0)
        for number, records in enumerate(groups)
    ]
    head = (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        "<title>Label efficiency</title><body style='max-width:70rem;margin:2rem auto;padding:0 1rem'>"
    )
    return head + "\n".join(parts) + "</body></html>"


def main() -> None:
    """Run what is missing, then print and write what all of it says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with CSV files")
    parser.add_argument("--corpora", nargs="+", help="only these")
    parser.add_argument("--strategies", nargs="+", default=["auto", CONTROL, "margin", "diverse_margin"])
    parser.add_argument("--models", nargs="+", default=["words_and_topics:logistic"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--initial", type=int, default=20)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--budget", type=int, default=1000, help="labels, the initial ones included")
    parser.add_argument("--validation", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    options = parser.parse_args()

    sizes = Sizes(options.initial, options.batch, options.budget, options.validation)
    known = corpora(options.data)
    chosen = options.corpora or list(known)
    jobs = {
        job: config(job, sizes, *known[corpus])
        for model in options.models
        for corpus in chosen
        for seed in range(options.seeds)
        for strategy in (FULL, *options.strategies)
        for job in [Job(corpus, model, strategy, seed)]
    }
    results = simulations(jobs, options.jobs, options.out / "label_efficiency.jsonl")
    groups = [
        records
        for model in options.models
        for corpus in chosen
        if (records := compare(results, corpus, model, options.budget))
    ]
    print("\n\n".join(table(records, options.budget) for records in groups))
    (options.out / "label_efficiency.json").write_text(json.dumps(groups, indent=1))
    (options.out / "label_efficiency.html").write_text(page(groups), encoding="utf-8")
    print(f"\nWritten to {options.out}: label_efficiency.json and label_efficiency.html", file=sys.stderr)


if __name__ == "__main__":
    main()
