"""The command `sweep`: begin a sweep, or go on with one, and look after it until all its runs are over."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from al_core import configfile
from al_core.errors import BadInput
from al_core.store.records import RunRecord
from al_core.store.states import ENDED
from al_core.sweeps.face import Outlook
from al_core.sweeps.settings import validated
from al_core.workbench import Workbench
from al_core.worker import reaper

LOOK = 0.5
"""Seconds between two looks at the store."""


def sweep(what: str, seeds: Sequence[int], as_json: bool) -> int:
    """Carry a sweep out, tell of each run that is over, and return the exit status. Raises `BadInput`.

    `what`: a file of settings, or the id of a sweep to go on with.
    """
    bench = Workbench()
    try:
        begun = time.monotonic()
        sweep_id, known = _begin(bench, what, seeds)
        try:
            _follow(bench, sweep_id, known)
        except KeyboardInterrupt:
            _say("Stopped looking on. The runs go on; their page pauses them. To look on again:")
            _say(f"python -m al_core sweep {sweep_id}")
            return 1
        runs = bench.sweeps.runs(sweep_id)
    finally:
        bench.store.close()
    seconds = time.monotonic() - begun
    finished = sum(run.state == "finished" for run, _ in runs)
    if as_json:
        print(json.dumps({"sweep": sweep_id, "runs": [_line(*each) for each in runs], "seconds": seconds}))
    else:
        print(f"Sweep {sweep_id}: {finished:,} of {len(runs):,} runs finished, in {_duration(seconds)}")
    return 0 if finished == len(runs) else 1


def _begin(bench: Workbench, what: str, seeds: Sequence[int]) -> tuple[str, set[str]]:
    """Begin a sweep or let it go on; return its id, and which of its runs were finished before."""
    sweeps = bench.sweeps
    if Path(what).suffix or Path(what).exists():
        data = configfile.read(Path(what))
        if not isinstance(data, dict):
            raise BadInput(f"{what} holds no settings of a sweep: it begins with no name, base and seeds.")
        settings = validated(data | ({"seeds": tuple(seeds)} if seeds else {}))
        outlook = sweeps.outlook(settings)
        sweep_id = sweeps.create(settings)
        _say(f"Sweep {sweep_id}: {_numbers(outlook)}")
        return sweep_id, {run.id for run, reused in sweeps.runs(sweep_id) if reused and run.state in ENDED}
    sweeps.sweep(what)
    known = {run.id for run, _ in sweeps.runs(what) if run.state == "finished"}
    if seeds:
        sweeps.extend(what, seeds)
    sweeps.resume(what)
    _say(f"Sweep {what} goes on.")
    return what, known


def _follow(bench: Workbench, sweep_id: str, known: set[str]) -> None:
    """Start runs as slots become free, and tell of each that ends, until nothing more happens by itself."""
    begun, before, told = time.monotonic(), None, set(known)
    while True:
        reaper.tend(bench.store)
        now = bench.sweeps.standing([sweep_id])[sweep_id]
        if now != before:
            before, runs = now, [run for run, _ in bench.sweeps.runs(sweep_id)]
            over = [run for run in runs if run.state in ENDED]
            left = len(runs) - len(over)
            for run in over:
                if run.id not in told:
                    told.add(run.id)
                    each = (time.monotonic() - begun) / (len(told) - len(known))
                    _say(_words(run, left, each * left))
        if now.over:
            return
        time.sleep(LOOK)


def _words(run: RunRecord, left: int, seconds: float) -> str:
    worth = "" if run.test_accuracy is None else f", test accuracy {run.test_accuracy:.4f}"
    why = f": {run.message}" if run.state == "failed" else ""
    rest = f"{left:,} left, about {_duration(seconds)}" if left else "none left"
    return f"{run.name}: {run.state}{worth}{why} ({rest})"


def _numbers(outlook: Outlook) -> str:
    there = f" ({outlook.reused:,} there already)" if outlook.reused else ""
    about = "" if outlook.seconds is None else f", about {_duration(outlook.seconds)}"
    slots = f"{outlook.slots:,} slot{'s' if outlook.slots != 1 else ''}"
    return f"{outlook.runs:,} runs{there}{about} on {slots}"


def _line(run: RunRecord, reused: bool) -> dict[str, Any]:
    names = ("name", "seed", "strategy", "state", "labels", "test_accuracy")
    return {"run": run.id} | {name: getattr(run, name) for name in names} | {"reused": reused}


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
