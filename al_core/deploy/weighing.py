"""Which words of one text weigh: what its probability becomes without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from al_core.features.word_stream import UNSPACED

PARTS = 60
"""Parts that a text is cut into at most: of a longer one, some words together make a part."""
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e"
_PICTURE = "[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
_WORD = re.compile(
    f"[{UNSPACED}]|(?:[^\\W{UNSPACED}]|[{_MARKS}])+|[\U0001f1e6-\U0001f1ff]{{2}}|"
    f"{_PICTURE}(?:\u200d{_PICTURE})*"
)
"""The words that features are made of, and single letters and digits; a joined emoji or a flag is one."""

Ask = Callable[[Sequence[str]], npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a text, or some in a row, by its place."""

    start: int
    end: int
    weight: float
    """By how much the class's probability falls without it; below 0 where it rises."""


def weighed(ask: Ask, text: str, chosen: int) -> list[Part]:
    """Return how much each part of a text does for the class `chosen`, in the order of the text.

    Each part is left out in turn and the model is asked again, so that it holds for any model; words that
    only weigh together are not found so. Zeiler & Fergus 2014, Visualizing and understanding convolutional
    networks (section 4.2, occlusion). Cost: `PARTS` predictions at most.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    if not words:
        return []
    together = -(-len(words) // PARTS)
    spans = [
        (words[first][0], words[min(first + together, len(words)) - 1][1])
        for first in range(0, len(words), together)
    ]
    without = [text[:start] + text[end:] for start, end in spans]
    probabilities = ask([text, *without])[:, chosen]
    return [
        Part(start, end, float(probabilities[0] - each))
        for (start, end), each in zip(spans, probabilities[1:], strict=True)
    ]
