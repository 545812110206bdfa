"""Features of texts that came after the corpus: made as the corpus's own were, and put below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from al_core.features import Features
from al_core.matrix import SideBySide, stack
from al_core.strategies.base import Rows


def grown(features: Features, x: Any, texts: Sequence[str], fitted: Rows, new: Sequence[str]) -> Any:
    """Return `x`, with a row below it for each new text.

    `fitted`: the rows of `texts` that the features are fitted on. They are fitted on the same ones again,
    never on the new texts, so no column moves: a model that is in use, or was exported, stays right. Cost:
    the features of those rows and of the new texts, without the cache; 26 s for words and topics of 50,000
    reviews. Memory: those, and a copy of `x`; no disk, so the cache does not grow.
    """
    seen = [texts[int(row)] for row in fitted]
    found = features.fit_transform([*seen, *new], np.arange(len(seen)))[len(seen) :]
    if isinstance(x, SideBySide):
        return SideBySide(stack(x.words, found.words), np.concatenate([x.dense, found.dense]))
    return stack(x, found)
