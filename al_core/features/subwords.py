"""Pieces of words as a pretrained encoder reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from al_core import backbones
from al_core.registry import Entry


class Subwords:
    """Ids (n, length) int32 of an encoder's own vocabulary; see `backbones.token_ids`."""

    gives: ClassVar = "subwords"
    vocabulary = 0
    """Not said here: the encoder knows its own."""

    def __init__(self, preset: str, length: int) -> None:
        self.preset, self.length = preset, length

    def rows_to_fit(
        self, initial: npt.NDArray[np.int64], pool: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return no rows: nothing is fitted, so that all splits share one array."""
        del initial, pool
        return np.empty(0, np.int64)

    def fit_transform(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the ids of all texts. Raises `BadInput` or `Unavailable` where the preset cannot load."""
        del rows
        return backbones.token_ids(self.preset, texts, self.length)

    def fingerprint(self) -> str:
        """Return what decides the ids besides the settings: the vocabulary in the preset."""
        return backbones.fingerprint(self.preset, weights=False)


ENTRY = Entry(
    name="subwords",
    title="Pieces of words",
    help="The pieces that a pretrained encoder cuts words into. For that encoder alone.",
    build=Subwords,
    paper="Wu et al. 2016, Google's neural machine translation system (section 4)",
    link="https://arxiv.org/abs/1609.08144",
    cost="One pass over the words of all texts, the first time only",
    parameters=(backbones.parameter("bert_tiny_en_uncased"), backbones.length(128)),
)
