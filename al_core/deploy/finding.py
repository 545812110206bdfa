"""From what people call a model to the folder of its export."""

from __future__ import annotations

from pathlib import Path

from al_core import keeping, paths
from al_core.corpus import Progress
from al_core.deploy import origins
from al_core.deploy.export import export
from al_core.deploy.face import ModelBench
from al_core.deploy.locating import WORD, Found, in_folder
from al_core.errors import BadInput, Unavailable
from al_core.labelling import models as session_models
from al_core.labelling import sessions
from al_core.store import Store, frames, models, runs
from al_core.store.models import ModelRecord, Origin
from al_core.store.records import RunRecord
from al_core.store.schema import now
from al_core.store.states import ENDED
from al_core.worker import process


def find(store: Store, what: str, progress: Progress) -> Found:
    """Return the export of a promoted `name` or `name:version`, a run, a session, or else a folder.

    A run means its best round on validation, or `run:round`; a session its newest model, or
    `session:version`. What was not promoted is exported into the data folder first, with the threshold 0.5.
    Raises `BadInput`, which says what is lacking, and `Unavailable` where the data folder has no room.
    """
    word = WORD.fullmatch(what)
    if word:
        name, number = word[1], None if word[2] is None else int(word[2])
        versions = [each for each in models.list_models(store) if each.name == name]
        if versions:
            return _of_model(store, versions, number)
        run = runs.find(store, name)
        if run is not None:
            return _of_run(store, run, number, progress)
        if _is_session(store, name):
            return _of_session(store, name, number, progress)
    folder = in_folder(what)
    if folder is not None:
        return folder
    if word:
        raise BadInput(
            f"There is no model, run or session {what!r}; python -m al_core models lists the models."
        )
    raise BadInput(f"{what} is no folder of an exported model, and no name of a model, run or session.")


def _of_model(store: Store, versions: list[ModelRecord], number: int | None) -> Found:
    """Return a version's export. versions: of one name, the newest first; number: None for that in use."""
    name = versions[0].name
    if number is None:
        number = models.in_use(store).get(name, versions[0].version)
    record = models.model(store, name, number)
    if record.state == "preparing":
        raise BadInput(f"Version {number} of {name} is still being prepared; try again when it is ready.")
    if record.state == "failed":
        raise BadInput(f"Version {number} of {name} could not be prepared: {record.message}")
    folder = ModelBench(store).folder(name, number)
    return Found(folder, f"{name}-{number}", f"model {name}, version {number:,}")


def _of_run(store: Store, run: RunRecord, number: int | None, progress: Progress) -> Found:
    kept = keeping.rounds(paths.models_of(run.id))
    if number is None:
        if not kept:
            raise BadInput(_without_models(store, run))
        number = origins.best_round(store, run.id, kept)
    folder = paths.run(run.id) / f"export-{number}"
    if not _complete(folder):
        if number not in kept:
            raise BadInput(_without_round(store, run, number, kept))
        _make(store, Origin(run_id=run.id, round=number), folder, progress)
    return Found(folder, f"{run.id}-{number}", f"run {run.id}, round {number:,}")


def _without_models(store: Store, run: RunRecord) -> str:
    """Return why there is no model of a run here."""
    if run.state == "queued" and not _rounds(store, run):
        return f"Run {run.id} has not begun yet; wait for its first fit."
    if not _rounds(store, run):
        then = f"it is {run.state}" if run.state in ENDED else "wait for its first fit"
        return f"Run {run.id} has no fitted model yet; {then}."
    if run.host is not None and run.host != process.host():
        return f"The models of run {run.id} are not on this machine, but on {run.host}."
    return f"No model of run {run.id} was kept, or not any more. Run it again to keep them."


def _without_round(store: Store, run: RunRecord, number: int, kept: list[int]) -> str:
    """Return why there is no model of a run's round here."""
    done = _rounds(store, run)
    if done and number not in done:
        yet = "" if run.state in ENDED else " yet"
        return f"Run {run.id} has no round {number:,}{yet}; its last is {max(done):,}."
    if not kept:
        return _without_models(store, run)
    there = ", ".join(f"{each:,}" for each in kept)
    return f"The model of round {number:,} of run {run.id} is not on this machine; those there are: {there}."


def _rounds(store: Store, run: RunRecord) -> list[int]:
    """Return the rounds that are done, without the baseline, which is no round to export."""
    return [int(each) for each in frames.round_frame(store, run.id)["round"] if each >= 0]


def _is_session(store: Store, name: str) -> bool:
    try:
        sessions.session(store, name)
    except BadInput:
        return False
    return True


def _of_session(store: Store, session_id: str, number: int | None, progress: Progress) -> Found:
    newest = session_models.latest(store, session_id)
    if newest is None:
        raise BadInput(f"Session {session_id} has no model yet; label on until the first is fitted.")
    if number is None:
        number = newest.version
    elif not 0 < number <= newest.version:
        raise BadInput(f"Session {session_id} has no model {number:,}; its newest is {newest.version:,}.")
    folder = paths.labelling(session_id) / f"export-{number}"
    if not _complete(folder):
        _make(store, Origin(session_id=session_id, session_version=number), folder, progress)
    return Found(folder, f"{session_id}-{number}", f"session {session_id}, model {number:,}")


def _complete(folder: Path) -> bool:
    return (folder / "model.json").is_file()


def _make(store: Store, origin: Origin, folder: Path, progress: Progress) -> None:
    """Export what was not promoted."""
    record = ModelRecord(
        name=origin.run_id or origin.session_id or "",
        version=origin.round or origin.session_version or 0,
        run_id=origin.run_id,
        round=origin.round,
        session_id=origin.session_id,
        session_version=origin.session_version,
        threshold=None,
        fn_price=1.0,
        fp_price=1.0,
        note="",
        promoted_by="",
        state="ready",
        message="",
        host=None,
        pid=None,
        pid_created=None,
        heartbeat_at=None,
        created_at=now(),
    )
    try:
        source, _ = origins.source(store, origins.model_file(store, origin), record, progress)
        export(folder, source, tell=progress)
    except BadInput:
        # Another process may have been faster, and its export is the same.
        if not _complete(folder):
            raise
    except OSError as error:
        raise Unavailable(
            f"The export cannot be made in the data folder {paths.home()}: {error.strerror or error}."
        ) from error
