"""From a run's round or a session's model to all that its export takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import catalogue, experiment, keeping, paths
from al_core.corpus import Progress, cache
from al_core.corpus.profile import duplicate_groups
from al_core.deploy.export import Learned, Source, fingerprint
from al_core.errors import BadInput
from al_core.evaluation.decisions import Decisions, decisions
from al_core.labelling import added, consensus, rankings, sessions
from al_core.labelling import models as session_models
from al_core.store import Store, asked, frames, models, runs
from al_core.store.models import ModelRecord, Origin
from al_core.strategies import steering_caution
from al_core.strategies.base import Rows

METRICS = (*frames.METRICS, "confusion")


def best_round(store: Store, run_id: str, kept: Sequence[int] | None = None) -> int:
    """Return the round with the least validation loss among some, by default all whose model was kept.

    Raises `BadInput` if there is none.
    """
    if kept is None:
        kept = keeping.rounds(paths.models_of(run_id))
    lines = frames.round_frame(store, run_id).to_dict("records")
    known = [(line["validation_loss"], int(line["round"])) for line in lines if line["round"] in kept]
    if not known:
        raise BadInput(f"Run {run_id} has no model on this machine yet; wait for its first fit.")
    return min(known)[1]


def model_file(store: Store, origin: Origin) -> Path:
    """Return the file of the model that an origin means now. Raises `BadInput` if it is not there."""
    if origin.run_id is not None and origin.round is not None:
        runs.run(store, origin.run_id)
        return keeping.model(paths.models_of(origin.run_id), origin.round)
    assert origin.session_id is not None
    sessions.session(store, origin.session_id)
    version = origin.session_version or 0
    path = session_models.file(origin.session_id, version)
    if not path.is_file():
        raise BadInput(
            f"Model {version:,} of this session is not on this machine, or not any more: only the newest "
            f"{session_models.KEPT} are kept."
        )
    return path


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What a model learned from: rows of its corpus, and their classes."""

    rows: Rows
    labels: npt.NDArray[np.int32]


def source(store: Store, model: Path, record: ModelRecord, progress: Progress) -> tuple[Source, Labelled]:
    """Return what the export of a version takes, the corpus read and split as it was.

    Also what it learned from, which stays in the house.

    Raises `BadInput` where the texts are not there any more. Cost: reading the corpus.
    """
    if record.run_id is not None:
        return _of_run(store, model, record, progress)
    return _of_session(store, model, record, progress)


def texts(store: Store, record: ModelRecord) -> Sequence[str] | None:
    """Return the texts that the rows of a version's origin speak of; None if they are not here."""
    if record.run_id is not None:
        key = runs.run(store, record.run_id).corpus_key
        return cache.load(key).texts if cache.exists(key) else None
    assert record.session_id is not None
    session = sessions.session(store, record.session_id)
    if not cache.exists(session.corpus_key):
        return None
    return added.texts(store, session.id, cache.load(session.corpus_key).texts)


def _of_run(store: Store, model: Path, record: ModelRecord, progress: Progress) -> tuple[Source, Labelled]:
    assert record.run_id is not None and record.round is not None
    run = runs.run(store, record.run_id)
    config = catalogue.validated(run.run_config())
    corpus = cache.open_unchanged(config.corpus, run.corpus_key, progress)
    progress("Splitting the corpus", 0.0)
    split = experiment.split_of(config, corpus, duplicate_groups(corpus.texts), progress)
    features = catalogue.REGISTRIES["features"][config.features.name].create(config.features.params)
    lines = frames.round_frame(store, run.id).to_dict("records")
    line = next((each for each in lines if each["round"] == record.round), None)
    if line is None:
        raise BadInput(f"Run {run.id} has no round {record.round:,}.")
    about = _about(record) | {
        "origin": {"run": run.id, "name": run.name, "round": record.round},
        "labels": {"training": int(line["labels"]), "validation": len(split.validation)},
        "strategy": catalogue.REGISTRIES["strategies"][config.strategy.name].title,
        "caution": steering_caution(config.strategy.name),
        "seed": config.seed,
        "metrics": {part: _measured(line, part) for part in ("validation", "test")},
        "corpus": {"title": corpus.title, "texts": len(corpus), "synthetic": corpus.synthetic},
        "code_version": run.code_version,
    }
    about |= _decided_run(store, run.id, record)
    rows, labels = asked.labels_until(store, run.id, record.round)
    labelled = Labelled(
        np.concatenate([split.initial, rows]), np.concatenate([corpus.labels[split.initial], labels])
    )
    found = Source(
        model=model,
        features=config.features,
        corpus=corpus,
        fit_rows=features.rows_to_fit(split.initial, split.pool),
        classes=tuple(corpus.classes),
        threshold=record.threshold,
        about=about,
        learned=_learned(corpus.texts, labelled),
    )
    return found, labelled


def _of_session(
    store: Store, model: Path, record: ModelRecord, progress: Progress
) -> tuple[Source, Labelled]:
    assert record.session_id is not None
    session = sessions.session(store, record.session_id)
    settings = session.label_settings()
    known = sessions.corpus(store, session)
    config = catalogue.validated(settings.run_config(session.name, known.source()))
    corpus = cache.open_corpus(known.source(), progress)
    order = rankings.items(store, session.random_id)
    pool = np.sort(order[settings.validation :])
    features = catalogue.REGISTRIES["features"][config.features.name].create(config.features.params)
    told = next(
        each for each in session_models.versions(store, session.id) if each.version == record.session_version
    )
    measured = told.details.get("validation")
    about = _about(record) | {
        "origin": {"session": session.id, "name": session.name, "version": record.session_version},
        "labels": {"training": told.labels, "validation": told.validation_labels},
        "strategy": catalogue.REGISTRIES["strategies"][config.strategy.name].title,
        "caution": steering_caution(config.strategy.name),
        "seed": config.seed,
        "metrics": {"validation": {name: measured[name] for name in METRICS}} if measured else {},
        "corpus": {"title": corpus.title, "texts": len(corpus), "synthetic": corpus.synthetic},
    }
    measured_by = session_decisions(store, session.id, told.version)
    if measured_by is not None and record.threshold is not None:
        about["decided"] = {"validation": _decided(measured_by, record.threshold)}
    kept = session_models.learned(session.id, told.version)
    labelled = Labelled(np.empty(0, np.int64), np.empty(0, np.int32))
    if kept is not None:
        labelled = Labelled(kept.items, kept.labels)
    texts = added.texts(store, session.id, corpus.texts)
    found = Source(
        model=model,
        features=config.features,
        corpus=corpus,
        fit_rows=features.rows_to_fit(pool, pool),
        classes=tuple(settings.classes),
        threshold=record.threshold,
        about=about,
        learned=None if kept is None else _learned(texts, labelled),
    )
    return found, labelled


def _learned(texts: Sequence[str], labelled: Labelled) -> Learned:
    """Return which texts a model learned from, by row; those that were sent to a session come last."""
    order = np.argsort(labelled.rows, kind="stable")
    learned = [texts[int(row)] for row in labelled.rows[order]]
    return Learned(len(learned), fingerprint(learned, labelled.labels[order].tolist()))


def session_decisions(store: Store, session_id: str, version: int) -> Decisions | None:
    """Return what each threshold does to the validation labels of a session, as a version sees them.

    None with more classes than two, and before there are such labels.
    """
    session = sessions.session(store, session_id)
    found = session_models.predictions(session_id, version)
    if found is None or found.shape[1] != 2:
        return None
    labels = consensus.labels(consensus.opinions(store, session_id))
    labels = labels.among(sessions.validation(store, session))
    if not len(labels):
        return None
    return decisions(found[labels.items, 1].astype(np.float64), labels.labels)


def _decided_run(store: Store, run_id: str, record: ModelRecord) -> dict[str, Any]:
    """Return the errors that a version's own threshold makes, and how often decisions looked at test.

    On test only if somebody has confirmed this threshold of this round there: preparing a version is no
    look at the test split.
    """
    assert record.round is not None
    kept = keeping.predictions(paths.models_of(run_id), record.round)
    if kept is None or record.threshold is None or kept.test.shape[1] != 2:
        return {}
    looks, splits = models.looks(store, run_id), {"validation": (kept.validation, kept.validation_labels)}
    if (record.round, record.threshold) in looks:
        splits["test"] = kept.test, kept.test_labels
    told = {
        name: _decided(decisions(found[:, 1], labels), record.threshold)
        for name, (found, labels) in splits.items()
    }
    return {"decided": told, "looks": len(looks)}


def _decided(found: Decisions, threshold: float) -> dict[str, Any]:
    outcome = found.at(threshold)
    told = {"n": outcome.n, "fn": outcome.fn, "fp": outcome.fp}
    return told | {"accuracy": outcome.accuracy.value}


def _about(record: ModelRecord) -> dict[str, Any]:
    told = {
        "name": record.name,
        "version": record.version,
        "note": record.note,
        "promoted_by": record.promoted_by,
        "created": record.created_at.isoformat(),
    }
    # Prices are asked for beside a threshold only.
    if record.threshold is not None:
        told["prices"] = {"fn": record.fn_price, "fp": record.fp_price}
    return told


def _measured(line: dict[Any, Any], split: str) -> dict[str, Any]:
    return {name: line[f"{split}_{name}"] for name in METRICS if f"{split}_{name}" in line}
