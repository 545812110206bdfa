"""A fitted model as a folder that needs nothing of the workbench: written whole, checked, or not at all."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata, util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import al_core
from al_core.calibration.base import Fitted
from al_core.calibration.calibrated import PREFIX, CalibratedClassifier
from al_core.classifiers import REGISTRY, Classifier, saved
from al_core.classifiers.base import State
from al_core.classifiers.linear import LinearClassifier
from al_core.config import Component
from al_core.corpus import Corpus, Progress
from al_core.deploy import card, reader
from al_core.deploy.reading import Reading, reading
from al_core.errors import BadInput, Unavailable
from al_core.features import REGISTRY as FEATURES
from al_core.features.cache import cached

CHECKED = 200
"""Texts of the corpus whose probabilities are compared before an export is handed out."""
TOLERANCE, ONNX_TOLERANCE = 1e-5, 1e-4
"""Largest difference of a probability that is put down to rounding; networks add up in float32."""
PART, ZIP = ".part", ".zip"
FORGOTTEN_SECONDS = 24 * 3600
"""Age at which an unfinished folder or ZIP belongs to a process that was killed."""
PACKED = (".npy", ".keras", ".onnx")
"""Files of numbers, which compression makes no smaller."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Which texts a model learned from, and with which labels."""

    texts: int
    sha256: str
    """Their `fingerprint`."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What an export is made of."""

    model: Path
    """A file that `classifiers.saved.save` wrote."""
    features: Component
    corpus: Corpus
    fit_rows: npt.NDArray[np.int64]
    """The rows that the features were fitted on: `features.rows_to_fit(initial, pool)`."""
    classes: tuple[str, ...]
    threshold: float | None
    """With two classes: the probability of the second one above which a text gets it."""
    about: dict[str, Any]
    """Plain data for the model card: name, version, note, promoted_by, created, origin, labels, strategy,
    caution, seed, metrics (validation and test, as `Metrics.to_dict`), prices (fn and fp), decided, looks.
    All may be missing."""
    learned: Learned | None = None
    """What the model learned from; None where that is not known."""


def export(folder: Path, source: Source, *, keras_formats: bool = True, tell: Progress) -> None:
    """Write the model, its reader, an example, and its model card.

    keras_formats: for a network, also a SavedModel and ONNX, where these can be made here.
    Raises `BadInput` if the folder is in use or the model cannot be exported, and `Unavailable` if the
    export does not answer as the model does. Cost: fitting the features once more, 27 s for 50,000
    reviews; some seconds for each format of a network. Disk: for words and topics 840 bytes a column.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is in use; choose another folder.")
    _sweep(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{PART}")
    part.mkdir()
    try:
        _write(part, source, keras_formats, tell)
        _put_in_place(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def zip_to(folder: Path, path: Path, name: str | None = None) -> None:
    """Write an exported folder as one ZIP, which unpacks to a folder of that name, or of its own."""
    with zipfile.ZipFile(path, "w") as archive:
        for each in _files(folder):
            how = zipfile.ZIP_STORED if each.endswith(PACKED) else zipfile.ZIP_DEFLATED
            archive.write(folder / each, f"{name or folder.name}/{each}", how)


def zipped(folder: Path, name: str | None = None) -> bytes:
    """Return what `zip_to` writes. Memory: the whole folder; `zip_to` takes none."""
    _sweep(folder)
    path = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{ZIP}")
    try:
        zip_to(folder, path, name)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


def fingerprint(texts: Iterable[str], labels: Iterable[int]) -> str:
    """Return a SHA-256 over texts and labels in their order: of each the bytes, the class, the UTF-8."""
    digest = hashlib.sha256()
    for text, label in zip(texts, labels, strict=True):
        data = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)} {label} ".encode())
        digest.update(data)
    return digest.hexdigest()


def _write(folder: Path, source: Source, keras_formats: bool, tell: Progress) -> None:
    recipe, classifier = saved.load(source.model)
    if len(source.classes) != recipe.n_classes:
        raise BadInput(f"The model knows {recipe.n_classes} classes, not {len(source.classes)}.")
    tell("Reading the words of the corpus once more", 0.0)
    found = reading(source.features, source.corpus, source.fit_rows)
    _put(folder, found)
    tell("Writing the model", 0.5)
    state = classifier.state()
    calibration = _calibration(state)
    about = _about(source, recipe, found) | {"calibration": calibration}
    if isinstance(_raw(classifier), LinearClassifier):
        about |= _put_linear(folder, state)
        formats, lacking = {"predict.py": "NumPy, from texts to probabilities."}, {}
    else:
        from al_core.deploy import networks

        about["kind"] = "network"
        formats, lacking = networks.put(
            folder, _raw(classifier), found, calibration, recipe.n_classes, keras_formats, tell
        )
    about |= {"formats": formats, "lacking": lacking}
    shutil.copyfile(Path(reader.__file__), folder / "predict.py")
    (folder / "example.py").write_text(card.EXAMPLE, encoding="utf-8")
    _seal(folder, about)
    tell("Checking the export against the model", 0.9)
    about["check"] = _check(folder, source, classifier, about)
    (folder / "requirements.txt").write_text(card.requirements(about), encoding="utf-8")
    (folder / "README.md").write_text(card.markdown(about), encoding="utf-8")
    _seal(folder, about)
    tell("Exported", 1.0)


def _raw(classifier: Classifier) -> Any:
    """Return the model without the calibrator around it."""
    return classifier.model if isinstance(classifier, CalibratedClassifier) else classifier


def _put(folder: Path, found: Reading) -> None:
    if found.names is not None:
        (folder / "names.json").write_text(json.dumps(found.names), encoding="utf-8")
    for name, array in found.arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    if found.put is not None:
        found.put(folder)


def _put_linear(folder: Path, state: State) -> dict[str, Any]:
    """Write the weights in use; see `LinearClassifier`."""
    for name in ("columns", "slopes", "offsets", "seen"):
        np.save(folder / f"{name}.npy", state[f"weights/{name}"], allow_pickle=False)
    return {"kind": "linear", "training_labels": int(state["weights/texts"])}


def _calibration(state: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Return what the calibrator has learned, as plain data; JSON keeps every digit."""
    fitted: Fitted = {name.removeprefix(PREFIX): state[name] for name in state if name.startswith(PREFIX)}
    if "temperature" in fitted:
        return {"kind": "temperature", "temperature": float(fitted["temperature"])}
    curves = {
        name.removeprefix("raw/"): [raw.tolist(), fitted[name.replace("raw", "calibrated")].tolist()]
        for name, raw in fitted.items()
        if name.startswith("raw/")
    }
    return {"kind": "isotonic", "curves": curves} if curves else {"kind": "none"}


def _about(source: Source, recipe: saved.Recipe, found: Reading) -> dict[str, Any]:
    corpus = source.corpus
    return {
        "format": reader.FORMAT,
        "classes": list(source.classes),
        "threshold": source.threshold if recipe.n_classes == 2 else None,
        "width": recipe.width,
        "needs": list(found.needs),
        "features": found.settings | {"title": FEATURES[source.features.name].title},
        "classifier": recipe.classifier.model_dump(mode="json")
        | {"title": REGISTRY[recipe.classifier.name].title},
        "about": source.about,
        "data": {
            "title": corpus.title,
            "key": corpus.key,
            "note": corpus.note,
            "synthetic": corpus.synthetic,
            "texts": len(corpus),
            "texts_of_features": len(source.fit_rows),
            "sha256": fingerprint(corpus.texts, corpus.labels.tolist()),
            "learned": None if source.learned is None else asdict(source.learned),
        },
        # Where a server looks for what to call it.
        **{key: source.about[key] for key in ("name", "version") if key in source.about},
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "al_core": al_core.__version__}
    for name in ("numpy", "scikit-learn", "keras", "tensorflow", "keras-hub", "onnxruntime"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _seal(folder: Path, about: dict[str, Any]) -> None:
    """Write model.json with the checksum of every other file."""
    sums = {}
    for name in _files(folder):
        if name != "model.json":
            with (folder / name).open("rb") as file:
                sums[name] = hashlib.file_digest(file, "sha256").hexdigest()
    sizes = {name: (folder / name).stat().st_size for name in sums}
    about |= {"files": sums, "sizes": sizes}
    body = json.dumps(about, indent=1, default=str, allow_nan=True)
    (folder / "model.json").write_text(body + "\n", encoding="utf-8")


def _files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _check(folder: Path, source: Source, classifier: Classifier, about: dict[str, Any]) -> dict[str, Any]:
    """Return how far the export's probabilities are from the model's on texts of the corpus.

    Raises `Unavailable` where that is more than rounding. ONNX that answers otherwise is taken out.
    """
    features = FEATURES[source.features.name].create(source.features.params)
    x = cached(features, source.features, source.corpus, source.fit_rows)
    rows = np.unique(np.linspace(0, len(source.corpus) - 1, CHECKED).astype(np.int64))
    texts = [str(source.corpus.texts[row]) for row in rows.tolist()]
    raw, expected = (each.predict_proba(x[rows]) for each in (_raw(classifier), classifier))
    model = reader.load(folder)
    # Raw probabilities decide: at a step of an isotonic curve the last digit may become a large difference.
    uncalibrated = replace(model, about=about | {"calibration": {"kind": "none"}})
    apart = np.inf
    if model.features(texts[:1]).shape[1] == about["width"]:
        apart = np.abs(uncalibrated.predict_proba(texts) - raw).max(initial=0.0)
    if not apart <= TOLERANCE:
        raise Unavailable(
            "The exported model's probabilities are not those of the model, as when its features were made "
            "on another machine; fit the model anew on this one."
        )
    difference = np.abs(model.predict_proba(texts) - expected).max(initial=0.0)
    found: dict[str, Any] = {"texts": len(rows), "difference": float(difference)}
    if "model.onnx" in about["formats"] and util.find_spec("onnxruntime"):
        differences = np.abs(reader.load(folder, "onnx").predict_proba(texts) - expected).max(axis=1)
        found["onnx_difference"] = float(differences.max())
        if not np.quantile(differences, 0.9) <= ONNX_TOLERANCE:  # the others may stand at such a step
            (folder / "model.onnx").unlink()
            del about["formats"]["model.onnx"], found["onnx_difference"]
            about["lacking"]["model.onnx"] = "what tf2onnx made of it gives other probabilities."
    return found


def _put_in_place(part: Path, folder: Path) -> None:
    """Rename a whole export to its folder, which may be there and empty."""
    try:
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except OSError:
        # Another process was faster: what it put there is whole, and is the same.
        if not (folder / "model.json").is_file():
            raise


def _sweep(folder: Path) -> None:
    """Remove what killed exports to this folder, and killed ZIPs of it, have left."""
    for part in _parts(folder):
        with suppress(OSError):  # another process may remove it at this moment
            if time.time() - part.stat().st_mtime > FORGOTTEN_SECONDS:
                if part.is_dir():
                    shutil.rmtree(part)
                else:
                    part.unlink()


def _parts(folder: Path) -> Iterable[Path]:
    prefix = f".{folder.name}."
    there = list(folder.parent.iterdir()) if folder.parent.is_dir() else []
    return (path for path in there if path.name.startswith(prefix) and path.name.endswith((PART, ZIP)))
