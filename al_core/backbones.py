"""Pretrained encoders of KerasHub: found by name or folder, checked, and loaded in one place.

`keras-hub` is an optional package, so it is imported late. A preset is a description of known
layers, a vocabulary and weights: KerasHub builds only its own registered classes from it, Keras's
safe mode stays on, and no code, pickle or model file of a user is ever run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import partial
from importlib import metadata, util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.classifiers.keras_classifier import in_batches
from al_core.classifiers.layers import masked_mean
from al_core.errors import BadInput, Unavailable
from al_core.registry import Parameter

INSTALL = 'pip install "keras-hub>=0.32"'
DOWNLOADS = ("kaggle", "hf")
"""Places that KerasHub fetches presets from; other addresses are refused."""
TEXTS_AT_ONCE = 1000
BATCH = 32
"""Texts that a backbone reads at once: larger batches gain nothing and take gigabytes."""
STEP = 32
"""Texts are read at a length that is a multiple of this, so that short ones cost less."""
WEIGHTS = (".h5", ".safetensors", ".bin", ".msgpack", ".onnx", ".pt")
READS = {"token_ids", "padding_mask", "segment_ids"}
SIZES = {"tiny": (2, 128), "minilm": (6, 384), "small": (4, 512), "base": (12, 768), "large": (24, 1024)}
"""Layers and width that words in a preset's name stand for."""
LOADING = (OSError, ValueError, ImportError, RuntimeError, KeyError, TypeError, AttributeError)
"""What reading the files of a preset may raise; a broken folder can raise any of them."""


def parameter(default: str) -> Parameter:
    """Return the form field that names a preset."""
    return Parameter(
        "preset",
        "Pretrained encoder",
        "A KerasHub preset (downloaded once), or a folder on this machine that holds one.",
        default,
    )


def length(most: int) -> Parameter:
    """Return the form field for how much of a text is read."""
    return Parameter(
        "length", "Text length", "Pieces of words read of each text; the rest is cut.", most, 4, 10_000
    )


def check(preset: str) -> None:
    """Raise `BadInput` in one sentence if a preset cannot be used here. Loads and imports nothing."""
    if util.find_spec("keras_hub") is None:
        raise BadInput(f"Pretrained encoders need KerasHub, which is not installed; run: {INSTALL}.")
    scheme = preset.partition("://")[0] if "://" in preset else ""
    if scheme and scheme not in DOWNLOADS:
        raise BadInput(f"A preset is a KerasHub name, a kaggle or hf handle, or a folder, not {preset!r}.")
    if folder := _folder(preset):
        if not (folder / "config.json").is_file():
            raise BadInput(f"The folder {preset} holds no KerasHub preset: it has no config.json.")
    elif not scheme and not re.fullmatch(r"[\w.-]*\w", preset):
        raise BadInput(f"There is no folder {preset!r}; name a KerasHub preset or the folder of one.")


def fingerprint(preset: str, *, weights: bool) -> str:
    """Return what decides the arrays of a preset: the files of a folder, else KerasHub's version.

    KerasHub's version fixes that of its presets; a kaggle:// handle without a version, or an hf://
    handle, may change unseen. Without `weights` only what a tokenizer needs is read. Cost: one read.
    """
    folder = _folder(preset)
    if folder is None:
        return f"keras-hub {metadata.version('keras-hub')}"
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or (path.suffix in WEIGHTS and not weights):
            continue
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}|{content}|".encode())
    return digest.hexdigest()[:32]


def multiplications(preset: str) -> float:
    """Return about how many multiplications one piece of a word costs, from a folder or a name."""
    layers, width = next((size for word, size in SIZES.items() if word in preset), SIZES["base"])
    folder = _folder(preset)
    if folder is not None:
        try:
            told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            told = told.get("config", told)
            layers = int(told.get("num_layers", told.get("num_hidden_layers", layers)))
            width = int(told.get("hidden_dim", told.get("hidden_size", width)))
        except (OSError, ValueError, AttributeError, TypeError):
            return 12.0 * layers * width**2  # said in words once it is loaded
    return 12.0 * layers * width**2


def token_ids(preset: str, texts: Sequence[str], length: int) -> npt.NDArray[np.int32]:
    """Return the pieces of words of each text, (n, length), framed as the encoder was trained.

    A place after the end holds -1 minus the id of the encoder's padding: one array says both what
    is read and what is padding. Cost: 50,000 reviews take about 30 s on one core.
    """
    hub = _hub(preset)
    tokenizer = _loaded(preset, hub.models.Tokenizer.from_preset)
    start, end, padding = (getattr(tokenizer, f"{name}_token_id", None) for name in ("start", "end", "pad"))
    padding = padding or 0
    before, after = [start] * (start is not None), [end] * (end is not None)
    room = length - len(before) - len(after)
    ids = np.full((len(texts), length), -1 - padding, np.int32)
    for first in range(0, len(texts), TEXTS_AT_ONCE):
        found = tokenizer([str(text) for text in texts[first : first + TEXTS_AT_ONCE]])
        for place, pieces in enumerate(found, first):
            # A text of no pieces would leave nothing to look at, and no number to answer with.
            row = [*before, *(int(piece) for piece in pieces[:room]), *after] or [padding]
            ids[place, : len(row)] = row
    return ids


def reader(preset: str, length: int, dtype: Any = "float32") -> Any:
    """Return a `keras.Model` from `token_ids` to the mean vector of each text: (n, d), float32.

    Raises `BadInput` if the preset is no encoder of single texts, or reads less than `length`.
    """
    from keras import Input, Model, ops

    hub = _hub(preset)
    backbone = _loaded(preset, partial(hub.models.Backbone.from_preset, dtype=dtype))
    inputs = backbone.input if isinstance(backbone.input, dict) else {}
    if "token_ids" not in inputs or not set(inputs) <= READS:
        raise BadInput(f"The preset {preset} does not read single texts; choose an encoder such as BERT.")
    output = backbone.output
    sequence = output.get("sequence_output") if isinstance(output, dict) else output
    if sequence is None or len(sequence.shape) != 3:
        raise BadInput(f"The preset {preset} gives no vector per word; choose an encoder such as BERT.")
    most = getattr(backbone, "max_sequence_length", None) or length
    if length > most:
        raise BadInput(
            f"The preset {preset} reads {most:,} pieces of words at most; shorten the text length."
        )
    ids: Any = Input((None,), dtype="int32")
    real: Any = ops.greater_equal(ids, 0)
    tokens = ops.where(real, ids, -1 - ids)
    given = {
        "token_ids": tokens,
        "padding_mask": ops.cast(real, "int32"),
        "segment_ids": ops.zeros_like(tokens),
    }
    # Without layers beside the way to the words' vectors, such as BERT's own pooling.
    encoder = Model(inputs, sequence)
    sequence = encoder({name: given[name] for name in inputs})
    model = Model(ids, masked_mean(sequence, real))
    model.looks_at_padding = "padding_mask" not in inputs
    return model


def vectors(model: Any, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """Return what a `reader` makes of each row of `ids`, (n, d).

    Each text is read at its own length, rounded up, whatever it stands beside. Memory: the result,
    and one batch.
    """
    found = np.zeros((len(ids), model.output_shape[-1]), np.float32)
    widths = np.full(len(ids), ids.shape[1])
    if not model.looks_at_padding:
        pieces = np.maximum((ids >= 0).sum(axis=1), 1)
        widths = np.minimum(-(-pieces // STEP) * STEP, ids.shape[1])
    for width in np.unique(widths):
        rows = np.flatnonzero(widths == width)
        found[rows] = in_batches(model, ids[rows, :width], BATCH)
    return found


def _hub(preset: str) -> Any:
    check(preset)
    try:
        import keras_hub
    except (ImportError, AttributeError) as error:  # it is there, but does not go with its neighbours
        raise Unavailable(f"KerasHub cannot be imported ({_line(error)}); run: {INSTALL}.") from error
    named: Any = keras_hub.models.Backbone.presets
    if "://" not in preset and _folder(preset) is None and preset not in named:
        raise BadInput(
            f"KerasHub {keras_hub.__version__} has no preset named {preset}; those there are stand at "
            "keras.io/keras_hub/presets."
        )
    return keras_hub


def _loaded(preset: str, load: Any) -> Any:
    folder = _folder(preset)
    try:
        return load(str(folder or preset))
    except LOADING as error:
        if folder is None and isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise Unavailable(
                f"The preset {preset} cannot be fetched ({type(error).__name__}); check the network "
                "connection, or name a folder that holds it."
            ) from error
        raise BadInput(
            f"The preset {preset} cannot be loaded ({_line(error)}); name a text preset of KerasHub, or the "
            "folder of one."
        ) from error


def _folder(preset: str) -> Path | None:
    """Return the folder that a preset names, if there is one."""
    folder = Path(preset).expanduser()
    return folder.resolve() if preset and folder.is_dir() else None


def _line(error: BaseException) -> str:
    """Return the first line of an error, short enough for a sentence."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first.rstrip(".:")[:120]
