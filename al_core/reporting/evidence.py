"""What a comparison shows: verdicts, curves, the table, errors, and what was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from al_core import figures
from al_core.comparing import METRICS, Comparison, Goal, Prices
from al_core.comparing.behind import FIGURES, WORDS, behind
from al_core.comparing.novelty import explained
from al_core.comparing.words import (
    BEHIND,
    CAVEAT,
    MEANS,
    NO_RANDOM,
    NO_SIDE,
    OVERLAP,
    PAIRS,
    PAIRS_HELP,
    besides,
    covers,
    left_behind,
    needed,
    no_target,
    one_seed,
    saved,
    target,
    unit,
)
from al_core.errors import WorkbenchError
from al_core.evaluation.comparison import band
from al_core.evaluation.sentences import UNITS
from al_core.evaluation.verdicts import TESTS, Verdict
from al_core.offline import Page, folded, paragraph, points, table
from al_core.reporting.subject import Subject

GOAL = Goal(0.9, share=True)
MOST_MATRICES = 8
MOST_FIGURES = 100


def summary(found: Comparison, metric: str, prices: Prices, goal: Goal | None) -> pd.DataFrame:
    """Return `Comparison.summary` with the target, labels to it, what they saved, and the verdicts."""
    lines = found.summary(metric, prices)
    names, reached = lines["group"].tolist(), found.reached(goal, metric, prices)
    told = found.verdicts(metric, found.curves(metric, prices))
    sooner = found.sooner(goal, metric, prices)
    targets = {name: each.target for name, each in reached.items()}
    lines.insert(2, "target", [targets.get(name, math.nan) for name in names])
    lines.insert(3, "reached", [needed(reached.get(name)) for name in names])
    lines.insert(4, "saved", [saved(reached.get(name)) for name in names])
    return lines.assign(
        verdict=[told[name].sentence if name in told else "" for name in names],
        verdict_on_labels=[sooner[name].sentence if name in sooner else "" for name in names],
    )


def said(page: Page, found: Comparison, metric: str, prices: Prices) -> None:
    """Add the verdicts, the figures behind them, and what one must know to read them."""
    words = METRICS[metric]
    page.heading("What the seeds say")
    cost = f" False negative: {prices.fn:,g}, false positive: {prices.fp:,g}." if metric == "cost" else ""
    page.add(paragraph(f"{words.title}. {words.help}{cost}", "soft"))
    if behind := left_behind(len(found.far_behind)):
        page.add(paragraph(behind))
    if words.less is None:
        page.add(paragraph(NO_SIDE))
        return
    lines = found.curves(metric, prices)
    told = list(found.verdicts(metric, lines).values())
    page.add(*(paragraph(each.sentence, "told") for each in told) if told else (paragraph(NO_RANDOM),))
    caveats = [CAVEAT] if told else []
    caveats += dict.fromkeys(TESTS[each.test] for each in told if each.test)
    if any(each.family > 1 for each in told):
        caveats.append("The verdicts hold together: p is corrected for how many groups are compared (Holm).")
    if alone := [each.family for each in told if each.outcome is None]:
        caveats.append(one_seed(max(alone)))
    if caveats:
        page.add(points(caveats))
    _figures(page, BEHIND, told, points(f"{name}: {help_}" for name, help_ in FIGURES.items() if help_))
    _figures(page, PAIRS, list(found.pairs(metric, lines).values()), paragraph(PAIRS_HELP))


def _figures(page: Page, title: str, told: Sequence[Verdict], more: str = "") -> None:
    """Add the figures behind verdicts, folded away; nothing where there are none. more: HTML below them."""
    if lines := behind(told)[:MOST_FIGURES]:
        page.add(folded(title, table(list(FIGURES), lines, len(FIGURES) - WORDS, title) + more))


def curves(page: Page, found: Comparison, metric: str, prices: Prices) -> None:
    """Add the learning curves, and the differences to random where there are any."""
    words, lines, groups = METRICS[metric], found.curves(metric, prices), _looks(found)
    page.heading("Learning curves")
    names = found.baseline_names() if groups else {}
    levels = {names[task]: level for task, level in found.baselines(metric, prices).items()}
    spent = found.validation
    drawn = figures.group_curves(band(lines), groups, words.title, words.kind, levels, spent)
    charts = {"learning-curves": drawn}
    if any(group.control for group in found.groups):
        bands = found.differences(lines)
        charts["differences"] = figures.group_differences(bands, groups, words.title, words.kind, spent)
    page.charts(charts)
    page.add(paragraph("Lines are means over seeds; bands are their 95% intervals, point by point.", "soft"))


def errors(page: Page, found: Comparison, subject: Subject) -> None:
    """Add the two kinds of error by labels, and who is taken for whom after the last round."""
    page.heading("False negatives and false positives")
    if found.two:
        rates = {kind: band(found.curves(f"{kind}_rate")) for kind in ("fn", "fp")}
        page.charts({"errors": figures.group_errors(rates, _looks(found), found.validation)})
    else:
        page.add(
            paragraph(
                "With more than two classes, every error is a missed one of one class and a false one of "
                "another."
            )
        )
    matrices, charts = found.confusions(), {}
    groups = [group for group in found.groups if group.title in matrices]
    for group in groups[:MOST_MATRICES]:
        matrix, names = matrices[group.title], subject.classes(group.runs[0])
        names = names if len(names) == len(matrix) else [str(each) for each in range(len(matrix))]
        chart = figures.group_confusion(matrix, names, group.title)
        charts[f"confusion {group.title}"] = chart
    if not charts:
        return
    page.add("<h3>After the last round</h3>", paragraph("Confusion matrices on test, the mean over seeds."))
    page.charts(charts)
    if len(groups) > MOST_MATRICES:
        page.add(paragraph(f"{len(groups) - MOST_MATRICES:,} more groups are not drawn.", "soft"))


def asked(page: Page, found: Comparison, subject: Subject) -> None:
    """Add what the groups asked for: classes, lengths, novelty, and how much they overlap."""
    page.heading("What was asked for")
    if found.asked.queried.empty:
        page.add(paragraph("Appears after the first query."))
        return
    groups = _looks(found)
    classes = list(dict.fromkeys(c for run in found.one_of_each_corpus for c in subject.classes(run)))
    mix = found.asked.class_mix(subject.classes)
    # Numbers, where nobody knows the names.
    classes += [each for each in dict.fromkeys(mix["class"].astype("str")) if each not in classes]
    charts = {"classes": figures.group_classes(mix, groups, classes)}
    for name, draw in (
        ("lengths", lambda: figures.group_lengths(found.asked.lengths(), groups)),
        ("novelty", lambda: figures.group_novelty(found.asked.novelty(), groups)),
    ):
        try:
            charts[name] = draw()
        except WorkbenchError as error:
            page.add(paragraph(f"No {name}: {error}", "soft"))
    charts["overlap"] = figures.group_overlap(found.asked.overlap(), groups)
    page.charts(charts)
    page.add(paragraph(OVERLAP, "soft"))
    if "novelty" in charts:
        page.add(paragraph(explained(found.groups), "soft"))


def time(page: Page, found: Comparison) -> None:
    """Add where the time of each group's runs went."""
    page.heading("Time")
    page.charts({"time": figures.group_seconds(found.summary(), _looks(found))})


def table_of(page: Page, found: Comparison, metric: str, prices: Prices, goal: Goal | None) -> None:
    """Add a line for each group: labels to the target, what they saved, scores and seconds."""
    page.heading("Labels, scores and time")
    begun = bool(found.curves(metric, prices))
    lines = summary(found, metric, prices, goal) if begun else pd.DataFrame()
    if lines.empty:
        page.add(paragraph("Appears after the first fit."))
        return
    words, goals = METRICS[metric], found.targets(goal, metric, prices)
    if goal and goals:
        way = (
            f" {goal.value:.0%} of the way from the most frequent class to all labels." if goal.share else ""
        )
        page.add(paragraph(target(metric, goals.values()) + way))
    else:
        page.add(paragraph(no_target(metric, bool(found.baselines(metric, prices)))))
    scale = UNITS[words.kind][0]
    form = {"share": "{:.1f}", "number": "{:.3f}", "texts": "{:,.1f}"}.get(words.kind, "{:,.2f}")
    rows = [
        (
            str(row["group"]),
            str(row["reached"]),
            str(row["saved"]),
            *(_number(row[name], "{:,.0f}") for name in ("seeds", "labels")),
            *(_number(scale * row[name], form) for name in ("best", "area")),
            covers(row["start"], row["end"]),
            *(_number(row[name], "{:,.1f}") for name in ("fit", "score", "select")),
        )
        for row in lines.to_dict("records")
    ]
    heads = ("Group", "Labels to target", "Saved against random", "Seeds", "Labels spent")
    heads += (f"Best{unit(words.kind)}", f"Area{unit(words.kind)}", "Area over (labels)")
    heads += ("Fit (s)", "Score (s)", "Select (s)")
    page.add(table(heads, rows, 8, "Labels to the target, scores and seconds of each group"))
    # Where seeds bear no verdict, the verdicts above have said so.
    sooner = [each for each in found.sooner(goal, metric, prices).values() if each.outcome]
    page.add(*(paragraph(each.sentence, "told") for each in sooner))
    _figures(page, BEHIND, sooner)
    page.add(
        points(
            (
                *([MEANS] if sooner else []),
                "Labels to target: median over seeds; one that never got there counts as more than any. "
                + besides(found.validation),
                "Saved: share of random's labels that were not needed, with its 95% interval.",
                f"Area: mean {words.inside} over the labels that all groups of a task have spent.",
                "Best: of all rounds, the mean over seeds; picked on test, so that it flatters.",
                "Seconds: of a run, in all its rounds, on the machine that it ran on.",
            )
        )
    )


def _looks(found: Comparison) -> list[tuple[str, str]]:
    return [(group.title, group.strategy) for group in found.groups]


def _number(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "–"
