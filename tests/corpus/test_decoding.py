from __future__ import annotations

import random

import pytest

from al_core.corpus.decoding import decode
from al_core.errors import BadInput

GERMAN = "text;label\nDas Café war schön, für alle Gäste;pos\nÜber die Größe müßte man reden;neg\n"
POLISH = "tekst;etykieta\nZażółć gęślą jaźń, to był świetny film;poz\nNie polecam, słaby i źle zagrany;neg\n"
RUSSIAN = "текст;метка\nОтличный фильм, очень понравился;1\nПлохо, скучно и долго;0\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        ("text,label\ncafé crème, ok\n", "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
    ],
)
def test_texts_are_read_in_whatever_encoding(text: str, encoding: str):
    assert decode("a.csv", text.encode(encoding))[0] == text


def test_odd_bytes_far_into_the_file_still_decide():
    text = "text,label\n" + "plain words,1\n" * 20_000 + "ein schönes Café für Gäste,1\n"
    assert decode("a.csv", text.encode("cp1252")) == (text, "cp1252")


def test_the_user_may_name_the_encoding():
    assert decode("a.csv", "é".encode("cp850"), "cp850") == ("é", "cp850")
    with pytest.raises(BadInput, match="'klingon' is not an encoding"):
        decode("a.csv", b"a", "klingon")
    with pytest.raises(BadInput, match="cannot be read as ascii"):
        decode("a.csv", "é".encode(), "ascii")
    with pytest.raises(BadInput, match="is not an encoding"):
        decode("a.csv", b"00", "hex")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest", "Excel or ZIP"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (random.Random(1).randbytes(5_000), "not readable as text"),
        (bytes(range(1, 9)) * 100, "not readable as text"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, words: str):
    with pytest.raises(BadInput, match=words):
        decode("a.csv", data)
