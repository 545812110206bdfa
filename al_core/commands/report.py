"""The command `report`: write the comparison of a sweep's runs, or of any runs, to a file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from al_core import reporting
from al_core.comparing import METRICS, Comparison, Goal, Prices, usual_goal
from al_core.comparing.words import no_target
from al_core.errors import BadInput
from al_core.labelling import exporting
from al_core.workbench import Workbench

ENDINGS = (".html", ".zip")


def report(
    sweep_id: str | None,
    out: Path,
    as_json: bool,
    runs: Sequence[str] = (),
    metric: str = "accuracy",
    target: str | None = None,
    prices: tuple[str | None, str | None] = (None, None),
) -> int:
    """Write the file and say so in one line; return the exit status. Raises as `exporting.save` does.

    sweep_id, runs: one of them; target: a score such as 0.85, or a share of the way such as 90%;
    prices: of a false negative and of a false positive, where the metric is cost.
    """
    if (sweep_id is None) == (not runs):
        raise BadInput("Give either the id of a sweep, or --runs and the ids of runs.")
    if metric not in METRICS:
        raise BadInput(f"There is no metric {metric!r}; there are: {', '.join(METRICS)}.")
    if metric != "cost" and prices != (None, None):
        raise BadInput("Prices of errors count for one metric only; add --metric cost.")
    fn, fp = (_price(words) for words in prices)
    goal = _goal(target, metric) if target is not None else usual_goal(metric)
    if out.suffix.lower() not in ENDINGS:
        raise BadInput(f"{out.name} ends in none of {', '.join(ENDINGS)}; choose the format by the ending.")
    exporting.check_place(out)
    bench = Workbench()
    try:
        found = _found(bench, sweep_id, runs)
        if metric not in found.metrics:
            words = METRICS[metric]
            told = ("two classes", "more") if words.two else ("test texts with copies in training", "none")
            raise BadInput(f"{words.title} is for {told[0]}; these runs have {told[1]}.")
        subject = reporting.subject_of(bench.store, found, sweep_id)
        if out.suffix.lower() == ".zip":
            data = reporting.bundle(found, subject, metric, Prices(fn, fp), goal)
        else:
            data = reporting.html(found, subject, metric, Prices(fn, fp), goal).encode()
    finally:
        bench.store.close()
    exporting.save(out, data)
    count, groups = len(found.runs), len(found.groups)
    if as_json:
        told = {"sweep": sweep_id, "out": str(out), "runs": count, "groups": groups, "bytes": len(data)}
        print(json.dumps(told))
    else:
        print(f"Report on {count:,} run{'' if count == 1 else 's'} written to {out}")
    return 0


def _found(bench: Workbench, sweep_id: str | None, runs: Sequence[str]) -> Comparison:
    if sweep_id is None:
        return bench.comparison(runs)
    bench.sweeps.sweep(sweep_id)
    return bench.comparison([run.id for run, _ in bench.sweeps.runs(sweep_id)])


def _goal(words: str, metric: str) -> Goal:
    """Return the goal of 0.85 (a score) or of 90% (a share of the way)."""
    score, share = METRICS[metric], words.endswith("%")
    if score.less is None or (share and not score.way):
        raise BadInput(no_target(metric, baselines=True))
    value = _number(words.removesuffix("%")) / (100 if share else 1)
    if not 0 < value <= (1 if share or score.kind == "share" else 1e9):  # nan too
        way = ", or 90% of the way from the most frequent class to all labels" if score.way else ""
        raise BadInput(
            f"{words!r} is no target: give a value of {score.inside} such as {score.level:g}{way}."
        )
    return Goal(value, share)


def _price(words: str | None) -> float:
    if words is None:
        return 1.0
    value = _number(words)
    if not 0 <= value <= 1e9:
        raise BadInput(f"{words!r} is no price of an error: give a number from 0 to 1,000,000,000.")
    return value


def _number(words: str) -> float:
    try:
        return float(words)
    except ValueError:
        return math.nan
