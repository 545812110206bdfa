"""The command `report`: write the comparison of a sweep's runs to a file."""

from __future__ import annotations

import json
from pathlib import Path

from al_core import reporting
from al_core.errors import BadInput
from al_core.labelling import exporting
from al_core.workbench import Workbench

ENDINGS = (".html", ".zip")


def report(sweep_id: str, out: Path, as_json: bool) -> int:
    """Write the file and say so in one line; return the exit status. Raises as `exporting.save` does."""
    if out.suffix.lower() not in ENDINGS:
        raise BadInput(f"{out.name} ends in none of {', '.join(ENDINGS)}; choose the format by the ending.")
    exporting.check_place(out)
    bench = Workbench()
    try:
        bench.sweeps.sweep(sweep_id)
        found = bench.comparison([run.id for run, _ in bench.sweeps.runs(sweep_id)])
        subject = reporting.subject_of(bench.store, found, sweep_id)
        if out.suffix.lower() == ".zip":
            data = reporting.bundle(found, subject)
        else:
            data = reporting.html(found, subject).encode()
    finally:
        bench.store.close()
    exporting.save(out, data)
    runs, groups = len(found.runs), len(found.groups)
    if as_json:
        told = {"sweep": sweep_id, "out": str(out), "runs": runs, "groups": groups, "bytes": len(data)}
        print(json.dumps(told))
    else:
        print(f"Report on {runs:,} run{'' if runs == 1 else 's'} written to {out}")
    return 0
