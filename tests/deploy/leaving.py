"""A small fitted model to export, and a process that knows nothing of the workbench."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from al_core import seeding
from al_core.classifiers import Classifier, saved
from al_core.classifiers.base import Examples, FitHooks
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.deploy.export import Source, export
from al_core.features import REGISTRY as FEATURES
from al_core.features.cache import cached

NONE = Component(name="none")
ODD = [
    "",
    "   ",
    "???",
    "😀 so good 😡",
    "İSTANBUL'da IŞIK, ΟΔΟΣ ΣΣ! caf\u00e9 cafe\u0301",
    "non\u00a0breaking\u2003and\x1cother\u3000spaces",
    "nul\x00inside",
    "この映画は素晴らしい",
    "<br /><BR\u00a0/>break<br>ed <script>",
    "good bad " * 20_000,
]
"""Texts that are out of the ordinary, but may be written as UTF-8."""
SURROGATES = ["half \ud83d of a pair", "\udc80"]
FRESH = """
import json, pathlib, sys
import numpy as np
texts = json.loads(pathlib.Path(sys.argv[1]).read_text())
found = {}
for runtime_and_folder in sys.argv[3:]:
    runtime, folder = runtime_and_folder.split("=", 1)
    sys.path.insert(0, folder)
    sys.modules.pop("predict", None)
    import predict
    model = predict.load(folder, runtime or None)
    found[runtime_and_folder] = model.predict_proba(texts)
    assert predict.__file__.startswith(folder) and len(model.features(texts)) == len(texts)
    sys.path.remove(folder)
assert "al_core" not in sys.modules
if "light" in sys.argv[2]:
    assert not {"scipy", "sklearn", "keras", "tensorflow"} & set(sys.modules), "NumPy is enough"
np.savez(sys.argv[2], **{str(place): each for place, each in enumerate(found.values())})
"""


def toy(classes: int = 2, n: int = 160, seed: int = 0) -> Corpus:
    """Return texts of which some words tell the class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n).astype(np.int32)
    telling = ["good", "bad", "dull"]
    texts = [
        " ".join([telling[label], "the", *(f"w{i}" for i in rng.zipf(1.4, rng.integers(0, 20)) if i < 300)])
        for label in labels.tolist()
    ]
    texts[:5] = ["the film 😀", "", "ΟΔΟΣ the café", "a film was bad", "映画 が good"]
    return Corpus(f"toy-{classes}", "Toy <b>texts</b>", texts, labels, ("no", "yes", "may*be*")[:classes])


def fitted(
    folder: Path,
    classifier: Component,
    features: Component,
    corpus: Corpus,
    calibration: Component = NONE,
    rows: Any = None,
) -> tuple[Source, Classifier]:
    """Return what can be exported, and the classifier itself. rows: fitted to; the first 100 by default."""
    fit_rows = np.arange(120)
    made = FEATURES[features.name].create(features.params)
    x = cached(made, features, corpus, fit_rows)
    recipe = saved.Recipe(classifier, x.shape[1], len(corpus.classes), made.vocabulary, calibration)
    model = saved.clone(recipe, 1)
    rows = np.arange(100) if rows is None else rows
    model.fit(
        Examples(x[rows], corpus.labels[rows]),
        Examples(x[100:], corpus.labels[100:]),
        partial(seeding.integer, 7),
        FitHooks(lambda n: None, lambda e: None),
        keep_best=False,
        resume=False,
    )
    model.use_best()
    path = folder / f"{classifier.name}.npz"
    saved.save(path, recipe, model)
    return Source(path, features, corpus, fit_rows, corpus.classes, None, {}), model


def expected(source: Source, model: Classifier, texts: Sequence[str]) -> np.ndarray:
    """Return the app's own probabilities: the texts behind those of the corpus, in a corpus of their own."""
    key = f"{source.corpus.key}-and-more"
    both = Corpus(key, "", [*source.corpus.texts, *texts], np.empty(0, np.int32), source.classes)
    made = FEATURES[source.features.name].create(source.features.params)
    # Fitted on the same rows, so that the vectors are the same whatever stands behind them.
    x = cached(made, source.features, both, source.fit_rows)
    return model.predict_proba(x[len(source.corpus) :])


def leave(folder: Path, source: Source, **words: Any) -> Path:
    """Export."""
    export(folder, source, tell=lambda what, share: None, **words)
    return folder


def elsewhere(
    tmp_path: Path, texts: Sequence[str], folders: Sequence[Path], light: bool, runtime: str = ""
) -> list[np.ndarray]:
    """Return what each folder says of the texts, in a process that cannot find the workbench."""
    told, answer = tmp_path / "texts.json", tmp_path / f"{'light' if light else 'found'}{runtime}.npz"
    told.write_text(json.dumps(texts))
    away = tmp_path / "away"
    away.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": "", "PYTHONSAFEPATH": "1"}
    names = [f"{runtime}={folder}" for folder in folders]
    done = subprocess.run(
        [sys.executable, "-P", "-c", FRESH, str(told), str(answer), *names],
        cwd=away,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(answer) as found:
        return [found[str(place)] for place in range(len(folders))]
