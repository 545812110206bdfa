"""Any text-classification set of TensorFlow Datasets. TensorFlow is imported on reading only."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import numpy as np
import numpy.typing as npt

from al_core.corpus.base import UNKNOWN, Corpus, Progress
from al_core.corpus.cache import make_key
from al_core.errors import BadInput, Unavailable
from al_core.registry import Entry, Parameter

# Plain names only: TFDS also takes code from community namespaces and arguments for a builder.
_NAME = re.compile(r"[A-Za-z0-9_]+(/[A-Za-z0-9_.+-]+)?(:\d+\.\d+\.\d+)?")
_BATCH = 1024
_PATIENCE = 10.0
"""Seconds a host may take to answer; TFDS itself tries for minutes without a network."""
_WAY_OUT = "Use the embedded demo corpus, or set TFDS_DATA_DIR to a folder that has it."


class TfdsCorpus:
    """A data set of TFDS in the order of its source files."""

    heavy = True

    def __init__(self, dataset: str, split: str, text_field: str, label_field: str) -> None:
        if not _NAME.fullmatch(dataset):
            raise BadInput(f"{dataset!r} is not a TFDS name; write name or name/config, as imdb_reviews.")
        self.dataset = dataset
        self.split = split
        self.text_field = text_field
        self.label_field = label_field

    def key(self) -> str:
        """Return the data set's name and a hash of the settings."""
        settings = (self.dataset, self.split, self.text_field, self.label_field)
        return make_key(f"tfds_{self.dataset}", *settings)

    def read(self, progress: Progress) -> Corpus:
        """Read, and download where needed. Raises `Unavailable` or `BadInput` in one sentence.

        Memory: the texts as Python strings, and one batch of 1,024 rows.
        """
        progress("Loading TensorFlow Datasets", 0.0)
        try:
            import tensorflow as tf
            import tensorflow_datasets as tfds
        except ImportError as error:
            raise Unavailable(f"TensorFlow Datasets cannot be imported ({error}). {_WAY_OUT}") from error
        tfds.disable_progress_bar()
        # A training framework in the same process needs the rest of the GPU's memory.
        with suppress(RuntimeError):  # the devices are in use already, so their memory is settled
            for gpu in tf.config.list_physical_devices("GPU"):
                tf.config.experimental.set_memory_growth(gpu, True)

        builder = self._builder(tfds)
        text_field, label_field = self._fields(tfds, builder.info.features)
        if not builder.is_prepared():
            progress(f"Downloading {self.dataset}", 0.0)
            self._download(tfds, builder)
        progress(f"Reading {self.dataset}", 0.0)
        try:
            texts, labels = self._rows(tfds, builder, text_field, label_field, progress)
        except tf.errors.OpError as error:
            raise Unavailable(
                f"The files of {self.dataset} in {builder.data_path} cannot be read; "
                "delete that folder to download them again."
            ) from error
        if not texts:
            raise BadInput(f"Split {self.split!r} of {self.dataset} holds no rows; choose another.")
        return Corpus(
            key=self.key(),
            title=f"{self.dataset} ({self.split})",
            texts=texts,
            labels=labels,
            classes=tuple(builder.info.features[label_field].names) if label_field else (),
            note=f"TensorFlow Datasets {builder.info.full_name}, split {self.split}, in source order.",
        )

    def _rows(
        self, tfds: Any, builder: Any, text_field: str, label_field: str, progress: Progress
    ) -> tuple[list[str], npt.NDArray[np.int32]]:
        wanted = {field: True for field in (text_field, label_field) if field}
        try:
            total = builder.info.splits[self.split].num_examples
            rows = builder.as_dataset(
                split=self.split,
                shuffle_files=False,
                decoders=tfds.decode.PartialDecoding(wanted),
            )
        except (ValueError, KeyError) as error:
            offered = ", ".join(builder.info.splits)
            raise BadInput(
                f"{self.dataset} cannot be read as split {self.split!r}; its splits are {offered}, "
                "joined by + as in train+test."
            ) from error
        texts: list[str] = []
        labels = [np.empty(0, dtype=np.int32)]
        for batch in rows.batch(_BATCH).as_numpy_iterator():
            raw = batch[text_field]
            texts.extend(each.decode("utf-8", errors="replace") for each in raw)
            # TFDS marks hidden labels by -1, as a corpus does.
            labels.append(batch[label_field] if label_field else np.full(len(raw), UNKNOWN))
            progress(f"Reading {self.dataset}", len(texts) / max(total, 1))
        return texts, np.concatenate(labels).astype(np.int32)

    def _builder(self, tfds: Any) -> Any:
        try:
            return tfds.builder(self.dataset)
        except tfds.core.registered.DatasetNotFoundError as error:
            raise BadInput(
                f"TensorFlow Datasets has no data set named {self.dataset!r}; "
                "the names are on tensorflow.org/datasets/catalog."
            ) from error
        except (ValueError, AssertionError) as error:
            raise BadInput(
                f"{self.dataset!r} cannot be opened; its configuration or version is not known to "
                f"TensorFlow Datasets {tfds.__version__}."
            ) from error
        except ImportError as error:
            raise Unavailable(
                f"{self.dataset} needs a package that is missing ({error}). {_WAY_OUT}"
            ) from error

    def _fields(self, tfds: Any, features: Any) -> tuple[str, str]:
        """Return the text field and the label field ("" where the set has no class labels)."""
        strings = [
            name for name, each in features.items() if each.shape == () and each.np_dtype == np.object_
        ]
        found = [name for name in strings if isinstance(features[name], tfds.features.Text)]
        labels = [name for name, each in features.items() if isinstance(each, tfds.features.ClassLabel)]
        text = self.text_field or self._only(found or strings, "text field")
        if text not in strings:
            offered = ", ".join(strings) or "none"
            raise BadInput(f"{self.dataset} has no text field {text!r}; its text fields are: {offered}.")
        label = self.label_field or (self._only(labels, "label field") if labels else "")
        if label and label not in labels:
            offered = ", ".join(labels) or "none"
            raise BadInput(f"{self.dataset} has no label field {label!r}; its label fields are: {offered}.")
        return text, label

    def _only(self, found: list[str], what: str) -> str:
        if len(found) == 1:
            return found[0]
        if not found:
            raise BadInput(f"{self.dataset} has no {what}; choose a data set for text classification.")
        raise BadInput(f"{self.dataset} has more than one {what} ({', '.join(found)}); name the one to read.")

    def _download(self, tfds: Any, builder: Any) -> None:
        problem = f"{self.dataset} is not on this machine and could not be downloaded"
        if host := _unreachable(list(builder.url_infos)):
            raise Unavailable(f"{problem} ({host} does not answer). {_WAY_OUT}")
        download = tfds.core.download
        failures = (
            OSError,  # no connection, no space, no right to write
            ImportError,  # a package that this builder needs
            AssertionError,  # files that one must fetch by hand
            ValueError,
            RuntimeError,
            download.DownloadError,
            download.download_manager.NonMatchingChecksumError,
            download.extractor.ExtractError,
        )
        try:
            builder.download_and_prepare()
        except failures as error:
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise Unavailable(f"{problem} ({reason}). {_WAY_OUT}") from error


def _unreachable(urls: list[str]) -> str:
    """Return the first URL's host if it does not answer in time, else "". A proxy is trusted."""
    hosts = [parts for parts in map(urlsplit, urls) if parts.hostname]
    if not hosts or getproxies().keys() & {"http", "https", "all"}:
        return ""
    host, scheme = str(hosts[0].hostname), hosts[0].scheme
    port = hosts[0].port or {"http": 80, "ftp": 21}.get(scheme, 443)
    answered = threading.Event()

    def knock() -> None:
        try:
            socket.create_connection((host, port), timeout=_PATIENCE).close()
        except OSError:
            return
        answered.set()

    # A thread, because looking a name up knows no time limit.
    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return "" if answered.is_set() else host


ENTRY = Entry(
    name="tfds",
    title="TensorFlow Datasets",
    help="A public data set such as imdb_reviews: 50,000 film reviews, half of them positive.",
    build=TfdsCorpus,
    parameters=(
        Parameter("dataset", "Data set", "A name of the TFDS catalogue, or name/config.", "imdb_reviews"),
        Parameter("split", "Parts", "Which parts of the data set, joined by +.", "train+test"),
        Parameter("text_field", "Text field", "Empty: the only text field.", "", advanced=True),
        Parameter("label_field", "Label field", "Empty: the only class label.", "", advanced=True),
    ),
    link="https://www.tensorflow.org/datasets/catalog/overview",
    cost="Downloads once (imdb_reviews: 80 MB), then a few seconds.",
)
