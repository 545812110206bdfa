"""The command `simulate`: let an oracle label in a session."""

from __future__ import annotations

import json
import sys

from al_core.errors import BadInput
from al_core.labelling.models import ModelVersion
from al_core.store import open_store
from al_core.worker import simulate


def simulated(session_id: str, labels: int, pace: float, as_json: bool) -> int:
    """Label, tell what each model is worth, and return the exit status. Raises as `simulate` does."""
    if labels < 1 or pace < 0:
        raise BadInput("A simulation answers at least one text, and waits for no less than 0 seconds.")
    store, lines = open_store(), []
    try:
        if pace:
            done = simulate.act(store, session_id, labels, pace)
            print(json.dumps({"session": session_id, "answers": done}) if as_json else f"{done:,} answers")
            return 0
        for model in simulate.simulate(store, session_id, labels):
            lines.append(_line(model))
            print(_words(model), file=sys.stderr, flush=True)
    finally:
        store.close()
    if as_json:
        print(json.dumps({"session": session_id, "models": lines}))
    return 0


def _line(model: ModelVersion) -> dict[str, int | float | None]:
    worth = model.validation
    told = {"version": model.version, "labels": model.labels, "validation_labels": model.validation_labels}
    return told | {"accuracy": worth.accuracy if worth else None}


def _words(model: ModelVersion) -> str:
    worth = model.validation
    measured = f"accuracy {worth.accuracy:.3f}" if worth else "not measured yet"
    counts = f"{model.labels:,} labels and {model.validation_labels:,} to measure by"
    return f"model {model.version}: {counts}, {measured}"
