"""The command `story`: make the demo's story anew, or write a story as one HTML file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from al_core.errors import BadInput
from al_core.labelling import exporting
from al_core.story import Prices, making
from al_core.story.page import html
from al_core.workbench import Workbench


def story(make: bool, sweep_id: str | None, out: Path | None, as_json: bool) -> int:
    """Write the file and say so in one line; return the exit status. Raises as `exporting.save` does.

    make: run the demo's sweep and write its numbers, in place of the shipped ones unless `out` is elsewhere.
    Else the page, told from a sweep, or from the demo without one.
    """
    if make and sweep_id:
        raise BadInput("--make runs the demo's sweep; give either it or --sweep.")
    ending = ".json" if make else ".html"
    if out is None and not make:
        raise BadInput("Say where to: --out FILE.html, or --make for the demo's own numbers.")
    out = out or making.SHIPPED
    if out.suffix.lower() != ending:
        raise BadInput(f"{out.name} does not end in {ending}; give it that ending.")
    exporting.check_place(out)
    if make:
        found = making.make(say=lambda line: print(line, file=sys.stderr, flush=True))
        data = f"{found.to_json()}\n".encode()
    else:
        found = _of_sweep(sweep_id) if sweep_id else making.shipped()
        data = html(found, Prices(found.texts)).encode()
    exporting.save(out, data)
    if as_json:
        told = {"corpus": found.corpus, "seeds": found.seeds, "out": str(out), "bytes": len(data)}
        print(json.dumps(told))
    else:
        print(f"Story of {found.corpus}, {found.seeds:,} seeds, written to {out}")
    return 0


def _of_sweep(sweep_id: str) -> making.Story:
    bench = Workbench()
    try:
        return making.of_sweep(bench, sweep_id)
    finally:
        bench.store.close()
