"""What `reader.py` needs to make the features of new texts: one function for each kind of features.

A new kind is one entry here, and one class in the reader's own `FEATURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import backbones
from al_core.config import Component
from al_core.corpus import Corpus
from al_core.errors import BadInput
from al_core.features import REGISTRY
from al_core.features.characters import Characters
from al_core.features.sentence_embeddings import SentenceEmbeddings
from al_core.features.subwords import Subwords
from al_core.features.tfidf import FittedWords, Tfidf
from al_core.features.tfidf_svd import FittedTopics, TfidfSvd
from al_core.features.tokens import Tokens
from al_core.features.words_and_topics import WordsAndTopics

Rows = npt.NDArray[np.int64]
HUB = "keras-hub"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What fitted features leave for the reader."""

    settings: dict[str, Any]
    """Plain data."""
    names: list[str] | None = None
    """Of the columns or ids, in their order."""
    arrays: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Packages besides NumPy."""
    put: Callable[[Path], None] | None = None
    """Writes what is neither names nor arrays into a folder."""


def reading(component: Component, corpus: Corpus, rows: Rows) -> Reading:
    """Return what the features of a corpus, fitted on `rows`, leave for new texts.

    Raises `BadInput` where the features cannot be exported. Cost and memory: those of fitting the
    features once more, without the cache.
    """
    entry = REGISTRY[component.name]
    if component.name not in READINGS:
        raise BadInput(f"{entry.title} cannot be exported; choose other features.")
    settings = {"kind": component.name, **entry.settings(component.params)}
    return READINGS[component.name](entry.create(component.params), settings, corpus.texts, rows)


def _tokens(features: Tokens, settings: dict[str, Any], texts: Sequence[str], rows: Rows) -> Reading:
    known = features.fitted(texts, rows)
    return Reading(settings, sorted(known, key=known.__getitem__))


def _tfidf(features: Tfidf, settings: dict[str, Any], texts: Sequence[str], rows: Rows) -> Reading:
    return _of_words(features, settings, features.fitted(texts, rows))


def _topics(
    features: TfidfSvd | WordsAndTopics, settings: dict[str, Any], texts: Sequence[str], rows: Rows
) -> Reading:
    fitted = features.fitted(texts, rows)
    found = _of_words(features, settings, fitted.words)
    settings = found.settings | {
        "reduced": fitted.projection is not None,
        "stretched": fitted.emphasis is not None,
    }
    return Reading(settings, found.names, found.arrays | _projections(fitted))


def _projections(fitted: FittedTopics) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {}
    if fitted.projection is not None:
        arrays |= {"axes": fitted.projection.axes, "turn": fitted.projection.turn}
    if fitted.emphasis is not None:
        arrays |= {"mean": fitted.emphasis.mean, "stretch": fitted.emphasis.stretch}
    return arrays


def _of_words(features: Any, settings: dict[str, Any], words: FittedWords) -> Reading:
    if isinstance(features, Characters):
        settings = settings | {"shortest": features.shortest}  # never above the longest
    else:
        settings = settings | {"stop_words": _stop_words() if settings["stop_words"] else []}
    return Reading(settings, words.names, {"weights": words.weights})


def _stop_words() -> list[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return sorted(ENGLISH_STOP_WORDS)


def _subwords(features: Subwords, settings: dict[str, Any], texts: Sequence[str], rows: Rows) -> Reading:
    del texts, rows

    def put(folder: Path) -> None:
        _put_tokenizer(features.preset, folder)

    return Reading(_without_preset(settings), needs=(HUB,), put=put)


def _sentence_embeddings(
    features: SentenceEmbeddings, settings: dict[str, Any], texts: Sequence[str], rows: Rows
) -> Reading:
    del texts, rows
    encoder = backbones.reader(features.preset, features.length)

    def put(folder: Path) -> None:
        _put_tokenizer(features.preset, folder)
        encoder.save(folder / "encoder.keras")

    whole = {"looks_at_padding": encoder.looks_at_padding}
    return Reading(_without_preset(settings) | whole, needs=(HUB,), put=put)


def _put_tokenizer(preset: str, folder: Path) -> None:
    import keras_hub

    own = Path(preset).expanduser()
    tokenizer: Any = keras_hub.models.Tokenizer.from_preset(str(own.resolve() if own.is_dir() else preset))
    tokenizer.save_to_preset(str(folder / "tokenizer"))


def _without_preset(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out the folder of a preset: it may be that of a person, and the export has its own."""
    return {**settings, "preset": Path(str(settings["preset"])).name}


READINGS: dict[str, Callable[[Any, dict[str, Any], Sequence[str], Rows], Reading]] = {
    "tokens": _tokens,
    "tfidf": _tfidf,
    "characters": _tfidf,
    "tfidf_svd": _topics,
    "words_and_topics": _topics,
    "sentence_embeddings": _sentence_embeddings,
    "subwords": _subwords,
}
