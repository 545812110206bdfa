"""A comparison to hand on: one HTML file that works without a network, or everything as files."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd

import al_core
from al_core import catalogue, figures
from al_core.comparing import METRICS, Comparison, Goal, Group, Prices
from al_core.comparing.metrics import EVEN
from al_core.comparing.words import CAVEAT, NO_RANDOM, NO_SIDE, needed, saved
from al_core.corpus.base import SYNTHETIC
from al_core.evaluation.comparison import band
from al_core.evaluation.verdicts import TESTS
from al_core.offline import Page, code, folded, paragraph, points, table, text
from al_core.store import corpora, sweeps
from al_core.store.engine import Store
from al_core.store.records import CorpusRecord, RunRecord
from al_core.store.sweeps import SweepRecord
from al_core.tables import to_csv

GOAL = Goal(0.9, share=True)
MOST_CLASSES = 12
MOST_SEEDS = 30


@dataclass(frozen=True, slots=True)
class Subject:
    """What a comparison is of, besides its runs."""

    corpora: Mapping[str, CorpusRecord] = field(default_factory=dict)
    """By key, as far as they are known."""
    sweep: SweepRecord | None = None
    """Where the runs are those of one."""

    @property
    def title(self) -> str:
        """Return what the report is called."""
        return f"Comparison: {self.sweep.name}" if self.sweep else "Comparison of single runs"


def subject_of(store: Store, found: Comparison, sweep_id: str | None = None) -> Subject:
    """Return what the store knows of a comparison; raises `BadInput` if there is no such sweep."""
    sweep = sweeps.sweep(store, sweep_id) if sweep_id else None
    records = (corpora.find(store, key) for key in _keys(found))
    return Subject({record.key: record for record in records if record}, sweep)


def html(
    found: Comparison,
    subject: Subject,
    metric: str = "accuracy",
    prices: Prices = EVEN,
    goal: Goal = GOAL,
    made_at: datetime | None = None,
) -> str:
    """Return one HTML file that holds everything it needs, about 5 MB, mostly plotly.js.

    metric, prices: what curves, differences and verdicts are of; goal: the accuracy that labels are counted
    to; made_at: now by default. Cost: about as much as the page.
    """
    page = Page(subject.title)
    _head(page, found, subject, made_at or datetime.now(UTC))
    _compared(page, found)
    _corpora(page, found, subject)
    curves = found.curves(metric, prices)
    _said(page, found, metric, prices)
    _curves(page, found, metric, prices)
    _table(page, summary(found, metric, prices, goal) if curves else pd.DataFrame(), found, goal)
    _errors(page, found)
    page.heading("Time")
    page.charts(figures.group_seconds(found.summary(), _looks(found)))
    _repeat(page, found, subject)
    return page.html()


def bundle(
    found: Comparison,
    subject: Subject,
    metric: str = "accuracy",
    prices: Prices = EVEN,
    goal: Goal = GOAL,
    made_at: datetime | None = None,
) -> bytes:
    """Return a ZIP of the report, every round (CSV and Parquet), the table, and the settings as JSON."""
    rounds, sink = found.table(), io.BytesIO()
    rounds.to_parquet(sink, index=False)
    files: dict[str, bytes] = {
        "report.html": html(found, subject, metric, prices, goal, made_at).encode(),
        "rounds.csv": to_csv(rounds),
        "rounds.parquet": sink.getvalue(),
        "table.csv": to_csv(summary(found, metric, prices, goal)),
    }
    files |= {f"configs/{name}": body.encode() for name, body in settings(found, subject).items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


def summary(found: Comparison, metric: str, prices: Prices, goal: Goal) -> pd.DataFrame:
    """Return `Comparison.summary` with the target, labels to it, what they saved, and the verdict."""
    lines = found.summary()
    names, reached = lines["group"].tolist(), found.reached(goal)
    told = found.verdicts(metric, found.curves(metric, prices))
    targets = {name: each.target for name, each in reached.items()}
    lines.insert(2, "target", [targets.get(name, math.nan) for name in names])
    lines.insert(3, "reached", [needed(reached.get(name)) for name in names])
    lines.insert(4, "saved", [saved(reached.get(name)) for name in names])
    return lines.assign(verdict=[told[name][1] if name in told else "" for name in names])


def settings(found: Comparison, subject: Subject) -> dict[str, str]:
    """Return the settings of each group, with its first seed, and of the sweep, by file name, as JSON."""
    files = {_file(place, group): _json(_config(group)) for place, group in enumerate(found.groups, start=1)}
    if subject.sweep and subject.sweep.settings:
        files = {"sweep.json": _json(subject.sweep.settings)} | files
    return files


def _head(page: Page, found: Comparison, subject: Subject, made_at: datetime) -> None:
    moment = made_at.astimezone(UTC)
    versions = sorted({run.code_version for run in found.runs})
    runs = f"runs by version {', '.join(versions)}, " if versions else ""
    page.add(
        paragraph(
            f"{moment:%d %b %Y, %H:%M} UTC. Active-learning workbench: {runs}report by version "
            f"{al_core.__version__}.",
            "soft",
        )
    )
    known = [subject.corpora[key] for key in _keys(found) if key in subject.corpora]
    if any(corpus.synthetic for corpus in known):
        every = all(corpus.synthetic for corpus in known)
        which = "These texts are" if every else "Some of these texts are"
        page.add(paragraph(f"{which} synthetic: generated by seeded code, not written by people.", "told"))
    if subject.sweep and subject.sweep.note:
        page.add(paragraph(f"Note: {subject.sweep.note}"))


def _compared(page: Page, found: Comparison) -> None:
    page.heading("What is compared")
    if not found.groups:
        page.add(paragraph("No run: there is nothing to compare yet."))
        return
    count, groups = len(found.runs) - len(found.left_out), len(found.groups)
    facts = [f"{_count(count, 'run')} in {_count(groups, 'group')}"]
    if found.live:
        facts.append("Some still go on, and count as far as they are")
    unfinished = sum(run.state not in ("finished", "queued", "starting", "running") for run in found.runs)
    if unfinished:
        facts.append(f"{unfinished:,} paused, interrupted, cancelled or failed")
    if found.left_out:
        facts.append(f"{len(found.left_out):,} left out: they repeat the settings and the seed of another")
    page.add(paragraph(". ".join(facts) + ". Everything here is measured on test."))
    rows = [
        (
            group.title,
            _model(group.runs[0]),
            group.control or ("is random" if group.random else "nothing: no random on its task"),
            _seeds(group),
            f"{group.runs[0].config['cycle']['rounds']:,} × {group.runs[0].config['cycle']['batch_size']:,}",
        )
        for group in found.groups
    ]
    heads = ("Group", "Model", "Compared with", "Seeds", "Rounds × texts")
    page.add(table(heads, rows, 1, "The groups"))


def _corpora(page: Page, found: Comparison, subject: Subject) -> None:
    for key in _keys(found):
        corpus = subject.corpora.get(key)
        if corpus is None:
            page.add(f"<h3>Corpus {text(key)}</h3>", paragraph("Nothing more is known of it here.", "soft"))
            continue
        page.add(f"<h3>Corpus: {text(corpus.title)}{' (synthetic)' if corpus.synthetic else ''}</h3>")
        if corpus.note:
            page.add(paragraph(corpus.note))
        if corpus.synthetic:
            page.add(paragraph(SYNTHETIC))
        facts = []
        if corpus.rows is not None:
            facts.append(f"{corpus.rows:,} texts, {corpus.labelled or 0:,} of them with a label")
        if names := corpus.classes:
            counts = corpus.class_counts or []
            told = [
                f"{name} ({counts[place]:,})" if place < len(counts) else name
                for place, name in enumerate(names[:MOST_CLASSES])
            ]
            more = len(names) - MOST_CLASSES
            facts.append(f"Classes: {', '.join(told)}{f' and {more:,} more' if more > 0 else ''}")
        facts.append(f"Key: {key}")
        page.add(paragraph(". ".join(facts) + ".", "soft"))


def _said(page: Page, found: Comparison, metric: str, prices: Prices) -> None:
    words = METRICS[metric]
    page.heading("What the seeds say")
    cost = f" False negative: {prices.fn:,g}, false positive: {prices.fp:,g}." if metric == "cost" else ""
    page.add(paragraph(f"{words.title}. {words.help}{cost}", "soft"))
    if words.less is None:
        page.add(paragraph(NO_SIDE))
        return
    told = found.verdicts(metric, found.curves(metric, prices))
    if not told:
        page.add(paragraph(NO_RANDOM))
        return
    page.add(*(paragraph(sentence, "told") for _, sentence in told.values()))
    verdicts = [verdict for verdict, _ in told.values()]
    caveats = [CAVEAT]
    caveats += dict.fromkeys(TESTS[verdict.test] for verdict in verdicts if verdict.test)
    if any(verdict.family > 1 for verdict in verdicts):
        caveats.append("The verdicts hold together: p is corrected for how many groups are compared (Holm).")
    if any(verdict.outcome is None for verdict in verdicts):
        caveats.append("One seed gives no verdict: what it shows may be chance. Six make it safe.")
    page.add(points(caveats))


def _curves(page: Page, found: Comparison, metric: str, prices: Prices) -> None:
    words, lines, groups = METRICS[metric], found.curves(metric, prices), _looks(found)
    page.heading("Learning curves")
    names = found.baseline_names() if groups else {}
    levels = {names[task]: level for task, level in found.baselines(metric, prices).items()}
    charts = [figures.group_curves(band(lines), groups, words.title, words.kind, levels)]
    if any(group.control for group in found.groups):
        bands = found.differences(lines)
        charts.append(figures.group_differences(bands, groups, words.title, words.kind))
    page.charts(*charts)
    page.add(paragraph("Lines are means over seeds; bands are their 95 % intervals, point by point.", "soft"))


def _errors(page: Page, found: Comparison) -> None:
    page.heading("False negatives and false positives")
    if not found.two:
        page.add(
            paragraph(
                "With more than two classes, every error is a missed one of one class and a false one of "
                "another."
            )
        )
        return
    rates = {kind: band(found.curves(f"{kind}_rate")) for kind in ("fn", "fp")}
    page.charts(figures.group_errors(rates, _looks(found)))


def _table(page: Page, lines: pd.DataFrame, found: Comparison, goal: Goal) -> None:
    page.heading("Labels, scores and time")
    if lines.empty:
        page.add(paragraph("Appears after the first fit."))
        return
    targets = sorted({f"{each:.1%}" for each in found.targets(goal).values()})
    way = f" ({goal.value:.0%} of the way from the majority class to all labels)" if goal.share else ""
    if targets:
        page.add(paragraph(f"Target: an accuracy of {', '.join(targets)}{way}."))
    else:
        page.add(paragraph("No target: no run was trained on all labels, so that there is no bar to go by."))
    rows = [
        (
            str(row["group"]),
            str(row["reached"]),
            str(row["saved"]),
            *(_number(row[name], "{:,.0f}") for name in ("seeds", "labels")),
            *(_number(100 * row[name], "{:.1f}") for name in ("area", "best")),
            *(_number(row[name], "{:,.1f}") for name in ("fit", "score", "select")),
        )
        for row in lines.to_dict("records")
    ]
    heads = ("Group", "Labels to target", "Saved against random", "Seeds", "Labels spent", "Area (%)")
    heads += ("Best accuracy (%)", "Fit (s)", "Score (s)", "Select (s)")
    page.add(table(heads, rows, 7, "Labels to the target, scores and seconds of each group"))
    page.add(
        points(
            (
                "Labels to target: median over seeds; one that never got there counts as more than any. "
                "Validation labels come on top.",
                "Saved: share of random's labels that were not needed, with its 95 % interval.",
                "Area: mean accuracy over the labels that all groups of a task have spent. Best: of all "
                "rounds, the mean over seeds; picked on test, so that it flatters.",
                "Seconds: of a run, in all its rounds, on the machine that it ran on.",
            )
        )
    )


def _repeat(page: Page, found: Comparison, subject: Subject) -> None:
    page.heading("How to repeat it")
    files = settings(found, subject)
    if "sweep.json" in files:
        page.add(
            paragraph("Save the sweep's settings as sweep.json, then:"),
            code("python -m al_core sweep sweep.json"),
            folded("sweep.json", code(files.pop("sweep.json"))),
            paragraph("Or group by group: save its settings, and run them once for each seed:"),
        )
    elif files:
        page.add(paragraph("Save the settings of a group as a file, and run them once for each seed:"))
    for group, (name, body) in zip(found.groups, files.items(), strict=True):
        seeds = [run.config["seed"] for run in group.runs]
        command = f"python -m al_core run {name} --set seed={seeds[0]}"
        more = f"  # seeds: {_seeds(group)}" if len(seeds) > 1 else ""
        page.add(folded(f"{group.title} ({name})", code(command + more) + code(body)))
    page.add(
        points(
            (
                "The same settings and seed give the same history, with the same version of the code and of "
                "the libraries, on the same kind of device.",
                "The texts are not in this report. What was imported has to be imported first, from the same "
                "file with the same columns, so that it gets the same key.",
            )
        )
    )


def _looks(found: Comparison) -> list[tuple[str, str]]:
    return [(group.title, group.strategy) for group in found.groups]


def _keys(found: Comparison) -> list[str]:
    return [run.corpus_key for run in found.one_of_each_corpus]


def _config(group: Group) -> dict[str, Any]:
    return group.runs[0].run_config().model_dump(mode="json")


def _file(place: int, group: Group) -> str:
    # Of letters that every file system and every shell takes as they are.
    name = re.sub(r"[^a-z0-9]+", "-", group.strategy.lower())[:40].strip("-")
    return f"{place:02d}-{name or 'group'}.json"


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _model(run: RunRecord) -> str:
    names = [
        catalogue.REGISTRIES[kind][name].title if name in catalogue.REGISTRIES[kind] else name
        for kind, name in (
            ("classifiers", run.config["classifier"]["name"]),
            ("features", run.config["features"]["name"]),
        )
    ]
    return f"{names[0]} on {names[1].lower()}"


def _seeds(group: Group) -> str:
    seeds = [str(run.config["seed"]) for run in group.runs]
    more = len(seeds) - MOST_SEEDS
    return ", ".join(seeds[:MOST_SEEDS]) + (f" and {more:,} more" if more > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _number(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "–"
