"""From the bytes of a text file to a string, whatever the encoding."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from al_core.errors import BadInput

# Longer marks first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FORMATS = (
    (b"PK\x03\x04", "an Excel or ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_SAMPLE = 65_536
_CONTROLS = frozenset(chr(code) for code in (*range(9), *range(14, 32), *range(127, 160)))


def decode(name: str, data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    Tries the byte order mark, UTF-8, UTF-16 without a mark, then what charset-normalizer finds.
    Raises `BadInput` for what is no text; NUL characters are left for the caller to place.
    """
    for mark, what in _FORMATS:
        if data.startswith(mark):
            raise BadInput(f"{name} is {what}, not a text table; save it as CSV in UTF-8.")
    if encoding is not None:
        return _decoded(name, data, encoding), encoding
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _decoded(name, data, marked), marked
    if wide := _wide(data[:_SAMPLE]):
        return _decoded(name, data, wide), wide
    try:
        return _readable(name, data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as error:
        position = error.start
    guess = _guess(_around(data, position))
    if guess is None:
        raise _not_text(name)
    return _readable(name, _decoded(name, data, guess)), guess


def _decoded(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise BadInput(f"{encoding!r} is not an encoding; use for example utf-8 or cp1252.") from None
    except UnicodeError as error:
        raise BadInput(f"{name} cannot be read as {encoding}; save it as UTF-8 and try again.") from error


def _wide(sample: bytes) -> str | None:
    """Return the UTF-16 that a sample without a mark is in: every other byte of its ASCII is NUL."""
    half = len(sample) // 2
    if half < 2:
        return None
    if sample[1::2].count(0) > 0.4 * half and sample[::2].count(0) == 0:
        return "utf-16-le"
    if sample[::2].count(0) > 0.4 * half and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _guess(sample: bytes) -> str | None:
    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return None
    # Where Western and Central European are equally likely, the former is more common by far.
    for match in matches:
        western = "cp1252" in (match.encoding, *match.could_be_from_charset)
        if western and match.chaos <= best.chaos and match.coherence >= best.coherence:
            return "cp1252"
    return best.encoding


def _around(data: bytes, position: int) -> bytes:
    """Return a sample with the first byte that is not UTF-8: ASCII alone tells nothing."""
    start = max(position - _SAMPLE // 2, 0)
    return data[start : start + _SAMPLE]


def _readable(name: str, text: str) -> str:
    sample = text[:_SAMPLE]
    odd = sum(character in _CONTROLS for character in sample)
    if odd > max(0.01 * len(sample), 2):
        raise _not_text(name)
    return text


def _not_text(name: str) -> BadInput:
    return BadInput(f"{name} is not readable as text; save the table as CSV in UTF-8 and try again.")
