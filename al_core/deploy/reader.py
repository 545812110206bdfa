"""A text classifier in a folder: text in, probabilities out. Its model card is README.md.

    from predict import load

    model = load(".")  # the folder that holds model.json
    model.predict_proba(["A text", "Another"])  # one row a text, one column for each of model.classes

On the command line: python predict.py "A text"

Needs Python 3.10 and NumPy; a network also needs Keras or ONNX Runtime (see requirements.txt). Nothing
in the folder is run as code: numbers are read from .npy files without pickle, the rest is JSON, and
Keras's safe mode is on. The large arrays stay on disk and are read as far as a text needs them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import string
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

Runtime = Literal["keras", "onnx"]
_PACKAGES: dict[str, str] = {"keras": "keras", "onnx": "onnxruntime"}

FORMAT = 1
"""Of the folder."""
BLOCK = 256
"""Texts whose features are in memory at a time."""
BATCH = 32
"""Texts that a network reads at a time: always as many, so that its graph is built once."""
FLOOR = 1e-7
"""No calibrated probability is lower."""
PADDING, OTHER = 0, 1
"""Ids of "no word here" and of a word outside the vocabulary."""
STEP = 32
"""An encoder reads texts at a length that is a multiple of this."""


class Damaged(ValueError):
    """The folder is no exported model, or not whole. The message is one sentence."""


class Missing(ImportError):
    """A package that this model needs is not installed. The message is one sentence."""


def load(folder: str | Path = ".", runtime: Runtime | None = None) -> Model:
    """Return the model in a folder, every file that it reads checked against its checksum.

    runtime: what a network runs in; None for Keras where it is installed, else ONNX Runtime. Raises
    `Damaged` if a file is missing or changed, and `Missing` for lack of a package.
    """
    files = Files(Path(folder))
    try:
        about = files.json("model.json")
        if about["format"] != FORMAT:
            raise Damaged(f"The model in {folder} has another format; use the predict.py beside it.")
        files.sums = dict(about["files"])
        features = FEATURES[about["features"]["kind"]](about["features"], files)
        classifier = CLASSIFIERS[about["kind"]](about, files, runtime)
        return Model(list(about["classes"]), about["threshold"], about, features, classifier)
    except (KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"The model in {folder} is damaged (model.json); copy the folder again.") from error


@dataclass(frozen=True)
class Model:
    """A loaded model."""

    classes: list[str]
    threshold: float | None
    """With two classes: above it a text gets the second one. None: the likelier one."""
    about: dict[str, Any]
    """What model.json says: where the model comes from, how good it is, versions."""
    _features: Any
    _classifier: Any

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Return probabilities (texts, classes), float64, each row summing to 1; any string is a text."""
        _check(texts)
        found = [np.empty((0, len(self.classes)))]
        for start in range(0, len(texts), BLOCK):
            x = self._features.of(texts[start : start + BLOCK])
            found.append(_calibrated(self._classifier.predict(x), self._calibration))
        return np.concatenate(found)

    def features(self, texts: Sequence[str]) -> Any:
        """Return what the classifier reads: ids (texts, words), vectors, or `Rows`; see its `toarray`."""
        _check(texts)
        return self._features.of(texts)

    def decide(self, probabilities: np.ndarray) -> list[str]:
        """Return the class of each row: by the threshold with two classes, else the likeliest."""
        if self.threshold is not None and len(self.classes) == 2:
            chosen = (probabilities[:, 1] > self.threshold).astype(int)
        else:
            chosen = probabilities.argmax(axis=1)
        return [self.classes[place] for place in chosen]

    @property
    def _calibration(self) -> dict[str, Any]:
        # ONNX holds the calibration already.
        return {"kind": "none"} if self._classifier.calibrates else self.about["calibration"]


def _check(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise TypeError("Give a list of texts, not a single text.")


class Files:
    """The files of one folder, checked when they are opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sums: dict[str, str] = {}

    def path(self, name: str) -> Path:
        """Return where a file is; raises `Damaged` if it is missing or changed."""
        path = self.folder / name
        try:
            with path.open("rb") as file:
                whole = name == "model.json" or _sum(file) == self.sums[name]
        except OSError as error:
            raise Damaged(f"There is no {name} in {self.folder}; copy the whole folder again.") from error
        if not whole:
            raise Damaged(f"{name} in {self.folder} is damaged or was changed; copy the folder again.")
        return path

    def json(self, name: str) -> Any:
        """Return plain data."""
        try:
            return json.loads(self.path(name).read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise Damaged(f"{name} in {self.folder} is damaged; copy the folder again.") from error

    def array(self, name: str) -> np.ndarray:
        """Return numbers, which stay on disk until they are asked for."""
        return np.load(self.path(f"{name}.npy"), mmap_mode="r", allow_pickle=False)

    def tree(self, name: str) -> Path:
        """Return a folder in which every known file is whole."""
        for each in self.sums:
            if each.startswith(f"{name}/"):
                self.path(each)
        return self.folder / name


def _sum(file: Any) -> str:
    digest = hashlib.sha256()
    while part := file.read(2**20):
        digest.update(part)
    return digest.hexdigest()


# Features: texts to numbers


_PUNCTUATION = str.maketrans("", "", string.punctuation)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

# Words of two characters or more, single characters where no spaces part words, and emoji.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e"
_PICTURES = "\u2600-\u27bf\U0001f300-\U0001faff"
_WORD = re.compile(f"[{_UNSPACED}]|(?:[^\\W{_UNSPACED}]|[{_MARKS}]){{2,}}|[{_PICTURES}]")


def words(text: str, strip_html: bool) -> list[str]:
    """Return the lower-case words of a text without punctuation, as a network reads them."""
    if strip_html:
        text = _BREAK.sub(" ", text)
    return text.lower().translate(_PUNCTUATION).split()


def prepared(text: str) -> str:
    """Return the text in lower case, an accented letter as one character however it was typed."""
    return unicodedata.normalize("NFC", text.lower())


def runs(text: str, longest: int, stop_words: frozenset[str]) -> Iterator[str]:
    """Give every word of a text, then all up to `longest` words in a row."""
    found = [word for word in _WORD.findall(prepared(text)) if word not in stop_words]
    for length in range(1, longest + 1):
        for start in range(len(found) - length + 1):
            yield " ".join(found[start : start + length])


def pieces(text: str, shortest: int, longest: int) -> Iterator[str]:
    """Give all `shortest` to `longest` characters in a row, inside words and at their edges."""
    for word in prepared(text).split():
        word = f" {word} "
        for length in range(shortest, longest + 1):
            if length >= len(word):
                yield word
                break
            for start in range(len(word) - length + 1):
                yield word[start : start + length]


@dataclass(frozen=True)
class Rows:
    """Vectors of which most values are 0, and dense ones to their right.

    Text i has `values[i]` in `columns[i]`, which ascend, out of `width`; all others are 0.
    """

    columns: list[np.ndarray]
    values: list[np.ndarray]
    width: int
    dense: np.ndarray
    """(texts, more columns), perhaps none."""

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Texts, and all columns."""
        return len(self), self.width + self.dense.shape[1]

    def toarray(self) -> np.ndarray:
        """Return all values, float32: 4 bytes each."""
        found = np.zeros(self.shape, np.float32)
        for row, (columns, values) in enumerate(zip(self.columns, self.values)):  # noqa: B905
            found[row, columns] = values
        found[:, self.width :] = self.dense
        return found

    def __getitem__(self, rows: slice) -> Rows:
        return Rows(self.columns[rows], self.values[rows], self.width, self.dense[rows])


class Tokens:
    """The first words of a text as numbers."""

    def __init__(self, settings: dict[str, Any], files: Files) -> None:
        self.length, self.strip_html = settings["length"], settings["strip_html"]
        self.known = {word: place + 2 for place, word in enumerate(files.json("names.json"))}

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return ids (texts, length), padded with 0."""
        ids = np.full((len(texts), self.length), PADDING, np.int32)
        for place, text in enumerate(texts):
            found = words(text, self.strip_html)[: self.length]
            ids[place, : len(found)] = [self.known.get(word, OTHER) for word in found]
        return ids


class Tfidf:
    """How often words, or pieces of words, stand in a text: 1 + log, weighted, at length 1."""

    def __init__(self, settings: dict[str, Any], files: Files) -> None:
        self.known = {name: column for column, name in enumerate(files.json("names.json"))}
        self.weights = files.array("weights")
        longest = settings["longest"]
        if "shortest" in settings:
            self.cut: Callable[[str], Iterator[str]] = lambda text: pieces(
                text, settings["shortest"], longest
            )
        else:
            stop_words = frozenset(settings["stop_words"])
            self.cut = lambda text: runs(text, longest, stop_words)

    def of(self, texts: Sequence[str]) -> Rows:
        """Return a row for each text."""
        found = [self._row(text) for text in texts]
        none = np.empty((len(texts), 0), np.float32)
        return Rows([row[0] for row in found], [row[1] for row in found], len(self.known), none)

    def _row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        counts = Counter(self.known[name] for name in self.cut(text) if name in self.known)
        columns = np.array(sorted(counts), np.int64)
        # In float32, in the order in which the model's own features were made.
        values = np.log(np.array([counts[column] for column in columns.tolist()], np.float32))
        values = (values + np.float32(1)) * self.weights[columns]
        length = np.sqrt(np.sum(values * values, dtype=np.float64))
        return columns, (values / (length or 1.0)).astype(np.float32)


class Topics:
    """TF-IDF in a few hundred numbers."""

    def __init__(self, settings: dict[str, Any], files: Files) -> None:
        self.words = Tfidf(settings, files)
        reduced, stretched = settings["reduced"], settings["stretched"]
        self.axes, self.turn = (files.array("axes"), files.array("turn")) if reduced else (None, None)
        self.mean, self.stretch = (files.array("mean"), files.array("stretch")) if stretched else (None, None)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors (texts, topics) of length 1."""
        return self.of_rows(self.words.of(texts))

    def of_rows(self, rows: Rows) -> np.ndarray:
        """Return the vectors of texts whose TF-IDF is known."""
        if self.axes is None or self.turn is None:
            found = rows.toarray()
        else:
            places = np.empty((len(rows), self.axes.shape[1]), np.float32)
            for row, (columns, values) in enumerate(zip(rows.columns, rows.values)):  # noqa: B905
                # Column after column, as when the model was fitted: a product of matrices adds up in
                # another order, which moves probabilities by up to 0.0000015.
                places[row] = np.add.reduce(values[:, None] * self.axes[columns], axis=0)
            found = turned(places, self.turn)
        found = unit_rows(found)
        if self.mean is None or self.stretch is None:
            return found
        nothing = ~np.any(found, axis=1)
        found = turned(found - self.mean, self.stretch)
        found[nothing] = 0.0
        return unit_rows(found)


class WordsAndTopics:
    """TF-IDF and its topics side by side."""

    def __init__(self, settings: dict[str, Any], files: Files) -> None:
        self.topics = Topics(settings, files)
        share = settings["share"]
        self.parts = np.float32(np.sqrt(1 - share)), np.float32(np.sqrt(share))

    def of(self, texts: Sequence[str]) -> Rows:
        """Return a row for each text: words, and topics to their right."""
        rows = self.topics.words.of(texts)
        topics = self.topics.of_rows(rows)
        values = [each * self.parts[0] for each in rows.values]
        return Rows(rows.columns, values, rows.width, topics * self.parts[1])


def turned(x: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Return x @ turn, summed in float64: in float32 a row would depend on which rows stand beside it."""
    return (x.astype(np.float64) @ turn.astype(np.float64)).astype(np.float32)


def unit_rows(x: np.ndarray) -> np.ndarray:
    """Return rows at length 1; rows of zeros stay."""
    lengths = np.sqrt(np.einsum("ij,ij->i", x, x, dtype=np.float64))
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return x * scale[:, None].astype(np.float32)


class Subwords:
    """The pieces of words that an encoder of KerasHub reads."""

    def __init__(self, settings: dict[str, Any], files: Files) -> None:
        self.length = settings["length"]
        _hub()  # Keras finds its classes by name
        folder = files.tree("tokenizer")
        self.tokenizer: Any = _keras().saving.deserialize_keras_object(files.json("tokenizer/tokenizer.json"))
        if (folder / "assets").is_dir():
            self.tokenizer.load_assets(str(folder / "assets" / "tokenizer"))

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return ids (texts, length); a place after the end holds -1 minus the id of padding."""
        names = [f"{name}_token_id" for name in ("start", "end", "pad")]
        start, end, padding = (getattr(self.tokenizer, name, None) for name in names)
        padding = padding or 0
        before, after = [start] * (start is not None), [end] * (end is not None)
        room = self.length - len(before) - len(after)
        ids = np.full((len(texts), self.length), -1 - padding, np.int32)
        # TensorFlow takes no half of a surrogate pair.
        whole = [str(text).encode("utf-8", "replace").decode() for text in texts]
        cut: Any = self.tokenizer(whole) if whole else ()
        for place, found in enumerate(cut):
            row = [*before, *(int(piece) for piece in found[:room]), *after] or [padding]
            ids[place, : len(row)] = row
        return ids


class SentenceEmbeddings:
    """What an encoder makes of a text, at length 1."""

    def __init__(self, settings: dict[str, Any], files: Files) -> None:
        self.subwords = Subwords(settings, files)
        self.whole = settings["looks_at_padding"]
        self.encoder = _keras().models.load_model(files.path("encoder.keras"), compile=False)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors (texts, numbers); each text is read at its own length, rounded up."""
        ids = self.subwords.of(texts)
        widths = np.full(len(ids), ids.shape[1])
        if not self.whole:
            filled = np.maximum((ids >= 0).sum(axis=1), 1)
            widths = np.minimum(-(-filled // STEP) * STEP, ids.shape[1])
        found = np.zeros((len(ids), self.encoder.output_shape[-1]), np.float32)
        for width in np.unique(widths):
            rows = np.flatnonzero(widths == width)
            found[rows] = _in_batches(self.encoder.predict_on_batch, ids[rows, :width])
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


FEATURES: dict[str, Any] = {
    "tokens": Tokens,
    "tfidf": Tfidf,
    "characters": Tfidf,
    "tfidf_svd": Topics,
    "words_and_topics": WordsAndTopics,
    "sentence_embeddings": SentenceEmbeddings,
    "subwords": Subwords,
}


# Classifiers: numbers to probabilities


class Linear:
    """A weight for each column and class."""

    calibrates = False

    def __init__(self, about: dict[str, Any], files: Files, _: Runtime | None) -> None:
        self.n_classes, self.texts = len(about["classes"]), about["training_labels"]
        self.seen, self.offsets = files.array("seen"), files.array("offsets")
        slopes = files.array("slopes")
        self.slopes = np.zeros((about["width"], len(slopes)))
        self.slopes[files.array("columns")] = slopes.T

    def predict(self, x: Any) -> np.ndarray:
        """Return probabilities. A class without a training label gets 1 / (labels + classes)."""
        logits = self._products(x) + self.offsets
        if len(self.seen) == 2 and logits.shape[1] == 1:  # the second class's
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        unseen = 1.0 / (self.texts + self.n_classes)
        found = np.full((len(logits), self.n_classes), unseen)
        if len(self.seen):
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            shares = powers / powers.sum(axis=1, keepdims=True)
            found[:, self.seen] = shares * (1.0 - (self.n_classes - len(self.seen)) * unseen)
        return found

    def _products(self, x: Any) -> np.ndarray:
        if not isinstance(x, Rows):
            return x @ self.slopes
        found = x.dense @ self.slopes[x.width :]
        for place in range(len(x)):
            found[place] += x.values[place] @ self.slopes[x.columns[place]]
        return found


class Network:
    """A Keras model, or the same as ONNX where Keras is not installed."""

    def __init__(self, about: dict[str, Any], files: Files, runtime: Runtime | None) -> None:
        self.n_classes = len(about["classes"])
        self.calibrates = False
        ways = _PACKAGES if runtime is None else {runtime: _PACKAGES[runtime]}
        ways = {way: package for way, package in ways.items() if f"model.{way}" in files.sums}
        way = next((way for way, package in ways.items() if importlib.util.find_spec(package)), None)
        if way == "keras":
            if "keras-hub" in about["needs"]:
                _hub()  # Keras finds its layers by name
            model = _keras().models.load_model(files.path("model.keras"), compile=False)
            self._run: Callable[[np.ndarray], np.ndarray] = model.predict_on_batch
        elif way == "onnx":
            import onnxruntime

            session = onnxruntime.InferenceSession(str(files.path("model.onnx")))
            name = session.get_inputs()[0].name
            self._run = lambda batch: np.asarray(session.run(None, {name: batch})[0])
            self.calibrates = True
        else:
            named = " or ".join(ways.values()) or str(runtime)
            raise Missing(f"This network runs in {named}; see requirements.txt beside it.")

    def predict(self, x: Any) -> np.ndarray:
        """Return probabilities; a sigmoid's single column becomes two."""
        raw = _in_batches(self._run, x).astype(np.float64)
        return np.concatenate([1 - raw, raw], axis=1) if raw.shape[1] < self.n_classes else raw


CLASSIFIERS: dict[str, Any] = {"linear": Linear, "network": Network}


def _in_batches(run: Callable[[np.ndarray], np.ndarray], x: Any) -> np.ndarray:
    """Return what `run` makes of each row of `x`, of which there is at least one."""
    parts: list[np.ndarray] = []
    for start in range(0, len(x), BATCH):
        batch = x[start : start + BATCH]
        batch = batch.toarray() if isinstance(batch, Rows) else batch
        padded = np.pad(batch, ((0, BATCH - len(batch)), (0, 0)))
        parts.append(np.asarray(run(padded))[: len(batch)])
    return np.concatenate(parts)


def _keras() -> Any:
    try:
        import keras
    except ImportError as error:
        raise Missing("This model needs Keras; run: pip install -r requirements.txt.") from error
    return keras


def _hub() -> Any:
    try:
        import keras_hub
    except ImportError as error:
        raise Missing("This model needs KerasHub; run: pip install -r requirements.txt.") from error
    return keras_hub


# Calibration: probabilities that hold


def _calibrated(probabilities: np.ndarray, how: dict[str, Any]) -> np.ndarray:
    if how["kind"] == "temperature":
        logits = np.log(np.clip(probabilities, FLOOR, 1.0)) / how["temperature"]
        found: Any = np.exp(logits - logits.max(axis=1, keepdims=True))
    elif how["kind"] == "isotonic":
        found = np.empty(probabilities.shape)
        for c, (raw, calibrated) in how["curves"].items():
            found[:, int(c)] = np.interp(probabilities[:, int(c)], raw, calibrated)
        if found.shape[1] == 2:
            found[:, 0] = 1.0 - found[:, 1]
    else:
        return probabilities
    found /= found.sum(axis=1, keepdims=True)
    low = found < FLOOR
    raised = np.where(low, FLOOR, found)
    sums = raised.sum(axis=1, keepdims=True)
    return np.where(low.any(axis=1, keepdims=True), raised / sums, found)


def main(texts: Sequence[str]) -> int:
    """Print the class of each text and its probability; return the exit status."""
    if not texts:
        print('Usage: python predict.py "a text" ["another text" ...]', file=sys.stderr)
        return 2
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        model = load(Path(__file__).parent)
    except (Damaged, Missing) as error:
        print(error, file=sys.stderr)
        return 1
    probabilities = model.predict_proba(texts)
    for chosen, row in zip(model.decide(probabilities), probabilities):  # noqa: B905
        print(f"{chosen}\t{row[model.classes.index(chosen)]:.6f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
