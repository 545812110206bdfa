"""The lines of each long table: what the columns are, and where the values come from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from al_core.comparing import Comparison, Goal, Prices
from al_core.comparing.groups import seed_of
from al_core.evaluation.measures import Area, LabelsTo
from al_core.evaluation.verdicts import Verdict
from al_core.oracles import ABSTAINED
from al_core.store import streams
from al_core.store.frames import MEASURED, VERDICT
from al_core.store.records import RunRecord

AT_ONCE = 2_000
"""Rounds of one part."""
Values = Mapping[str, Any]
"""Columns by name, each as long as the others."""

_TEXT, _WHOLE, _NUMBER, _YES_NO = pa.string(), pa.int64(), pa.float64(), pa.bool_()
_MOMENT = pa.timestamp("us", "UTC")
_ROUND = {"run": _TEXT, "round": _WHOLE}
RUNS = {
    **dict.fromkeys(("run", "name", "group"), _TEXT),
    "seed": _WHOLE,
    "compared": _YES_NO,
    **dict.fromkeys(("state", "message", "version", "strategy", "classifier", "features", "corpus"), _TEXT),
    **dict.fromkeys(("created", "started", "finished"), _MOMENT),
    **dict.fromkeys(("rounds_done", "labels", "validation_labels"), _WHOLE),
    "test_accuracy": _NUMBER,
    **dict.fromkeys(("device", "tags", "note", "config"), _TEXT),
}
QUERIES = {**_ROUND, "rank": _WHOLE, "row": _WHOLE, "answer": _TEXT, "predicted": _TEXT, "score": _NUMBER}
EPOCHS = {
    **_ROUND,
    "epoch": _WHOLE,
    **dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "seconds"), _NUMBER),
}
CONFUSIONS = {**_ROUND, "measured_on": _TEXT, "truth": _TEXT, "predicted": _TEXT, "count": _WHOLE}
RELIABILITY = {
    **_ROUND,
    "measured_on": _TEXT,
    "bin": _WHOLE,
    "n": _WHOLE,
    "probability": _NUMBER,
    "right": _NUMBER,
}
STOPPING = {
    **_ROUND,
    "labels": _WHOLE,
    "place": _WHOLE,
    "criterion": _TEXT,
    "value": _NUMBER,
    "threshold": _NUMBER,
    "stop": _YES_NO,
    "reason": _TEXT,
}
VERDICTS = {
    **dict.fromkeys(("metric", "group", "against", "measure"), _TEXT),
    **dict.fromkeys(("from_labels", "to_labels", "target"), _NUMBER),
    **dict.fromkeys(("seeds", "comparisons"), _WHOLE),
    "outcome": _TEXT,
    **dict.fromkeys(("mean", "mean_against", "difference", "low", "high"), _NUMBER),
    **dict.fromkeys(("p", "p_t", "p_permutation"), _NUMBER),
    "test": _TEXT,
    "effect": _NUMBER,
    "seeds_that_agree": _WHOLE,
    "sentence": _TEXT,
}


def runs(found: Comparison) -> Iterator[Values]:
    """Yield every run, with its group unless it only repeats another."""
    groups = {run.id: group.title for group in found.groups for run in group.runs}
    tags: dict[str, list[str]] = {}
    for lines in streams.tags_of(found.store, [run.id for run in found.runs]):
        for run_id, tag in lines:
            tags.setdefault(run_id, []).append(tag)
    if found.runs:
        lines = [_line(run, groups.get(run.id), tags.get(run.id, [])) for run in found.runs]
        yield {name: [line[name] for line in lines] for name in RUNS}


def _line(run: RunRecord, group: str | None, tags: Sequence[str]) -> dict[str, Any]:
    return {
        "run": run.id,
        "name": run.name,
        "group": group,
        "seed": seed_of(run),
        "compared": group is not None,
        "state": run.state,
        "message": run.message,
        "version": run.code_version,
        "strategy": run.config["strategy"]["name"],
        "classifier": run.config["classifier"]["name"],
        "features": run.config["features"]["name"],
        "corpus": run.corpus_key,
        "created": run.created_at,
        "started": run.started_at,
        "finished": run.finished_at,
        "rounds_done": run.rounds_done,
        "labels": run.labels,
        "validation_labels": run.validation_labels,
        "test_accuracy": run.test_accuracy,
        "device": json.dumps(run.device) if run.device else None,
        "tags": ", ".join(tags),
        "note": run.note,
        "config": json.dumps(run.config),
    }


def columns(names: Mapping[str, Any], parts: Iterator[streams.Lines]) -> Iterator[Values]:
    """Yield lines as columns of these names."""
    for lines in parts:
        yield dict(zip(names, zip(*lines, strict=True), strict=True))


def queries(parts: Iterator[streams.Lines], classes: Mapping[str, Sequence[str]]) -> Iterator[Values]:
    """Yield queries with class names, where they are known, in place of class numbers."""
    names = {run_id: dict(enumerate(each)) | {ABSTAINED: None} for run_id, each in classes.items()}
    for values in columns(QUERIES, parts):
        of_each = [names[run_id] for run_id in values["run"]]
        told = {
            column: [
                None if index is None else known.get(index, str(index))
                for known, index in zip(of_each, values[column], strict=True)
            ]
            for column in ("answer", "predicted")
        }
        yield {**values, **told}


def confusions(found: Comparison, classes: Mapping[str, Sequence[str]]) -> Iterator[Values]:
    """Yield each cell of each confusion matrix that is not 0."""

    def cells(run_id: str, matrix: Sequence[Sequence[int]]) -> Iterator[tuple[Any, ...]]:
        counts, names = np.asarray(matrix), classes[run_id]
        names = names if len(names) == len(counts) else [str(each) for each in range(len(counts))]
        for truth, predicted in np.argwhere(counts).tolist():
            yield names[truth], names[predicted], int(counts[truth, predicted])

    return _measured(found, CONFUSIONS, "confusion", cells)


def reliability(found: Comparison) -> Iterator[Values]:
    """Yield the bins of each reliability diagram."""

    def bins(run_id: str, told: Sequence[Sequence[float]]) -> Iterator[tuple[Any, ...]]:
        del run_id
        return ((place, *each) for place, each in enumerate(told))

    return _measured(found, RELIABILITY, "reliability", bins)


def _measured(
    found: Comparison,
    names: Mapping[str, Any],
    what: str,
    lines_of: Callable[[str, Any], Iterator[tuple[Any, ...]]],
) -> Iterator[Values]:
    """Yield lines of a nested column of the rounds, with what it was measured on."""
    for start in range(0, len(found.rounds), AT_ONCE):
        part = found.rounds.iloc[start : start + AT_ONCE]
        keys = list(zip(part["run"].tolist(), part["round"].tolist(), strict=True))
        lines = [
            (run_id, number, split, *line)
            for split in MEASURED
            for (run_id, number), nested in zip(keys, part[f"{split}_{what}"].tolist(), strict=True)
            if isinstance(nested, list)
            for line in lines_of(run_id, nested)
        ]
        if lines:
            yield dict(zip(names, zip(*lines, strict=True), strict=True))


def stopping(parts: Iterator[streams.Lines]) -> Iterator[Values]:
    """Yield what each criterion said, as `frames.verdict_frame` has it."""
    for part in parts:
        lines = [
            (run_id, number, labels, place, *(verdict[name] for name in VERDICT))
            for run_id, number, labels, verdicts in part
            for place, verdict in enumerate(verdicts)
        ]
        if lines:
            yield dict(zip(STOPPING, zip(*lines, strict=True), strict=True))


def verdicts(found: Comparison, metric: str, prices: Prices, goal: Goal | None) -> Iterator[Values]:
    """Yield each group against random by the area under every metric; on the chosen one, all verdicts."""
    told = [
        (name, verdict)
        for name in found.metrics
        for verdict in found.verdicts(name, found.curves(name, prices)).values()
    ]
    told += [(metric, each) for each in found.pairs(metric, found.curves(metric, prices)).values()]
    told += [(metric, each) for each in found.sooner(goal, metric, prices).values()]
    if told:
        lines = [_verdict(name, verdict) for name, verdict in told]
        yield {name: [line[name] for line in lines] for name in VERDICTS}


def _verdict(metric: str, verdict: Verdict) -> dict[str, Any]:
    measure = verdict.measure
    area = measure if isinstance(measure, Area) else Area()
    return {
        "metric": metric,
        "group": verdict.one,
        "against": verdict.other,
        "measure": "labels to target" if isinstance(measure, LabelsTo) else "area",
        "from_labels": area.start,
        "to_labels": area.end,
        "target": measure.target if isinstance(measure, LabelsTo) else None,
        "seeds": verdict.n,
        "comparisons": verdict.family,
        "outcome": verdict.outcome,
        "mean": verdict.means[0],
        "mean_against": verdict.means[1],
        "difference": verdict.difference,
        "low": verdict.low,
        "high": verdict.high,
        "p": verdict.p,
        "p_t": verdict.p_t,
        "p_permutation": verdict.p_permutation,
        "test": verdict.test,
        "effect": verdict.effect,
        "seeds_that_agree": verdict.agree,
        "sentence": verdict.sentence,
    }
