"""The words of `features/tokens.py` as TensorFlow ops, so that a SavedModel reads texts as they are.

`tf.strings.lower` will not do: it goes by the locale of the server (in a Turkish one I becomes a dotless
i), ends at a NUL character, and knows the letters of an older Unicode. So Python's own table is written
into the graph.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.deploy.reader import OTHER, PADDING

SIGMA, FINAL = "\u03a3", "\u03c2"


def tokeniser(names: list[str], length: int, strip_html: bool) -> tuple[Callable[[Any], Any], Any]:
    """Return a function from strings (n,) to ids (n, length) int32, and the table that it looks into.

    `names` are the words of the ids from 2 on; whoever saves the function keeps the table too. Takes
    valid UTF-8, which is all that a server is sent. Cost: a second to look at every character, once.
    """
    import tensorflow as tf

    # A table may not be empty; no word holds a space.
    keys = [name.encode("utf-8", "surrogatepass") for name in names] or [b" "]
    values = np.arange(len(keys), dtype=np.int32) + OTHER + 1
    words = tf.lookup.KeyValueTensorInitializer(tf.constant(keys, tf.string), tf.constant(values))
    table = tf.lookup.StaticHashTable(words, OTHER)
    spaces = _spaces()
    punctuation = "".join(f"\\{each}" for each in string.punctuation)

    def ids(texts: Any) -> Any:
        if strip_html:
            texts = tf.strings.regex_replace(texts, f"(?i)<br[{spaces}]*/?>", " ")
        texts = tf.strings.regex_replace(_lower(texts), f"[{punctuation}]+", "")
        texts = tf.strings.regex_replace(texts, f"[{spaces}]+", " ")
        found = table.lookup(tf.strings.split(texts))
        return tf.ensure_shape(found.to_tensor(PADDING, shape=(None, length)), (None, length))

    return ids, table


def _lower(texts: Any) -> Any:
    """Return texts in lower case, as `str.lower` has it."""
    import tensorflow as tf

    table, several, cased, ignorable = _tables()
    for each in several:  # one letter that becomes two
        texts = tf.strings.regex_replace(texts, each, each.lower())
    # A capital sigma is a final one after a letter, if none comes after it. Of two beside each other one
    # match takes both, so that every pattern is tried twice.
    for _ in range(2):
        texts = tf.strings.regex_replace(texts, f"{SIGMA}([{ignorable}]*[{cased}])", f"{SIGMA.lower()}\\1")
    for _ in range(2):
        texts = tf.strings.regex_replace(texts, f"([{cased}][{ignorable}]*){SIGMA}", f"\\1{FINAL}")
    points = tf.strings.unicode_decode(texts, "UTF-8")
    found = tf.gather(tf.constant(table), tf.minimum(points.flat_values, len(table) - 1))
    found = tf.where(points.flat_values < len(table), found, points.flat_values)
    return tf.strings.unicode_encode(points.with_flat_values(found), "UTF-8")


@cache
def _spaces() -> str:
    """Return what `str.split` splits at, as the inside of a character class."""
    return _ranges(each for each in _every() if each.isspace())


@cache
def _tables() -> tuple[npt.NDArray[np.int32], tuple[str, ...], str, str]:
    """Return Python's lower case by code point, letters that become several, and what sigma looks at.

    The last two are character classes: letters with a case, and what does not part a letter from the next.
    """
    every = _every()
    lower = [each.lower() for each in every]
    several = tuple(each for each, low in zip(every, lower, strict=True) if len(low) > 1)
    changed = [
        (ord(each), ord(low)) for each, low in zip(every, lower, strict=True) if each != low and len(low) == 1
    ]
    table = np.arange(max(point for point, _ in changed) + 1, dtype=np.int32)
    for point, low in changed:
        table[point] = low
    # Python does not say what has a case, but lowers a sigma by it.
    cased = _ranges(each for each in every if f"A{SIGMA}{each}".lower()[1] != FINAL)
    ignorable = _ranges(
        each
        for each in every
        if f"A{SIGMA}{each}".lower()[1] == FINAL and f"A{SIGMA}{each}A".lower()[1] != FINAL
    )
    return table, several, cased, ignorable


def _every() -> list[str]:
    return [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]


def _ranges(characters: Iterable[str]) -> str:
    """Return the inside of a character class, for ascending characters."""
    found: list[list[int]] = []
    for point in map(ord, characters):
        if found and point == found[-1][1] + 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in found)
