"""One vector per text from a pretrained encoder: the mean over its pieces of words, of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from al_core import backbones
from al_core.registry import Entry


class SentenceEmbeddings:
    """Vectors (n, d) float32 of length 1.

    Reimers & Gurevych 2019, Sentence-BERT: sentence embeddings using siamese BERT-networks. A folder
    of sentence-transformers is read too, where KerasHub knows its encoder and `safetensors` is
    installed; the mean is taken whatever pooling the folder asks for.
    """

    gives: ClassVar = "vectors"
    vocabulary = 0
    """Not said here: the encoder knows its width."""

    def __init__(self, preset: str, length: int) -> None:
        self.preset, self.length = preset, length

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return no rows: nothing is fitted, so that all splits share one array."""
        del initial, pool
        return np.empty(0, np.int64)

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the vectors of all texts. Raises `BadInput` or `Unavailable` where the preset cannot load.

        Cost: one forward pass per text. Memory: the vectors, and one batch in the encoder.
        """
        del rows
        model = backbones.reader(self.preset, self.length)
        found = backbones.vectors(model, backbones.token_ids(self.preset, texts, self.length))
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)

    def fingerprint(self) -> str:
        """Return what decides the vectors besides the settings: vocabulary and weights of the preset."""
        return backbones.fingerprint(self.preset, weights=True)


ENTRY = Entry(
    name="sentence_embeddings",
    title="Sentence embeddings",
    help="What a pretrained encoder makes of a text: texts that mean the same are near. Needs KerasHub.",
    build=SentenceEmbeddings,
    paper="Reimers & Gurevych 2019, Sentence-BERT: sentence embeddings using siamese BERT-networks",
    link="https://arxiv.org/abs/1908.10084",
    cost="One forward pass of the encoder per text, the first time only",
    parameters=(backbones.parameter("all_minilm_l6_v2_en"), backbones.length(128)),
)
